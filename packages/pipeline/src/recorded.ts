import type { RecordedHash } from "./project.ts";
import { isMapping, type Mapping } from "./values.ts";

/** Entries of one stage in dvc.lock, by the path text of dvc.yaml. */
export interface LockedStage {
  readonly deps: ReadonlyMap<string, Mapping>;
  readonly outs: ReadonlyMap<string, Mapping>;
}

/** Nothing is recorded. */
export const UNRECORDED: RecordedHash = { hash: null, sizeBytes: null, fileCount: null };

/** Reads hash, size and number of files from an entry of dvc.lock or of a `.dvc` file. */
export function recordedHash(entry: Mapping | undefined): RecordedHash {
  if (entry === undefined) return UNRECORDED;
  const hash = ["md5", "etag", "checksum"].map((key) => entry[key]).find(isText);
  return {
    hash: hash === undefined ? null : String(hash),
    sizeBytes: typeof entry["size"] === "number" ? entry["size"] : null,
    fileCount: typeof entry["nfiles"] === "number" ? entry["nfiles"] : null,
  };
}

/** Takes the stages of a parsed dvc.lock apart; an entry that is not one is passed over. */
export function readLockedStages(content: unknown): ReadonlyMap<string, LockedStage> {
  const stages = isMapping(content) ? content["stages"] : undefined;
  const result = new Map<string, LockedStage>();
  if (!isMapping(stages)) return result;
  for (const [name, stage] of Object.entries(stages)) {
    if (isMapping(stage)) result.set(name, { deps: byPath(stage["deps"]), outs: byPath(stage["outs"]) });
  }
  return result;
}

function byPath(list: unknown): ReadonlyMap<string, Mapping> {
  const entries = new Map<string, Mapping>();
  for (const entry of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    if (isMapping(entry) && typeof entry["path"] === "string") entries.set(entry["path"], entry);
  }
  return entries;
}

function isText(value: unknown): value is string | number | bigint {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}
