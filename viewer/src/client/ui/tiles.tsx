import type { JSX } from "preact";
import { findRun } from "../state/catalog.ts";
import { focusRunId } from "../state/focus.ts";
import { matchesQuery, tileMetrics } from "../state/layout.ts";
import { plottedIds, runColor } from "../state/plotted.ts";
import { searchQuery } from "../state/view.ts";
import { formatExact, formatValue } from "../text/number.ts";
import { MetricName } from "./chart-header.tsx";

const MAX_RUNS = 4;

/** Metrics of one value: a number says more than a chart of one point. */
export function Tiles(): JSX.Element | null {
  const query = searchQuery.value;
  const matching = tileMetrics.value.filter((name) => matchesQuery(query, name));
  const names = matching.length > 0 ? matching : tileMetrics.value;
  if (names.length === 0) return null;
  return (
    <section class="section" aria-label="Single values">
      <h2 class="section-title is-plain">
        Single values <span class="count">{names.length}</span>
      </h2>
      <div class="tiles">
        {names.map((name) => (
          <Tile key={name} name={name} />
        ))}
      </div>
    </section>
  );
}

function Tile({ name }: { readonly name: string }): JSX.Element {
  const focus = focusRunId.value;
  const ids = plottedIds.value.toSorted((a, b) => Number(b === focus) - Number(a === focus));
  const values = ids.flatMap((id) => {
    const run = findRun(id)?.value;
    const metric = run?.metrics.find((candidate) => candidate.name === name);
    return run === undefined || metric === undefined || metric.last === null ? [] : [{ run, last: metric.last }];
  });
  const [first, ...others] = values;
  return (
    <article class="card tile">
      <MetricName name={name} />
      {first !== undefined && (
        <p class="tile-value" title={`${first.run.name}: ${formatExact(first.last)}`}>
          {formatValue(first.last)}
        </p>
      )}
      {others.length > 0 && (
        <ul class="tile-others">
          {others.slice(0, MAX_RUNS).map(({ run, last }) => (
            <li key={run.id} style={{ "--run": runColor(run.id) }} title={`${run.name}: ${formatExact(last)}`}>
              <span class="swatch is-dot" aria-hidden="true" />
              {formatValue(last)}
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}
