import type { ExperimentsView } from "@waymark/experiments";
import { listStates, readCell, type ValueColumn } from "./experiment-columns.ts";
import { formatValue } from "./format-value.ts";

/**
 * Joins the columns of a param that stands in several files, such as the project's and the logger's own, when no state
 * has two values for it. The joined column has the param's plain name, and shows the value of whichever file has one.
 *
 * @param taken - Headers that no joined column may have.
 * @returns For each column the one to show in its place: itself, or the joined one.
 */
export function joinParams(
  view: ExperimentsView,
  columns: readonly ValueColumn[],
  taken: readonly string[],
): ReadonlyMap<ValueColumn, ValueColumn> {
  const byName = new Map<string, ValueColumn[]>();
  for (const column of columns) {
    if (column.kind === "params") byName.set(column.name, [...(byName.get(column.name) ?? []), column]);
  }
  const headers = new Set([...taken, ...columns.filter(({ kind }) => kind !== "params").map(({ name }) => name)]);
  const shown = new Map(columns.map((column) => [column, column]));
  for (const [name, [first, ...others]] of byName) {
    if (first === undefined || others.length === 0 || headers.has(name)) continue;
    if (!isSameEverywhere(view, [first, ...others])) continue;
    const joined = { ...first, header: name, otherPaths: others.map(({ path }) => path) };
    for (const column of [first, ...others]) shown.set(column, joined);
  }
  return shown;
}

function isSameEverywhere(view: ExperimentsView, columns: readonly ValueColumn[]): boolean {
  return listStates(view).every(({ data }) => {
    const texts = columns.flatMap((column) => {
      const cell = readCell(data, column);
      return cell === undefined || cell === "failed"
        ? []
        : [JSON.stringify(formatValue(cell.value, undefined) ?? null)];
    });
    return new Set(texts).size <= 1;
  });
}
