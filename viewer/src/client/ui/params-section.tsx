import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { RunInfo } from "../../protocol.ts";
import { findRun } from "../state/catalog.ts";
import { highlightedRun } from "../state/hover.ts";
import { matchesQuery } from "../state/layout.ts";
import { plottedIds, runColor } from "../state/plotted.ts";
import { stable } from "../state/stable.ts";
import { searchQuery } from "../state/view.ts";
import { Icon } from "./icons.tsx";

type ParamValue = RunInfo["params"][string];

interface ParamRow {
  readonly key: string;
  readonly values: readonly (ParamValue | undefined)[];
  readonly isChanged: boolean;
}

const columns = stable(() =>
  plottedIds.value.flatMap((id) => {
    const run = findRun(id)?.value;
    return run === undefined ? [] : [{ id, name: run.name, params: Object.entries(run.params) }];
  }),
);

/** Params of the plotted runs side by side: what differs first, the rest on request. */
export function ParamsSection(): JSX.Element | null {
  const isAll = useSignal(false);
  const rows = useComputed(() => paramRows(columns.value));
  const query = searchQuery.value;
  const all = rows.value;
  if (all.length === 0) return null;
  const matching = all.filter((row) => matchesQuery(query, row.key));
  const found = query.trim() !== "" && matching.length > 0 ? matching : all;
  const changed = found.filter((row) => row.isChanged);
  const isSingle = columns.value.length < 2;
  const same = isSingle ? 0 : found.length - changed.length;
  const shown = isSingle
    ? found
    : isAll.value || changed.length === 0
      ? [...changed, ...found.filter((row) => !row.isChanged)]
      : changed;
  return (
    <section class="section" aria-label="Params">
      <h2 class="section-title is-plain">
        Params <span class="count">{found.length}</span>
        {changed.length > 0 && same > 0 && (
          <button
            type="button"
            class="link-button"
            aria-pressed={isAll.value}
            onClick={() => (isAll.value = !isAll.value)}
          >
            {isAll.value ? "Only what differs" : `Show ${same} that ${same === 1 ? "is" : "are"} the same`}
          </button>
        )}
      </h2>
      <div class="card table-card" tabIndex={0} role="region" aria-label="Table of params">
        <table class="params">
          <thead>
            <tr>
              <th scope="col">Param</th>
              {columns.value.map(({ id, name }) => (
                <th
                  key={id}
                  scope="col"
                  style={{ "--run": runColor(id) }}
                  class={highlightedRun.value === id ? "is-highlighted" : ""}
                  onPointerEnter={() => (highlightedRun.value = id)}
                  onPointerLeave={() => (highlightedRun.value = null)}
                >
                  <span class="swatch is-dot" aria-hidden="true" /> {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.key} class={row.isChanged ? "is-changed" : ""}>
                <th scope="row">
                  {row.isChanged && <span class="changed-mark" title="differs between runs" aria-hidden="true" />}
                  {row.key}
                </th>
                {row.values.map((value, i) => (
                  <td key={columns.value[i]?.id} class={typeof value === "number" ? "number" : ""}>
                    {value === undefined ? <span class="faint">–</span> : String(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {changed.length === 0 && !isSingle && (
          <p class="table-note">
            <Icon name="check" size={12} /> All plotted runs have the same params.
          </p>
        )}
      </div>
    </section>
  );
}

function paramRows(runs: readonly { readonly params: readonly [string, ParamValue][] }[]): ParamRow[] {
  const maps = runs.map((run) => new Map(run.params));
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  return keys.map((key) => {
    const values = maps.map((map) => map.get(key));
    return { key, values, isChanged: values.some((value) => value !== values[0]) };
  });
}
