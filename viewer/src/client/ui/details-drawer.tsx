import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { CheckpointInfo, RunInfo, RunLogInfo } from "../../protocol.ts";
import { findRun, isActive } from "../state/catalog.ts";
import { runColor } from "../state/plotted.ts";
import { logRun, nowSeconds } from "../state/shell.ts";
import { detailsRun, updateView } from "../state/view.ts";
import { formatCount, formatExact, formatValue } from "../text/number.ts";
import { formatClock, formatDuration, formatMoment } from "../text/time.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";
import { elapsedSeconds } from "./run-row.tsx";
import { shownState, StateMark, stateWord } from "./state-mark.tsx";

/** As many as fit a look; the rest on request. */
const FEW = 8;

/** Everything about one run: where it came from, its checkpoints and how to go back to them, params, newest values. */
export function DetailsDrawer(): JSX.Element | null {
  const id = detailsRun.value;
  const run = id === null ? undefined : findRun(id)?.value;
  if (run === undefined) return null;
  return (
    <aside class="drawer" aria-label={`Details of ${run.name}`} style={{ "--run": runColor(run.id) }}>
      <div class="drawer-head">
        <span class="swatch is-large" aria-hidden="true" />
        <h2>{run.name}</h2>
        <CopyButton text={run.name} label="Copy the name" buttonClass="icon-button" />
        <button
          type="button"
          class="icon-button"
          aria-label="Close details"
          onClick={() => updateView({ details: null })}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="drawer-body" tabIndex={0} role="region" aria-label="Run details">
        <Facts run={run} />
        <Problems run={run} />
        <Checkpoints run={run} />
        <Params run={run} />
        <Values run={run} />
      </div>
    </aside>
  );
}

function Facts({ run }: { readonly run: RunInfo }): JSX.Element {
  const seconds = elapsedSeconds(run, nowSeconds.value);
  const rows: (readonly [string, preact.ComponentChildren])[] = [
    [
      "State",
      <span key="state" class={`state-badge is-${shownState(run)}`}>
        <StateMark state={shownState(run)} /> {stateWord(shownState(run))}
      </span>,
    ],
  ];
  if (run.reason !== null) rows.push(["Reason", run.reason]);
  if (run.step !== null)
    rows.push(["Step", formatCount(run.step) + (run.totalSteps === null ? "" : ` of ${formatCount(run.totalSteps)}`)]);
  if (run.isoStartedAt !== null) rows.push(["Started", formatMoment(Date.parse(run.isoStartedAt))]);
  if (seconds !== null) rows.push([isActive(run) ? "Running for" : "Took", formatDuration(seconds)]);
  if (run.baseline !== null)
    rows.push(["Baseline", <Commit key="baseline" id={run.baseline} name={run.baselineName} />]);
  if (run.commit !== null) rows.push(["Commit", <Commit key="commit" id={run.commit} name={null} />]);
  const { log } = run;
  if (log !== undefined) {
    rows.push(["Runs", <code key="runs">{log.title}</code>]);
    rows.push(["Where", placeWord(log.kind)]);
    rows.push([
      "Log",
      <button key="log" type="button" class="link-button" onClick={() => (logRun.value = run.id)}>
        {log.isLive ? "Follow what it prints" : "What it printed"}
      </button>,
    ]);
  }
  if (run.folder !== null) rows.push(["Folder", <code key="folder">{run.folder}</code>]);
  return (
    <dl class="fact-list">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Commit({ id, name }: { readonly id: string; readonly name: string | null }): JSX.Element {
  return (
    <span class="commit-with-copy">
      <span class="commit">{id.slice(0, 10)}</span>
      {name !== null && <span class="branch">{name}</span>}
      <CopyButton text={id} label="Copy the commit id" buttonClass="icon-button is-small" />
    </span>
  );
}

function Problems({ run }: { readonly run: RunInfo }): JSX.Element | null {
  if (run.problems.length === 0) return null;
  return (
    <section class="drawer-section">
      <h3>Problems</h3>
      <ul class="problems">
        {run.problems.map(({ path, message }) => (
          <li key={path}>
            <Icon name="warning" size={14} />
            <span>
              <code>{path}</code>
              {message}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Checkpoints({ run }: { readonly run: RunInfo }): JSX.Element | null {
  const isAll = useSignal(false);
  const newestFirst = run.checkpoints.toSorted((a, b) => b.step - a.step);
  if (newestFirst.length === 0) return null;
  return (
    <section class="drawer-section">
      <h3>
        Checkpoints <span class="count">{newestFirst.length}</span>
      </h3>
      <ul class="checkpoints">
        {(isAll.value ? newestFirst : newestFirst.slice(0, FEW)).map((checkpoint) => (
          <Checkpoint key={checkpoint.step} checkpoint={checkpoint} />
        ))}
      </ul>
      {newestFirst.length > FEW && (
        <button type="button" class="link-button" onClick={() => (isAll.value = !isAll.value)}>
          {isAll.value ? "Show the newest" : `Show all ${newestFirst.length}`}
        </button>
      )}
    </section>
  );
}

function Checkpoint({ checkpoint }: { readonly checkpoint: CheckpointInfo }): JSX.Element {
  const { step, selector, commit, isoTime } = checkpoint;
  return (
    <li class="checkpoint">
      <span class="checkpoint-step">
        <Icon name="flag" size={12} /> step {formatCount(step)}
      </span>
      <span class="checkpoint-facts">
        {commit !== null && <span class="commit">{commit.slice(0, 7)}</span>}
        {isoTime !== null && (
          <time dateTime={isoTime} title={formatMoment(Date.parse(isoTime))}>
            {formatClock(Date.parse(isoTime), 1000)}
          </time>
        )}
        {checkpoint.status !== "running" && <span>{checkpoint.status}</span>}
      </span>
      {selector !== null && (
        <span class="checkpoint-actions">
          <CopyButton
            text={`waymark exp resume ${shellQuote(selector)}`}
            label="Copy the command to resume from here"
            buttonClass="button is-small"
          >
            resume
          </CopyButton>
          <CopyButton
            text={`waymark exp apply ${shellQuote(selector)}`}
            label="Copy the command to apply this checkpoint"
            buttonClass="button is-small"
          >
            apply
          </CopyButton>
        </span>
      )}
    </li>
  );
}

function Params({ run }: { readonly run: RunInfo }): JSX.Element | null {
  const entries = Object.entries(run.params).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  if (entries.length === 0) return null;
  return (
    <section class="drawer-section">
      <h3>
        Params <span class="count">{entries.length}</span>
      </h3>
      <dl class="value-list">
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Values({ run }: { readonly run: RunInfo }): JSX.Element | null {
  if (run.metrics.length === 0) return null;
  return (
    <section class="drawer-section">
      <h3>
        Newest values <span class="count">{run.metrics.length}</span>
      </h3>
      <dl class="value-list">
        {run.metrics.map((metric) => (
          <div key={metric.name}>
            <dt>{metric.name}</dt>
            <dd class="number" title={formatExact(metric.last)}>
              {formatValue(metric.last)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function placeWord(kind: RunLogInfo["kind"]): string {
  switch (kind) {
    case "workspace":
      return "In the workspace";
    case "temp":
      return "In a work tree beside";
    case "queue":
      return "From the queue";
    case "slurm":
      return "On Slurm";
  }
}

/** A selector as a shell takes it: names are plain in almost all cases, and quoted in the others. */
function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
