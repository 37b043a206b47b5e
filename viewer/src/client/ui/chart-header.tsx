import type { ChartGroup } from "@waymark/plots";
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { ChartController } from "../chart/chart-controller.ts";
import { findRun } from "../state/catalog.ts";
import { focusRunId } from "../state/focus.ts";
import { runColor } from "../state/plotted.ts";
import { updateView, view } from "../state/view.ts";
import { formatExact, formatValue } from "../text/number.ts";
import { ChartMenu } from "./chart-menu.tsx";
import { Icon } from "./icons.tsx";

/** A chart's heading: what it measures, where it stands now, and what can be done with it. */
export function ChartHeader({
  group,
  controller,
  isTable,
  isFull,
}: {
  readonly group: ChartGroup;
  readonly controller: Signal<ChartController | null>;
  readonly isTable: Signal<boolean>;
  readonly isFull: boolean;
}): JSX.Element {
  const scale = view.value.yScales.get(group.id) ?? view.value.yScale;
  return (
    <figcaption class="card-header">
      <MetricName name={group.title} />
      <LatestValues group={group} />
      <span class="card-tools">
        {scale !== "linear" && <span class="chip">{scale}</span>}
        <button
          type="button"
          class="icon-button"
          aria-label={isFull ? "Leave full screen" : `Show ${group.title} alone`}
          title={isFull ? "Leave full screen (f)" : "Full screen (f)"}
          onClick={() => updateView({ full: isFull ? null : group.id })}
        >
          <Icon name={isFull ? "shrink" : "expand"} size={14} />
        </button>
        <ChartMenu group={group} controller={controller} isTable={isTable} />
      </span>
    </figcaption>
  );
}

/** A metric's name with its folders set back. */
export function MetricName({ name }: { readonly name: string }): JSX.Element {
  const slash = name.lastIndexOf("/");
  return (
    <h3 class="metric-name" title={name}>
      {slash > 0 && <span class="metric-folder">{name.slice(0, slash + 1)}</span>}
      {name.slice(slash + 1)}
    </h3>
  );
}

/** Where the run in focus stands, for each split. */
function LatestValues({ group }: { readonly group: ChartGroup }): JSX.Element | null {
  const id = focusRunId.value;
  const run = id === null ? undefined : findRun(id)?.value;
  if (run === undefined) return null;
  const values = group.metrics.flatMap((metric) => {
    const info = run.metrics.find((candidate) => candidate.name === metric.name);
    return info === undefined ? [] : [{ split: metric.split, last: info.last }];
  });
  return (
    <span class="latest">
      {values.slice(0, 3).map(({ split, last }) => (
        <span key={split ?? ""} class="latest-value" title={`${run.name}: ${formatExact(last)}`}>
          {group.metrics.length > 1 && split !== null && <span class="latest-split">{split}</span>}
          <span class="latest-number" style={{ "--run": runColor(run.id) }}>
            {formatValue(last)}
          </span>
        </span>
      ))}
    </span>
  );
}
