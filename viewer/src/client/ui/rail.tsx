import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { findRun, goneIds, isActive, isCatalogLoaded, peekRun, runIds } from "../state/catalog.ts";
import { matchesQuery } from "../state/layout.ts";
import { plotRuns, plottedIds, plottedSet } from "../state/plotted.ts";
import { isRailOpen } from "../state/shell.ts";
import { searchQuery, view } from "../state/view.ts";
import { RunRow } from "./run-row.tsx";

/** More rows than this are shown on request: the newest are what people come for. */
const MAX_ROWS = 200;

/** All runs: what runs now, then the experiments, newest first, under the commit they started from. */
export function Rail(): JSX.Element {
  const ids = runIds.value;
  const query = searchQuery.value;
  const { pinned } = view.value;
  const found = useMemo(() => {
    if (query.trim() === "") return ids;
    const matching = ids.filter((id) => matchesQuery(query, peekRun(id)?.name ?? ""));
    return matching.length > 0 ? matching : ids;
  }, [ids, query]);
  const running = found.filter((id) => isRunningNow(id) && !pinned.includes(id));
  const kept = found.filter((id) => pinned.includes(id));
  const ended = found.filter((id) => !isRunningNow(id) && !pinned.includes(id));
  return (
    <>
      <nav class={`rail${isRailOpen.value ? " is-open" : ""}`} aria-label="Runs">
        <PlotSummary />
        {kept.length > 0 && <RunList title="Pinned" ids={kept} />}
        {isCatalogLoaded.value ? (
          <RunList title="Running" ids={running} empty="Nothing runs right now." />
        ) : (
          <RailSkeleton />
        )}
        {ended.length > 0 && <EndedRuns ids={ended} />}
      </nav>
      <div
        class={`scrim${isRailOpen.value ? " is-open" : ""}`}
        aria-hidden="true"
        onClick={() => {
          isRailOpen.value = false;
        }}
      />
    </>
  );
}

function RailSkeleton(): JSX.Element {
  return (
    <div class="rail-skeleton" aria-hidden="true">
      {Array.from({ length: 4 }, (_, i) => (
        <div key={i} class="skeleton-block is-row" />
      ))}
    </div>
  );
}

/** Reads the run, so that the list follows its state. */
function isRunningNow(id: string): boolean {
  const run = findRun(id)?.value;
  return run !== undefined && isActive(run);
}

function RunList({
  title,
  ids,
  empty,
}: {
  readonly title: string;
  readonly ids: readonly string[];
  readonly empty?: string;
}): JSX.Element {
  return (
    <section class="run-group" aria-label={title}>
      <h2 class="group-title">
        {title} {ids.length > 0 && <span class="count">{ids.length}</span>}
      </h2>
      {ids.length === 0 && empty !== undefined && <p class="rail-empty">{empty}</p>}
      <ul class="run-list">
        {ids.slice(0, MAX_ROWS).map((id) => (
          <RunRow key={id} id={id} />
        ))}
      </ul>
    </section>
  );
}

/** Ended runs by baseline: the commit tells which code they share. */
function EndedRuns({ ids }: { readonly ids: readonly string[] }): JSX.Element {
  const groups = new Map<string, string[]>();
  for (const id of ids.slice(0, MAX_ROWS)) {
    const run = peekRun(id);
    const key = run?.baseline ?? "";
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [id]);
    else list.push(id);
  }
  return (
    <section class="run-group" aria-label="Experiments">
      <h2 class="group-title">
        Experiments <span class="count">{ids.length}</span>
      </h2>
      {[...groups].map(([baseline, members]) => (
        <div key={baseline} class="baseline-group">
          {(groups.size > 1 || baseline !== "") && <BaselineTitle id={members[0] ?? ""} />}
          <ul class="run-list">
            {members.map((id) => (
              <RunRow key={id} id={id} />
            ))}
          </ul>
        </div>
      ))}
      {ids.length > MAX_ROWS && <p class="rail-empty">and {ids.length - MAX_ROWS} older: search by name to see them</p>}
    </section>
  );
}

function BaselineTitle({ id }: { readonly id: string }): JSX.Element {
  const run = peekRun(id);
  if (run?.baseline == null) return <h3 class="baseline">no baseline</h3>;
  return (
    <h3 class="baseline" title={`Started from ${run.baseline}`}>
      <span class="commit">{run.baseline.slice(0, 7)}</span>
      {run.baselineName !== null && <span class="branch">{run.baselineName}</span>}
    </h3>
  );
}

/** What part of all runs is on the charts. */
function PlotSummary(): JSX.Element | null {
  const ids = runIds.value.filter((id) => !goneIds.value.has(id));
  const total = ids.length;
  const shown = plottedIds.value.length;
  if (total === 0) return null;
  return (
    <div class="plot-summary">
      <span>
        <strong>{shown}</strong> of {total} {total === 1 ? "run" : "runs"} on the charts
      </span>
      {shown < total && (
        <button
          type="button"
          class="link-button"
          onClick={() =>
            plotRuns(
              ids.filter((id) => !plottedSet.peek().has(id)),
              true,
            )
          }
        >
          Show all
        </button>
      )}
      {shown > 0 && shown === total && total > 1 && (
        <button type="button" class="link-button" onClick={() => plotRuns(ids, false)}>
          Hide all
        </button>
      )}
    </div>
  );
}
