import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { replaceFileSync } from "@waymark/files";
import type { Row } from "./row.ts";

/** One section, measured once. */
export interface BenchRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Commit that was measured; ends in `+` when files differed from it. */
  readonly commit: string;
  readonly machine: string;
  /** Why the figures are to be taken with care, when they are. */
  readonly caveat?: string;
  readonly rounds: number;
  readonly section: string;
  readonly rows: readonly Row[];
  /** Rows that were measured again since, by themselves. */
  readonly updates?: readonly RowUpdate[];
}

/** Some rows of a section, measured again. */
export interface RowUpdate {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly commit: string;
  /** Identifiers, such as `D1`. */
  readonly ids: readonly string[];
}

/** Records of this machine, oldest first. They stay with the clone: figures of two machines cannot be compared. */
const PATH = fileURLToPath(new URL("../../.cache/benchmarks.json", import.meta.url));

/** Reads what was measured before; nothing where that cannot be read. */
export function readRecords(): readonly BenchRecord[] {
  if (!existsSync(PATH)) return [];
  const { records } = JSON.parse(readFileSync(PATH, "utf8")) as { readonly records: readonly BenchRecord[] };
  return records;
}

/** Puts rows that were measured again into the newest record of their section; `undefined` when it has none. */
export function updateRecord(
  section: string,
  rows: readonly Row[],
  { at, commit }: Pick<RowUpdate, "at" | "commit">,
): readonly BenchRecord[] | undefined {
  const newest = readRecords().findLast((record) => record.section === section);
  if (newest === undefined) return undefined;
  const ids = [...new Set(rows.map(({ id }) => id))];
  const others = newest.rows.filter(({ id }) => !ids.includes(id));
  const earlier = (newest.updates ?? []).flatMap((update) => {
    const left = update.ids.filter((id) => !ids.includes(id));
    return left.length === 0 ? [] : [{ ...update, ids: left }];
  });
  return addRecord({
    ...newest,
    rows: [...others, ...rows].toSorted((a, b) => a.id.localeCompare(b.id)),
    updates: [...earlier, { at, commit, ids }],
  });
}

/** Adds a record. */
export function addRecord(record: BenchRecord): readonly BenchRecord[] {
  const records = [...readRecords(), record];
  mkdirSync(dirname(PATH), { recursive: true });
  replaceFileSync(PATH, `${JSON.stringify({ schema: 1, records }, undefined, 2)}\n`);
  return records;
}
