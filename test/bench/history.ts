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
}

/** Records of this machine, oldest first. They stay with the clone: figures of two machines cannot be compared. */
const PATH = fileURLToPath(new URL("../../.cache/benchmarks.json", import.meta.url));

/** Reads what was measured before; nothing where that cannot be read. */
export function readRecords(): readonly BenchRecord[] {
  if (!existsSync(PATH)) return [];
  const { records } = JSON.parse(readFileSync(PATH, "utf8")) as { readonly records: readonly BenchRecord[] };
  return records;
}

/** Adds a record. */
export function addRecord(record: BenchRecord): readonly BenchRecord[] {
  const records = [...readRecords(), record];
  mkdirSync(dirname(PATH), { recursive: true });
  replaceFileSync(PATH, `${JSON.stringify({ schema: 1, records }, undefined, 2)}\n`);
  return records;
}
