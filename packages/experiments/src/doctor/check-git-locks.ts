import { readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "@waymark/core";
import { listAbandonedLocks, removeAbandonedLocks } from "@waymark/git";
import { ageMs, isFolderInUse } from "./dvc-runs.ts";
import type { Check, Finding } from "./finding.ts";

const HOUR_MS = 3600 * 1000;
/** Where nobody can tell whether Git is at work here, only a lock this old is surely nobody's. */
const UNSEEN_MS = 24 * HOUR_MS;
/** No command of Git holds a lock for longer, but for the clean-up of large repositories. */
const HELD_MS = HOUR_MS;

/** Lock files of Git that killed commands left: Git itself never takes them away, and stops where it finds one. */
export const checkGitLocks: Check = ({ project: { repo, root }, nowMs }) => {
  const files = new Set([
    ...lockFiles(repo.gitDir),
    ...lockFiles(repo.commonDir),
    ...lockFiles(join(repo.commonDir, "objects")),
    ...lockFiles(join(repo.commonDir, "objects", "info")),
    ...lockFiles(join(repo.commonDir, "objects", "pack")),
    ...lockFilesBelow(join(repo.commonDir, "refs")),
  ]);
  const least = isFolderInUse(root) === undefined ? UNSEEN_MS : HELD_MS;
  const ours = listAbandonedLocks(repo, nowMs);
  const left = ours.map((file): Finding => ({
    check: "git-lock",
    severity: "error",
    what: `'${file}' was left by a Git command of ours that was killed.`,
    why: "Every command that needs this lock fails until it is gone.",
    repair: "It is deleted.",
    fix: () => void removeAbandonedLocks(repo),
  }));
  const others = [...files].filter((file) => !ours.includes(file));
  const old = others.flatMap((file): readonly Finding[] => {
    const age = ageMs(file, nowMs);
    if (age === undefined || age < HELD_MS) return [];
    const isOld = age >= least;
    return [
      {
        check: "git-lock",
        severity: "error" as const,
        what: `'${file}' is ${Math.round(age / HOUR_MS)} hours old.`,
        why: "A Git command that was killed left it. Every command that needs this lock fails until it is gone.",
        repair: isOld ? "It is deleted." : `If no Git command is running here, delete it: rm ${shellWord(file)}`,
        fix: isOld ? () => unlinkSync(file) : undefined,
      },
    ];
  });
  return [...left, ...old];
};

function lockFiles(folder: string): readonly string[] {
  return entries(folder)
    .filter((entry) => entry.isFile() && entry.name.endsWith(".lock"))
    .map(({ name }) => join(folder, name));
}

function lockFilesBelow(folder: string): readonly string[] {
  return entries(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return lockFilesBelow(path);
    // Git accepts no ref of such a name, so it can be nothing else.
    return entry.name.endsWith(".lock") ? [path] : [];
  });
}

function entries(folder: string): readonly { name: string; isFile(): boolean; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
