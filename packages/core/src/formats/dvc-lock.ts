import { TrackerError } from "../errors.ts";
import { emptyRecord, isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";

/** A dvc.lock, or an entry of the run cache, that is not one. */
export class MalformedDvcLockError extends TrackerError {
  override readonly code = "MALFORMED_DVC_LOCK";

  constructor(reason: string, path: string | undefined) {
    super(`${path ?? "dvc.lock"}: ${reason}`, {
      hint: "Restore the file from Git, or remove it and run `waymark commit --force` to record what is there now.",
    });
  }
}

/** What is recorded of one dependency or output, in the order DVC writes it: path, hash, size. */
export type DvcLockEntry = Readonly<Record<string, unknown>>;

/** What dvc.lock records of one stage: its keys in the order DVC writes them. */
export interface DvcLockStage {
  readonly cmd: string | readonly string[];
  readonly deps?: readonly DvcLockEntry[];
  /** Values by key, by file. */
  readonly params?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly outs?: readonly DvcLockEntry[];
}

/** A dvc.lock as read. */
export interface DvcLock {
  readonly stages: Readonly<Record<string, DvcLockStage>>;
  /** Data sets by name, as DVC keeps them; `undefined` when the file has none. */
  readonly datasets: unknown;
}

/** The only schema that DVC 3 reads; that of DVC 1 had no such key. */
const SCHEMA = "2.0";
const TOP_KEYS = new Set(["schema", "datasets", "stages"]);
const STAGE_KEYS = ["cmd", "deps", "params", "outs"] as const;
const ENTRY_KEYS = new Set([
  "path",
  "hash",
  "md5",
  "etag",
  "checksum",
  "size",
  "nfiles",
  "isexec",
  "version_id",
  "remote",
  "isdir",
  "mtime",
  "inode",
  "is_link",
  "destination",
  "nlink",
  "cloud",
  "files",
  "dataset",
]);

/** Options of the readers of this module. */
export interface ParseDvcLockOptions {
  /** Named in errors. */
  readonly path?: string;
}

/**
 * Parses a dvc.lock and checks it as DVC 3 does. Numbers keep their kind, since they enter hashes.
 *
 * @throws {@link MalformedDvcLockError} for another schema than 2.0, and for keys DVC does not know;
 *   `MalformedYamlError` with line and column.
 */
export function parseDvcLock(text: string, options: ParseDvcLockOptions = {}): DvcLock {
  const { path } = options;
  const content = parseYaml(text, { ...options, keepNumberKinds: true });
  if (!isPlainObject(content)) throw new MalformedDvcLockError("expected a mapping with `schema` and `stages`", path);
  if (content["schema"] !== SCHEMA) {
    const found = "schema" in content ? `its 'schema' is '${String(content["schema"])}'` : "it has no 'schema'";
    throw new MalformedDvcLockError(`${found}, only '${SCHEMA}' is supported`, path);
  }
  refuseUnknown(content, TOP_KEYS, "", path);
  const stages = content["stages"] ?? emptyRecord();
  if (!isPlainObject(stages)) throw new MalformedDvcLockError("'stages' is not a mapping", path);
  for (const [name, stage] of Object.entries(stages)) checkStage(stage, `stages -> ${name}`, path);
  return { stages: stages as Record<string, DvcLockStage>, datasets: content["datasets"] };
}

/**
 * Parses what one stage records, as files of the run cache hold it alone.
 *
 * @throws As {@link parseDvcLock}.
 */
export function parseDvcLockStage(text: string, options: ParseDvcLockOptions = {}): DvcLockStage {
  const stage = parseYaml(text, { ...options, keepNumberKinds: true });
  checkStage(stage, "entry", options.path);
  return stage;
}

/** Formats a dvc.lock, byte for byte as DVC does. */
export function formatDvcLock(lock: Pick<DvcLock, "stages"> & Partial<DvcLock>): string {
  return formatYaml({ schema: SCHEMA, datasets: lock.datasets, stages: orderStages(lock.stages) });
}

/** Formats what one stage records, as in a file of the run cache. */
export function formatDvcLockStage(stage: DvcLockStage): string {
  return formatYaml(orderStage(stage));
}

/** Returns the members of a stage in DVC's order, empty ones left out. */
export function orderStage(stage: DvcLockStage): Readonly<Record<string, unknown>> {
  const ordered = emptyRecord();
  for (const key of STAGE_KEYS) {
    const value = stage[key];
    if (value !== undefined && (key === "cmd" || !isEmpty(value))) ordered[key] = value;
  }
  return ordered;
}

function orderStages(stages: DvcLock["stages"]): Readonly<Record<string, unknown>> {
  const ordered = emptyRecord();
  for (const [name, stage] of Object.entries(stages)) ordered[name] = orderStage(stage);
  return ordered;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function checkStage(stage: unknown, place: string, path: string | undefined): asserts stage is DvcLockStage {
  const fail = (reason: string): never => {
    throw new MalformedDvcLockError(reason, path);
  };
  if (!isPlainObject(stage)) return fail(`'${place}' is not a mapping`);
  refuseUnknown(stage, new Set(STAGE_KEYS), `${place} -> `, path);
  const { cmd, params } = stage;
  if (typeof cmd !== "string" && !Array.isArray(cmd)) fail(`'${place} -> cmd' is neither a text nor a list`);
  if (params !== undefined && !(isPlainObject(params) && Object.values(params).every(isPlainObject))) {
    fail(`'${place} -> params' does not map files to values`);
  }
  for (const section of ["deps", "outs"] as const) {
    const list = stage[section];
    if (list === undefined) continue;
    if (!Array.isArray(list)) return fail(`'${place} -> ${section}' is not a list`);
    for (const [at, entry] of (list as readonly unknown[]).entries()) {
      const where = `${place} -> ${section} -> ${at + 1}`;
      if (!isPlainObject(entry) || typeof entry["path"] !== "string") return fail(`'${where}' has no 'path'`);
      refuseUnknown(entry, ENTRY_KEYS, `${where} -> `, path);
    }
  }
}

function refuseUnknown(
  mapping: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  place: string,
  path: string | undefined,
): void {
  const unknown = Object.keys(mapping).find((key) => !known.has(key));
  if (unknown !== undefined) throw new MalformedDvcLockError(`'${place}${unknown}' is not a key DVC knows`, path);
}
