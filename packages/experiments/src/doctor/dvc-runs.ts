import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { processState } from "@waymark/files";

/** What DVC writes about a run: `<key>.run` and `<key>.json` in a folder of the key's name. */
export interface DvcRun {
  /** The folder of the two files. */
  readonly folder: string;
  /** `workspace`, or the id of the commit that describes the run. */
  readonly key: string;
  /** Where it runs: the repository itself or a clone; `undefined` when it does not say. */
  readonly root: string | undefined;
  readonly name: string | undefined;
  /** DVC's number: 0 to 2 go on, 3 to 6 are over. */
  readonly status: number | undefined;
  /** `undefined` for runs in clones that the user started, of which DVC keeps no number. */
  readonly pid: number | undefined;
}

/** Lists what DVC wrote about runs, those of the queue and of clones too. */
export function listDvcRuns(dvcDir: string): readonly DvcRun[] {
  const exps = join(dvcDir, "tmp", "exps");
  return [join(exps, "run"), join(exps, "standalone", "run")].flatMap((folder) =>
    listFolders(folder).map((key) => readRun(join(folder, key), key)),
  );
}

/** Tells whether a run of DVC in the workspace goes on: then HEAD is its, and so are its refs. */
export function isWorkspaceRunAlive(dvcDir: string): boolean {
  return listDvcRuns(dvcDir).some(({ key, pid }) => key === "workspace" && isPidAlive(pid));
}

/** Tells whether a process of this host is there. Numbers are all that DVC keeps. */
export function isPidAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  return processState({ pid, host: hostname(), processStart: null, bootId: null }) !== "dead";
}

/**
 * Tells whether some process works in a folder, or below it.
 *
 * @returns `undefined` where processes cannot be looked at.
 */
export function isFolderInUse(folder: string): boolean | undefined {
  let names: readonly string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return undefined;
  }
  return names.some((name) => {
    if (!/^\d+$/u.test(name)) return false;
    try {
      const cwd = readlinkSync(`/proc/${name}/cwd`);
      return cwd === folder || cwd.startsWith(`${folder}/`);
    } catch {
      // It ended meanwhile, or belongs to another user, who does not work in our folders.
      return false;
    }
  });
}

/** Lists the folders in a folder, none where there is none. */
export function listFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** How long ago a file or folder changed, in milliseconds; `undefined` when it is gone. */
export function ageMs(path: string, nowMs: number): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : nowMs - Math.max(stats.mtimeMs, stats.ctimeMs);
}

function readRun(folder: string, key: string): DvcRun {
  const run = readJson(join(folder, `${key}.run`));
  const proc = readJson(join(folder, `${key}.json`));
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  const { root_dir: root, name, status } = run;
  return { folder, key, root: text(root), name: text(name), status: number(status), pid: number(proc["pid"]) };
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
