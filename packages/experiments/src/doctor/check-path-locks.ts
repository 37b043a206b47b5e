import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { replaceFileSync } from "@waymark/files";
import { acquireDvcLock } from "@waymark/store";
import { isPidAlive } from "./dvc-runs.ts";
import type { Check, Finding } from "./finding.ts";

const FILES = [
  { path: "rwlock", guard: "rwlock.lock" },
  { path: "exps/rwlock", guard: "exps/rwlock.lock" },
] as const;

/**
 * Locks on single paths that dead processes hold, in `.dvc/tmp/rwlock` and that of experiments. Both tools drop them when
 * they meet them, but a number that was given to another process since blocks for good, and a torn file stops DVC.
 */
export const checkPathLocks: Check = ({ dvc, dvcDir }) => {
  const usesHardlinkLock = dvc?.config.usesHardlinkLock ?? false;
  return FILES.flatMap(({ path, guard }): readonly Finding[] => {
    const file = join(dvcDir, "tmp", path);
    if (!existsSync(file)) return [];
    const locks = readLocks(file);
    if (locks === undefined) {
      const aside = `${file}.torn`;
      return [
        {
          check: "torn-locks",
          severity: "error",
          what: `'${file}' cannot be read.`,
          why: "A command was killed while it wrote its locks. DVC stops with an error until the file is gone.",
          repair: `It is renamed to '${aside}'.`,
          fix: () => guarded({ dvcDir, guard, usesHardlinkLock }, () => renameSync(file, aside)),
        },
      ];
    }
    const dead = new Set(holders(locks).filter((pid) => !isPidAlive(pid)));
    if (dead.size === 0) return [];
    return [
      {
        check: "stale-locks",
        severity: "leftover",
        what: `'${file}' holds locks of ${dead.size === 1 ? "a process that is" : `${dead.size} processes that are`} gone: ${[...dead].join(", ")}.`,
        why: "Their commands were killed. Should another process get such a number, its paths count as busy.",
        repair: "These locks are dropped; those of living processes stay.",
        fix: () => guarded({ dvcDir, guard, usesHardlinkLock }, () => dropDead(file)),
      },
    ];
  });
};

interface Locks {
  readonly read?: Readonly<Record<string, unknown>>;
  readonly write?: Readonly<Record<string, unknown>>;
}

function readLocks(file: string): Locks | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const { read = {}, write = {} }: { read?: unknown; write?: unknown } = value;
    return isRecord(read) && isRecord(write) ? { read, write } : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function holders({ read = {}, write = {} }: Locks): readonly number[] {
  return [...Object.values(read), ...Object.values(write)].flat().flatMap((holder) => pidOf(holder) ?? []);
}

function pidOf(holder: unknown): number | undefined {
  return isRecord(holder) && typeof holder["pid"] === "number" ? holder["pid"] : undefined;
}

function dropDead(file: string): void {
  const { read = {}, write = {} } = readLocks(file) ?? {};
  const lives = (holder: unknown): boolean => {
    const pid = pidOf(holder);
    return pid === undefined || isPidAlive(pid);
  };
  const content = {
    write: Object.fromEntries(Object.entries(write).filter(([, holder]) => lives(holder))),
    read: Object.fromEntries(
      Object.entries(read).flatMap(([path, list]) => {
        const left = [list].flat().filter(lives);
        return left.length === 0 ? [] : [[path, left]];
      }),
    ),
  };
  // Whoever reads it holds the guard.
  replaceFileSync(file, JSON.stringify(content));
}

interface Guard {
  readonly dvcDir: string;
  readonly guard: (typeof FILES)[number]["guard"];
  readonly usesHardlinkLock: boolean;
}

/** Does something while neither tool writes the file: with the lock that the project says they take. */
function guarded({ dvcDir, guard: file, usesHardlinkLock }: Guard, work: () => void): void {
  const guard = acquireDvcLock(dvcDir, { file, usesHardlinkLock });
  try {
    work();
  } finally {
    if (guard.kind === "held") guard.release();
  }
}
