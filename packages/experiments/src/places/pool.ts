import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { acquireFolderLock, FolderInUseError, type FolderLock, isErrno, replaceFileSync } from "@waymark/files";
import { listFolder } from "../list-folder.ts";
import { type Project, toRepositoryPath } from "../project.ts";

const LOCK_ATTEMPTS = 5;

/** What is remembered of a work tree of the pool between runs: `<number>.json` beside it. */
export interface PlaceRecord {
  readonly schema: 1;
  /** Commit that its tracked files come from; `null` while they are changed to those of another. */
  readonly commit: string | null;
  /** What beside commits decides how its files look: see `fileSettingsDigest`. */
  readonly settings: string;
  /** Id of the record of the run that has it, or had it last. */
  readonly run: string;
  /** `failed`: whoever wants to see why finds the files of the last run in it, until there is no other one. */
  readonly state: "taken" | "free" | "failed";
}

/**
 * Folder of the work trees that runs elsewhere happen in, `<number>` each, with the lock of each beside it. It lies with
 * the main work tree, so that runs started in any work tree share it.
 */
export function poolFolder(project: Project): string {
  return join(mainDvcDir(project), "tmp", "waymark", "worktrees");
}

/** The work tree of a number. */
export function placePath(pool: string, number: number): string {
  return join(pool, String(number));
}

/** Lists the numbers that are in use or were, lowest first. */
export function listPlaceNumbers(pool: string): readonly number[] {
  const numbers = listFolder(pool).flatMap((name) => {
    const digits = /^([1-9]\d{0,5})(?:\.json|\.lock)?$/u.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/**
 * Takes the lock of a work tree of the pool. A process that is gone holds none.
 *
 * @returns `undefined` when somebody has it.
 */
export function tryLockPlace(pool: string, number: number): FolderLock | undefined {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return acquireFolderLock(pool, { name: `${number}.lock` });
    } catch (error) {
      if (error instanceof FolderInUseError) return undefined;
      // That of another user, in a repository that several share.
      if (isErrno(error, "EACCES", "EPERM") && existsSync(join(pool, `${number}.lock`))) return undefined;
      // Whoever cleared the pool took the folder of the lock away in this very moment.
      if (!isErrno(error, "ENOENT") || attempt === LOCK_ATTEMPTS) throw error;
    }
  }
}

/** Reads what is remembered of a work tree; `undefined` when nothing can be read. */
export function readPlaceRecord(pool: string, number: number): PlaceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(recordPath(pool, number), "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
  return isPlaceRecord(value) ? value : undefined;
}

/** Remembers something of a work tree. The caller has its lock. */
export function writePlaceRecord(pool: string, number: number, record: PlaceRecord): void {
  replaceFileSync(recordPath(pool, number), `${JSON.stringify(record)}\n`);
}

/** The file of {@link readPlaceRecord}. */
export function recordPath(pool: string, number: number): string {
  return join(pool, `${number}.json`);
}

/** The `.dvc` folder of the main work tree; that of this one where there is no other. */
function mainDvcDir(project: Project): string {
  const { repo, root, dvcRoot } = project;
  const own = join(dvcRoot, ".dvc");
  // The main work tree is where `.git` lies, except where somebody told Git otherwise.
  if (repo.gitDir === repo.commonDir || basename(repo.commonDir) !== ".git") return own;
  const main = join(dirname(repo.commonDir), toRepositoryPath(root, dvcRoot) ?? "", ".dvc");
  return statSync(main, { throwIfNoEntry: false })?.isDirectory() === true ? main : own;
}

function isPlaceRecord(value: unknown): value is PlaceRecord {
  if (typeof value !== "object" || value === null) return false;
  const { commit, settings, run, state }: Readonly<Record<string, unknown>> = { ...value };
  const isKnown = state === "taken" || state === "free" || state === "failed";
  return (
    (commit === null || typeof commit === "string") &&
    typeof settings === "string" &&
    typeof run === "string" &&
    isKnown
  );
}
