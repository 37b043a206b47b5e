import { constants, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { CheckpointRequest, KeepPolicy } from "@waymark/core";
import { RUN_FOLDER } from "@waymark/core/run-file";
import { isErrno, replaceFileSync } from "@waymark/files";
import type { Marks } from "../session/marks.ts";

/** One checkpoint of a run outside Git, as listed in `<dir>/checkpoints.json`. */
export interface KeptCheckpoint {
  readonly step: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly status: "running" | "finished";
  /** POSIX paths relative to the live folder, in the order of their copies. */
  readonly paths: readonly string[];
  /** Value of the metric that decides which checkpoint is best, when there is such a policy. */
  readonly score: number | null;
}

const LIST = "checkpoints.json";
const DETAILS = "state.json";

/**
 * Checkpoints where there is no Git to hold them: copies of the files in `<dir>/.waymark/checkpoints/<step>`, listed in
 * `<dir>/checkpoints.json`. A copy appears under its name only when it is whole, and in the list only after that.
 */
export class KeptCheckpoints {
  readonly #dir: string;
  readonly #folder: string;
  readonly #keep: KeepPolicy;

  constructor(dir: string, keep: KeepPolicy) {
    this.#dir = dir;
    this.#folder = join(dir, RUN_FOLDER, "checkpoints");
    this.#keep = keep;
  }

  /** The checkpoints whose copies are there, oldest first. */
  list(): readonly KeptCheckpoint[] {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(join(this.#dir, LIST), "utf8"));
    } catch (error) {
      if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
    const listed =
      typeof value === "object" && value !== null && "checkpoints" in value && Array.isArray(value.checkpoints)
        ? value.checkpoints.filter(isKeptCheckpoint)
        : [];
    return listed.filter(({ step }) => existsSync(this.#copyFolder(step)));
  }

  /** Copies the files of a checkpoint and returns the folder of the copies. */
  add(request: CheckpointRequest, sizes: Marks["sizes"], nowMs: number, status: KeptCheckpoint["status"]): string {
    const folder = this.#copyFolder(request.step);
    const unfinished = `${folder}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    for (const [index, path] of request.paths.entries()) copy(path, join(unfinished, copyName(index, path)));
    const metrics = join(this.#dir, "metrics.json");
    if (existsSync(metrics)) copy(metrics, join(unfinished, "metrics.json"));
    replaceFileSync(join(unfinished, DETAILS), JSON.stringify({ sizes: Object.fromEntries(sizes) }));
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    const entry: KeptCheckpoint = {
      step: request.step,
      time: new Date(nowMs).toISOString(),
      status,
      paths: request.paths.map((path) => relative(this.#dir, path).split(sep).join("/")),
      score: this.#scoreOf(request.summary),
    };
    const all = [...this.list().filter(({ step }) => step !== entry.step), entry];
    const kept = chooseKept(all, this.#keep);
    this.#writeList(kept);
    for (const { step } of all) if (!kept.some((other) => other.step === step)) this.#removeCopies(step);
    return folder;
  }

  /** Puts the files of a checkpoint back in place and forgets those after it. Returns what is known of its histories. */
  restore(checkpoint: KeptCheckpoint): Marks | undefined {
    const folder = this.#copyFolder(checkpoint.step);
    for (const [index, path] of checkpoint.paths.entries()) {
      const target = resolve(this.#dir, path);
      putBack(join(folder, copyName(index, target)), target);
    }
    const metrics = join(folder, "metrics.json");
    if (existsSync(metrics)) putBack(metrics, join(this.#dir, "metrics.json"));
    const later = this.list().filter(({ step }) => step > checkpoint.step);
    this.#writeList(this.list().filter(({ step }) => step <= checkpoint.step));
    for (const { step } of later) this.#removeCopies(step);
    return readSizes(join(folder, DETAILS), checkpoint.step);
  }

  /** Removes copies that a killed process left half-made. */
  tidy(): void {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch (error) {
      if (isErrno(error, "ENOENT")) return;
      throw error;
    }
    for (const name of names) {
      if (name.endsWith(".new")) rmSync(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  #writeList(checkpoints: readonly KeptCheckpoint[]): void {
    replaceFileSync(join(this.#dir, LIST), `${JSON.stringify({ schema: 1, checkpoints }, null, 2)}\n`, {
      temporaryFolder: join(this.#dir, RUN_FOLDER),
    });
  }

  #copyFolder(step: number): string {
    return join(this.#folder, String(step));
  }

  #removeCopies(step: number): void {
    rmSync(this.#copyFolder(step), { recursive: true, force: true });
  }

  #scoreOf(summary: Readonly<Record<string, unknown>>): number | null {
    if (this.#keep.kind !== "best") return null;
    let value: unknown = summary;
    for (const segment of this.#keep.metric.split("/")) {
      if (typeof value !== "object" || value === null) return null;
      value = Object.getOwnPropertyDescriptor(value, segment)?.value;
    }
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  }
}

/** Which checkpoints a policy keeps, oldest first; the newest always stays. */
function chooseKept(all: readonly KeptCheckpoint[], keep: KeepPolicy): readonly KeptCheckpoint[] {
  switch (keep.kind) {
    case "all":
      return all;
    case "last":
      return all.slice(-keep.count);
    case "best": {
      let best: KeptCheckpoint | undefined;
      for (const one of all) {
        if (one.score === null) continue;
        const isBetter = best?.score == null || (keep.goal === "min" ? one.score < best.score : one.score > best.score);
        if (isBetter) best = one;
      }
      return all.filter((one, index) => one === best || index === all.length - 1);
    }
  }
}

function copyName(index: number, path: string): string {
  return `${index}-${basename(path)}`;
}

function copy(source: string, target: string): void {
  // Shares the blocks where the file system can, so that a large model costs no time and no space.
  cpSync(source, target, {
    recursive: true,
    dereference: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
  });
}

function putBack(source: string, target: string): void {
  const unfinished = join(dirname(target), `.${basename(target)}.restoring`);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(unfinished, { recursive: true, force: true });
  copy(source, unfinished);
  // A folder cannot be renamed over one that has files.
  if (existsSync(target) && readIsFolder(target)) rmSync(target, { recursive: true, force: true });
  renameSync(unfinished, target);
}

function readIsFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOTDIR")) return false;
    throw error;
  }
}

function readSizes(path: string, step: number): Marks | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null || !("sizes" in value)) return undefined;
    const { sizes } = value;
    if (typeof sizes !== "object" || sizes === null) return undefined;
    return { step, sizes: new Map(Object.entries(sizes).map(([name, size]) => [name, Number(size)])) };
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isKeptCheckpoint(value: unknown): value is KeptCheckpoint {
  return (
    typeof value === "object" &&
    value !== null &&
    "step" in value &&
    typeof value.step === "number" &&
    "paths" in value &&
    Array.isArray(value.paths) &&
    value.paths.every((path) => typeof path === "string")
  );
}
