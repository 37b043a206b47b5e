import { splitDelimited } from "@waymark/core/formats/delimited";
import { parsePythonJson } from "@waymark/core/formats/python-json";

/** One row of a plot's data. */
export type PlotRow = Readonly<Record<string, unknown>>;

/** More rows than this make a page wait; what is left out is said. */
export const MAX_PLOT_ROWS = 20_000;

/**
 * Reads the rows of a plot's data file: JSON that holds lists of objects with the same keys anywhere in it (several are
 * merged index by index), or CSV and TSV with a header.
 *
 * @param path - Its ending decides the format.
 * @throws MalformedJsonError for JSON that is none.
 */
export function parsePlotRows(text: string, path: string): PlotRow[] {
  if (/\.tsv$/iu.test(path)) return parseTable(text, "\t");
  if (/\.csv$/iu.test(path)) return parseTable(text, ",");
  const lists = findLists(parsePythonJson(text));
  const [first = [], ...others] = lists;
  return first.map(
    (row, i) => Object.assign(Object.create(null) as object, row, ...others.map((list) => list[i])) as PlotRow,
  );
}

function findLists(value: unknown, depth = 0): PlotRow[][] {
  if (Array.isArray(value)) {
    const rows = value.filter(isRow);
    const keys = rows[0] === undefined ? "" : Object.keys(rows[0]).sort().join("\0");
    const isTable = rows.length === value.length && rows.every((row) => Object.keys(row).sort().join("\0") === keys);
    return isTable ? [rows] : [];
  }
  if (!isRow(value) || depth > 20) return [];
  return Object.values(value).flatMap((item) => findLists(item, depth + 1));
}

function isRow(value: unknown): value is PlotRow {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers become numbers, so that axes are numeric. */
function parseTable(text: string, separator: string): PlotRow[] {
  const [header = [], ...rows] = splitDelimited(text, separator);
  return rows.map((cells) => {
    const row: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    header.forEach((key, i) => {
      row[key] = parseCell(cells[i] ?? "");
    });
    return row;
  });
}

function parseCell(cell: string): unknown {
  const number = Number(cell);
  return cell.trim() !== "" && Number.isFinite(number) ? number : cell;
}
