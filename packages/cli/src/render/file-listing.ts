import type { ListedEntry } from "@waymark/pipeline";
import type { Ui } from "../ui.ts";
import { displayWidth, toPrintable } from "./display-text.ts";
import { formatNaturalSize } from "./natural-size.ts";

/** Columns before the names. */
export interface ListingColumns {
  readonly hasSizes: boolean;
  readonly hasHashes: boolean;
}

/** One line of a listing: the entry, and what stands before its name. */
interface ListingRow {
  readonly entry: ListedEntry;
  readonly branch: string;
}

/** Formats a listing as DVC prints it: sizes to the right, hashes (`-` for none), names. Empty for no entries. */
export function formatListing(entries: readonly ListedEntry[], columns: ListingColumns, ui: Pick<Ui, "style">): string {
  return formatRows(
    entries.map((entry) => ({ entry, branch: "" })),
    columns,
    ui,
  );
}

/** Formats a tree of entries with its branches drawn. */
export function formatListingTree(root: ListedEntry, columns: ListingColumns, ui: Pick<Ui, "style">): string {
  const rows: ListingRow[] = [{ entry: root, branch: "" }];
  const visit = (entries: readonly ListedEntry[], prefix: string): void => {
    for (const [at, entry] of entries.entries()) {
      const isLast = at === entries.length - 1;
      rows.push({ entry, branch: `${prefix}${isLast ? "└── " : "├── "}` });
      visit(entry.contents ?? [], `${prefix}${isLast ? "    " : "│   "}`);
    }
  };
  visit(root.contents ?? [], "");
  return formatRows(rows, columns, ui);
}

/** An entry as `list --json` has it. */
export function listingJson({ isOut, isFolder, isExecutable, sizeBytes, md5, path }: ListedEntry): object {
  return { isout: isOut, isdir: isFolder, isexec: isExecutable, size: sizeBytes ?? null, md5: md5 ?? null, path };
}

function formatRows(rows: readonly ListingRow[], columns: ListingColumns, ui: Pick<Ui, "style">): string {
  const cells = rows.map(({ entry }) => [
    ...(columns.hasSizes ? [sizeOf(entry)] : []),
    ...(columns.hasHashes ? [entry.md5 ?? "-"] : []),
  ]);
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => displayWidth(row[column] ?? ""))));
  return rows
    .map(({ entry, branch }, at) => {
      const before = (cells[at] ?? []).map((cell, column) => {
        const width = widths[column] ?? 0;
        return columns.hasSizes && column === 0 ? cell.padStart(width) : cell.padEnd(width);
      });
      const name = toPrintable(entry.path);
      return `${[...before, `${branch}${entry.isFolder ? ui.style("bold", name) : name}`].join("  ")}\n`;
    })
    .join("");
}

function sizeOf({ sizeBytes, isFolder }: ListedEntry): string {
  if (sizeBytes === undefined || (isFolder && sizeBytes === 0)) return "";
  return formatNaturalSize(sizeBytes);
}
