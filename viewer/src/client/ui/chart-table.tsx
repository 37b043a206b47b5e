import type { PointList } from "@waymark/plots";
import type { JSX } from "preact";
import type { ChartController } from "../chart/chart-controller.ts";
import { formatCount, formatExact, formatValue } from "../text/number.ts";
import { formatX } from "../text/x-value.ts";

/** More rows than this are for a file, not for reading. */
const MAX_ROWS = 200;

/** The chart as a table: the same lines, readable without seeing them. */
export function ChartTable({ controller }: { readonly controller: ChartController }): JSX.Element {
  // Reading the signal renders the table anew after each drawing.
  void controller.stats.value;
  const lines = controller.held();
  const axis = controller.options.x;
  const first = lines[0];
  return (
    <div class="chart-table" tabIndex={0} role="region" aria-label="Values as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Metric</th>
            <th scope="col">Last</th>
            <th scope="col">Min</th>
            <th scope="col">Max</th>
            <th scope="col">Mean</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ line, series }) => {
            const summary = summarize(series.raw);
            return (
              <tr key={`${line.run}\n${line.metric}`}>
                <th scope="row">{line.name}</th>
                <td>{line.metric}</td>
                <td class="number">{formatValue(summary.last)}</td>
                <td class="number">{formatValue(summary.min)}</td>
                <td class="number">{formatValue(summary.max)}</td>
                <td class="number">{formatValue(summary.mean)}</td>
                <td class="number">{formatCount(series.total)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {lines.length === 1 && first !== undefined && (
        <table>
          <caption>{first.series.raw.length > MAX_ROWS ? `The last ${MAX_ROWS} points` : "All points"}</caption>
          <thead>
            <tr>
              <th scope="col">{axis}</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {lastPoints(first.series.raw).map(([x, y]) => (
              <tr key={x}>
                <th scope="row">{formatX(axis, x)}</th>
                <td class="number" title={formatExact(y)}>
                  {formatValue(y)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function lastPoints({ x, y, length }: PointList): (readonly [number, number])[] {
  const rows: (readonly [number, number])[] = [];
  for (let i = length - 1; i >= Math.max(0, length - MAX_ROWS); i--) rows.push([x[i] ?? 0, y[i] ?? 0]);
  return rows;
}

interface Summary {
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

function summarize({ y, length }: PointList): Summary {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const value = y[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count++;
  }
  if (count === 0) return { last: y[length - 1] ?? null, min: null, max: null, mean: null };
  return { last: y[length - 1] ?? null, min, max, mean: sum / count };
}
