import type { JSX } from "preact";
import type { RunInfo } from "../../protocol.ts";
import { findRun, isActive } from "../state/catalog.ts";
import { mainRunId } from "../state/focus.ts";
import { headlineMetric } from "../state/layout.ts";
import { runColor } from "../state/plotted.ts";
import { logRun, nowSeconds } from "../state/shell.ts";
import { updateView } from "../state/view.ts";
import { formatCount, formatExact, formatValue } from "../text/number.ts";
import { formatDuration, formatMoment } from "../text/time.ts";
import { Icon } from "./icons.tsx";
import { elapsedSeconds, Progress } from "./run-row.tsx";
import { Sparkline } from "./sparkline.tsx";
import { StateMark, stateWord } from "./state-mark.tsx";

/** The run in focus, in one look: is it alive, how far is it, what is it made of. */
export function RunHeader(): JSX.Element | null {
  const id = mainRunId.value;
  const run = id === null ? undefined : findRun(id)?.value;
  if (run === undefined) return null;
  const now = nowSeconds.value;
  const seconds = elapsedSeconds(run, now);
  const left = remainingSeconds(run, seconds);
  const headline = headlineMetric(run);
  return (
    <section class="run-header" aria-label={`Run ${run.name}`} style={{ "--run": runColor(run.id) }}>
      <div class="run-header-top">
        <span class="swatch is-large" aria-hidden="true" />
        <h2 class="run-header-name">{run.name}</h2>
        <span class={`state-badge is-${run.state}`}>
          <StateMark state={run.state} />
          {stateWord(run.state)}
        </span>
        {run.reason !== null && <span class="run-reason">{run.reason}</span>}
        <span class="run-header-actions">
          {run.log !== undefined && (
            <button type="button" class="button is-quiet" onClick={() => (logRun.value = run.id)}>
              Log
            </button>
          )}
          <button type="button" class="button is-quiet" onClick={() => updateView({ details: run.id })}>
            Details
          </button>
        </span>
      </div>
      <dl class="facts">
        {run.step !== null && (
          <Fact label="Step">
            {formatCount(run.step)}
            {run.totalSteps !== null && <span class="faint"> / {formatCount(run.totalSteps)}</span>}
          </Fact>
        )}
        {seconds !== null && <Fact label={isActive(run) ? "Running for" : "Took"}>{formatDuration(seconds)}</Fact>}
        {left !== null && <Fact label="Left">about {formatDuration(left)}</Fact>}
        {run.isoStartedAt !== null && <Fact label="Started">{formatMoment(Date.parse(run.isoStartedAt))}</Fact>}
        {run.baseline !== null && (
          <Fact label="Baseline">
            <span class="commit">{run.baseline.slice(0, 7)}</span>
            {run.baselineName !== null && <span class="branch">{run.baselineName}</span>}
          </Fact>
        )}
        {run.checkpoints.length > 0 && (
          <Fact label="Checkpoints">
            <Icon name="flag" size={12} /> {run.checkpoints.length}
          </Fact>
        )}
        {headline !== undefined && (
          <Fact label={headline.name}>
            <Sparkline key={`${run.id}\n${headline.name}`} run={run.id} metric={headline.name} />
            <span class="headline-value" title={formatExact(headline.last)}>
              {formatValue(headline.last)}
            </span>
          </Fact>
        )}
      </dl>
      {isActive(run) && <Progress run={run} />}
    </section>
  );
}

function Fact({
  label,
  children,
}: {
  readonly label: string;
  readonly children: preact.ComponentChildren;
}): JSX.Element {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** As the pace so far promises; null until it promises anything. */
function remainingSeconds(run: RunInfo, elapsed: number | null): number | null {
  if (run.state !== "running" || run.totalSteps === null || run.step === null || run.step < 2 || elapsed === null)
    return null;
  const left = ((run.totalSteps - run.step) * elapsed) / run.step;
  return left > 0 ? left : null;
}
