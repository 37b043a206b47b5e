import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  formatCompactPythonJson,
  formatDvcLockStage,
  orderStage,
  parseDvcLockStage,
  TrackerError,
  type DvcLockStage,
} from "@waymark/core";
import { isErrno, replaceFileSync } from "@waymark/files";
import { isMapping, newMapping, type Mapping } from "../values/values.ts";

/** Names of an entry of the run cache: `<cache>/runs/<2 of key>/<key>/<value>`. */
export interface RunCacheNames {
  /** What went into a run: SHA-256 of command, dependencies, params and the paths of the outputs. */
  readonly key: string;
  /** The same with what came out of it. */
  readonly value: string;
}

/** Sizes do not enter the names, at whatever depth they stand: not even params that are called so. */
const UNNAMED_KEYS = new Set(["size", "nfiles"]);

/** Returns the names under which both tools keep what a stage recorded. */
export function runCacheNames(stage: DvcLockStage): RunCacheNames {
  // Empty parts are left out, as they are in the file.
  const named = withoutSizes(orderStage(stage)) as DvcLockStage;
  const outs = (named.outs ?? []).map((entry) => entry["path"]);
  return { key: sha256({ ...named, outs }), value: sha256(named) };
}

/** Options of {@link RunCache}. */
export interface RunCacheOptions {
  /** Folder for files that are being written, on the file system of the cache if possible. Default: beside the entry. */
  readonly temporaryFolder?: string;
  /** Told of an entry that cannot be read and was removed. Default: nobody is. */
  readonly onCorrupt?: (path: string) => void;
}

/**
 * What stages made of their inputs in earlier runs, shared with DVC: an entry is what dvc.lock recorded of a run, found
 * again by what went into it.
 */
export class RunCache {
  readonly #folder: string;
  readonly #options: RunCacheOptions;

  /** @param cacheDir - The root of the cache. */
  constructor(cacheDir: string, options: RunCacheOptions = {}) {
    this.#folder = join(cacheDir, "runs");
    this.#options = options;
  }

  /**
   * Finds what an earlier run made of the same inputs: the newest entry, as DVC does.
   *
   * Params called `size` or `nfiles` do not enter the key, so that DVC restores the outputs of another value; here an
   * entry counts only when its command, dependencies and params are the wanted ones.
   *
   * @param wanted - Command, dependencies and params as they are now, and the outputs with their paths.
   */
  find(wanted: DvcLockStage): DvcLockStage | undefined {
    const { key } = runCacheNames(wanted);
    const folder = join(this.#folder, key.slice(0, 2), key);
    const inputs = inputsOf(wanted);
    for (const name of listNewestFirst(folder)) {
      const entry = this.#read(join(folder, name));
      // A damaged entry is a miss, whatever older ones there are: so it is for DVC.
      if (entry === undefined) return undefined;
      if (inputsOf(entry) === inputs) return entry;
    }
    return undefined;
  }

  /** Keeps what a run recorded; an entry that is there already stays as it is. */
  save(stage: DvcLockStage): void {
    const { key, value } = runCacheNames(stage);
    const path = join(this.#folder, key.slice(0, 2), key, value);
    if (statSync(path, { throwIfNoEntry: false }) !== undefined && this.#read(path) !== undefined) return;
    const { temporaryFolder } = this.#options;
    replaceFileSync(path, formatDvcLockStage(stage), temporaryFolder === undefined ? {} : { temporaryFolder });
  }

  #read(path: string): DvcLockStage | undefined {
    try {
      return parseDvcLockStage(readFileSync(path, "utf8"), { path });
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      if (!(error instanceof TrackerError)) throw error;
      rmSync(path, { force: true });
      this.#options.onCorrupt?.(path);
      return undefined;
    }
  }
}

function listNewestFirst(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .map((name) => ({ name, mtime: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .toSorted((a, b) => b.mtime - a.mtime)
      .map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** What went into a run, as text: dependencies by their hashes, params in full. */
function inputsOf(stage: DvcLockStage): string {
  const { cmd, deps = [], params = newMapping() } = stage;
  const outs = (stage.outs ?? []).map((entry) => entry["path"]);
  return formatCompactPythonJson(
    { cmd, deps: deps.map((entry) => withoutSizes(entry)), params, outs },
    { sortKeys: true },
  );
}

function sha256(value: unknown): string {
  const json = formatCompactPythonJson(value, { sortKeys: true });
  return createHash("sha256").update(json).digest("hex");
}

function withoutSizes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSizes);
  if (!isMapping(value)) return value;
  const kept: Mapping = newMapping();
  for (const [key, member] of Object.entries(value)) if (!UNNAMED_KEYS.has(key)) kept[key] = withoutSizes(member);
  return kept;
}
