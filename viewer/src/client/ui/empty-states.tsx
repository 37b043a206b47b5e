import type { JSX } from "preact";
import { findRun, goneIds, runIds, welcome } from "../state/catalog.ts";
import { connection } from "../state/client.ts";
import { mainRunId } from "../state/focus.ts";
import { isAnyMetricFound, matchesQuery } from "../state/layout.ts";
import { plotRuns } from "../state/plotted.ts";
import { nowSeconds } from "../state/shell.ts";
import { searchQuery, updateView } from "../state/view.ts";
import { peekRun } from "../state/catalog.ts";
import { CopyButton } from "./copy-button.tsx";
import { formatDuration } from "../text/time.ts";

const TYPESCRIPT = `import { Live } from "waymark";

const live = new Live();
for (; live.step < 100; live.nextStep()) {
  live.logMetric("train/loss", 1 / (live.step + 1));
}
live.end();`;

/** Cards of their final size while the first catalog is on its way. */
export function BoardSkeleton(): JSX.Element {
  if (connection.value.kind === "denied") return <NoToken />;
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      <div class="skeleton-block is-header" />
      <div class="grid">
        {Array.from({ length: 6 }, (_, i) => (
          <div key={i} class="skeleton-block is-card" />
        ))}
      </div>
    </div>
  );
}

function NoToken(): JSX.Element {
  return (
    <section class="empty" aria-label="No access">
      <h2>This page is locked</h2>
      <p>
        Runs are shown only to those who have the link with its token. Run this in the project and open what it prints:
      </p>
      <Command text="waymark view" />
    </section>
  );
}

/** A project without runs: what to type, and where we look. */
export function NoRuns(): JSX.Element {
  return (
    <section class="empty" aria-label="No runs yet">
      <h2>Waiting for the first step</h2>
      <p>
        No runs yet in <code class="path">{welcome.value?.project.root ?? ""}</code>. Start a loop that logs, and this
        page fills by itself.
      </p>
      <div class="snippet">
        <div class="snippet-head">
          <span>train.js</span>
          <CopyButton text={TYPESCRIPT} label="Copy the example" />
        </div>
        <pre tabIndex={0}>{TYPESCRIPT}</pre>
      </div>
      <p class="faint">
        <span class="waiting" aria-hidden="true" />
        Listening. A loop in any language that writes the same files shows up too.
      </p>
    </section>
  );
}

/** Every run is hidden. */
export function NoneSelected(): JSX.Element {
  const newest = runIds.value.find((id) => !goneIds.value.has(id));
  return (
    <section class="empty" aria-label="No run selected">
      <h2>No run is on the charts</h2>
      <p>
        Choose runs in the list with the eye or with <kbd>x</kbd>.
      </p>
      {newest !== undefined && (
        <button type="button" class="button is-accent" onClick={() => plotRuns([newest], true)}>
          Plot {peekRun(newest)?.name ?? "the newest"}
        </button>
      )}
    </section>
  );
}

/** A run that has said nothing yet. */
export function NoMetrics(): JSX.Element {
  const id = mainRunId.value;
  const run = id === null ? undefined : findRun(id)?.value;
  const started = Date.parse(run?.isoStartedAt ?? "") / 1000;
  const seconds = nowSeconds.value - started;
  return (
    <section class="empty is-small" aria-label="No metrics yet">
      <h2>No metrics yet</h2>
      <p>
        {run?.state === "running"
          ? `${run.name} runs${Number.isFinite(seconds) ? ` for ${formatDuration(Math.max(0, seconds))}` : ""} and has logged no metric so far. Charts appear with the first.`
          : "The runs on the charts have logged no metrics."}
      </p>
    </section>
  );
}

/** The search box matches neither a metric nor a run. */
export function NothingFound(): JSX.Element | null {
  const query = searchQuery.value;
  if (query.trim() === "" || isAnyMetricFound.value) return null;
  if (runIds.value.some((id) => matchesQuery(query, peekRun(id)?.name ?? ""))) return null;
  return (
    <section class="notice" aria-label="Nothing found">
      <span>
        No metric and no run is called <strong>{query}</strong>; everything is shown.
      </span>
      <button type="button" class="button" onClick={() => updateView({ query: "" })}>
        Clear
      </button>
    </section>
  );
}

function Command({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}
