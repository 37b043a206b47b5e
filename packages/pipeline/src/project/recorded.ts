import type { RecordedHash, TrackedEntry } from "./project.ts";
import { isMapping, type Mapping } from "../values/values.ts";

/** Entries of one stage in dvc.lock, by the path text of dvc.yaml. */
export interface LockedStage {
  readonly deps: ReadonlyMap<string, Mapping>;
  readonly outs: ReadonlyMap<string, Mapping>;
  readonly command: string | readonly string[] | undefined;
  /** Values by dotted key, by the file text of dvc.yaml. */
  readonly params: ReadonlyMap<string, Mapping>;
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
    if (isMapping(stage)) result.set(name, readLockedStage(stage));
  }
  return result;
}

/** Takes one entry of dvc.lock, or of the run cache, apart. */
export function readLockedStage(stage: Mapping): LockedStage {
  const { cmd } = stage;
  return {
    command: typeof cmd === "string" || isTextList(cmd) ? cmd : undefined,
    deps: byPath(stage["deps"]),
    params: new Map(Object.entries(isMapping(stage["params"]) ? stage["params"] : {}).flatMap(onlyMappings)),
    outs: byPath(stage["outs"]),
  };
}

/** What an entry says of one path; nothing when there is no entry. */
export function trackedEntry(text: string, path: string, entry: Mapping | undefined): TrackedEntry {
  const recorded = recordedHash(entry);
  return {
    text,
    path,
    ...recorded,
    recorded: entry,
    // "hash: md5" came with DVC 3; what lacks it was hashed by DVC 2.
    isLegacy: recorded.hash !== null && entry?.["hash"] === undefined && entry?.["md5"] !== undefined,
  };
}

function onlyMappings([file, values]: readonly [string, unknown]): readonly (readonly [string, Mapping])[] {
  return isMapping(values) ? [[file, values]] : [];
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
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
