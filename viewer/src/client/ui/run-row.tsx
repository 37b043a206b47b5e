import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunInfo } from "../../protocol.ts";
import { findRun, forgetRun, goneIds, isActive } from "../state/catalog.ts";
import { cursorRun } from "../state/focus.ts";
import { highlightedRun } from "../state/hover.ts";
import { headlineMetric } from "../state/layout.ts";
import { plottedSet, runColor, togglePinned, togglePlotted } from "../state/plotted.ts";
import { isRailOpen, nowSeconds } from "../state/shell.ts";
import { detailsRun, updateView, view } from "../state/view.ts";
import { formatCount, formatValue } from "../text/number.ts";
import { formatAgo, formatDuration } from "../text/time.ts";
import { ColorPicker } from "./color-picker.tsx";
import { Icon } from "./icons.tsx";
import { shownState, StateMark } from "./state-mark.tsx";

/** One run in the rail: state, colour, name, how far it is, and whether it is plotted. */
export function RunRow({ id }: { readonly id: string }): JSX.Element | null {
  const row = useRef<HTMLLIElement>(null);
  const run = findRun(id)?.value;
  const isCursor = cursorRun.value === id;
  useEffect(() => {
    if (isCursor) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCursor]);
  if (run === undefined) return null;
  const isPlotted = plottedSet.value.has(id);
  const isGone = goneIds.value.has(id);
  const isPinned = view.value.pinned.includes(id);
  const classes = [
    "run-row",
    isPlotted ? "" : "is-hidden",
    isGone ? "is-gone" : "",
    isCursor ? "is-cursor" : "",
    highlightedRun.value === id ? "is-highlighted" : "",
    detailsRun.value === id ? "is-selected" : "",
  ];
  return (
    <li
      ref={row}
      class={classes.join(" ")}
      style={{ "--run": runColor(id) }}
      onPointerEnter={() => {
        if (isPlotted) highlightedRun.value = id;
      }}
      onPointerLeave={() => {
        highlightedRun.value = null;
      }}
    >
      <ColorPicker id={id} name={run.name} />
      <button
        type="button"
        class="run-open"
        aria-expanded={detailsRun.value === id}
        onClick={() => {
          cursorRun.value = id;
          isRailOpen.value = false;
          updateView({ details: detailsRun.peek() === id ? null : id });
        }}
      >
        <span class="run-line">
          <StateMark state={shownState(run)} />
          <span class="run-name">{run.name}</span>
          <HeadlineValue run={run} />
        </span>
        <span class="run-line run-facts">{isGone ? <span>its folder is gone</span> : <RunFacts run={run} />}</span>
        {isActive(run) && <Progress run={run} />}
      </button>
      <span class="run-tools">
        {run.problems.length > 0 && (
          <span class="problem-mark" title={run.problems.map(({ path, message }) => `${path}: ${message}`).join("\n")}>
            <Icon name="warning" size={14} />
            <span class="visually-hidden">{run.problems.length} problems</span>
          </span>
        )}
        <button
          type="button"
          class={`icon-button is-small run-pin${isPinned ? " is-on" : ""}`}
          aria-label={`Pin ${run.name}`}
          aria-pressed={isPinned}
          title="Pin (p)"
          onClick={() => togglePinned(id)}
        >
          <Icon name="pin" size={14} />
        </button>
        {isGone ? (
          <button
            type="button"
            class="icon-button is-small"
            aria-label={`Take ${run.name} off the list`}
            title="Take off the list"
            onClick={() => forgetRun(id)}
          >
            <Icon name="close" size={14} />
          </button>
        ) : (
          <button
            type="button"
            class="icon-button is-small"
            aria-label={`Plot ${run.name}`}
            aria-pressed={isPlotted}
            title={isPlotted ? "Hide (x)" : "Plot (x)"}
            onClick={() => togglePlotted(id)}
          >
            <Icon name={isPlotted ? "eye" : "eyeOff"} size={14} />
          </button>
        )}
      </span>
    </li>
  );
}

/** The newest value of the quantity that leads the page. */
function HeadlineValue({ run }: { readonly run: RunInfo }): JSX.Element | null {
  const metric = headlineMetric(run);
  if (metric === undefined) return null;
  return (
    <span class="run-value" title={`${metric.name} ${metric.last ?? ""}`}>
      {formatValue(metric.last)}
    </span>
  );
}

function RunFacts({ run }: { readonly run: RunInfo }): JSX.Element {
  const seconds = elapsedSeconds(run, nowSeconds.value);
  return (
    <>
      {run.step !== null && (
        <span>
          step {formatCount(run.step)}
          {isActive(run) && run.totalSteps !== null && <span class="faint"> / {formatCount(run.totalSteps)}</span>}
        </span>
      )}
      {seconds !== null && isActive(run) && <span>{formatDuration(seconds)}</span>}
      {!isActive(run) && run.isoStartedAt !== null && (
        <span>{formatAgo(nowSeconds.value - Date.parse(run.isoEndedAt ?? run.isoStartedAt) / 1000)}</span>
      )}
      {run.checkpoints.length > 0 && (
        <span class="run-checkpoints" title={`${run.checkpoints.length} checkpoints`}>
          <Icon name="flag" size={11} />
          {run.checkpoints.length}
        </span>
      )}
    </>
  );
}

/** How far a run is, where it said how far it goes. */
export function Progress({ run }: { readonly run: RunInfo }): JSX.Element | null {
  if (run.totalSteps === null || run.step === null || run.totalSteps <= 0) return null;
  const share = Math.min(1, Math.max(0, run.step / run.totalSteps));
  return (
    <span
      class="progress"
      role="progressbar"
      aria-valuemin={0}
      aria-valuemax={run.totalSteps}
      aria-valuenow={run.step}
      aria-label={`Progress of ${run.name}`}
    >
      <span style={{ transform: `scaleX(${share})` }} />
    </span>
  );
}

/** Seconds from start to end, or to now while it runs. */
export function elapsedSeconds(run: RunInfo, now: number): number | null {
  if (run.isoStartedAt === null) return null;
  const end = run.isoEndedAt !== null ? Date.parse(run.isoEndedAt) / 1000 : isActive(run) ? now : null;
  const seconds = end === null ? Number.NaN : end - Date.parse(run.isoStartedAt) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
