import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waymark } from "../support/cli.ts";
import { canTrace, isLong } from "../support/fault-run.ts";
import { KilledQueue, makeKilledQueue } from "../support/killed-queue.ts";

/**
 * A Git that is killed at one system call of one of its changes of refs, with the command of ours that wants it, if that
 * is what is to be shown: as by a power cut.
 */
const KILLED_GIT = `#!/bin/sh
PATH="\${PATH#*:}"
case " $* " in *" update-ref "*) ;; *) exec git "$@" ;; esac
[ -e "$CRASH/done" ] && exec git "$@"
echo >> "$CRASH/calls"
[ "$(wc -l < "$CRASH/calls")" -eq "$CRASH_CALL" ] || exec git "$@"
strace -qq -o /dev/null -e trace=rename,unlink,rmdir -e inject=rename,unlink,rmdir:signal=KILL:when="$CRASH_POINT" git "$@"
code=$?
if [ "$code" -ge 128 ]; then : > "$CRASH/done"; [ "$CRASH_BOTH" = 1 ] && kill -9 "$PPID"; fi
exit "$code"
`;
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  queue: ["exp", "run", "--queue", "-n", "more", "-S", "lr=5,6"],
  retry: ["queue", "retry", "bad"],
  remove: ["queue", "remove", "a-2"],
  move: ["queue", "move", "a-3", "--first"],
  work: ["queue", "work", "--idle", "0.01s"],
};
/** More than any of them makes. */
const CALLS = 8;
const POINTS = 24;

const folder = mkdtempSync(join(tmpdir(), "waymark-crash-"));
let start: KilledQueue;
afterAll(() => {
  start.remove();
  rmSync(folder, { recursive: true, force: true });
});
beforeAll(async () => {
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/git"), KILLED_GIT);
  chmodSync(join(folder, "bin/git"), 0o755);
  start = await makeKilledQueue();
}, 60_000);

interface Crash {
  readonly operation: string;
  readonly call: number;
  readonly point: number;
  /** The command itself is killed as well. */
  readonly both: boolean;
}

/** @returns What is wrong afterwards; `undefined` when the operation came to no such point. */
async function crash({ operation, call, point, both }: Crash): Promise<readonly string[] | undefined> {
  const state = mkdtempSync(join(folder, "state-"));
  const queue = start.copy();
  try {
    const before = queue.ofTheUser();
    const { code, stderr } = await waymark(OPERATIONS[operation] ?? [], {
      cwd: queue.root,
      env: {
        ...queue.env,
        PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
        ...{ CRASH: state, CRASH_CALL: `${call}`, CRASH_POINT: `${point}`, CRASH_BOTH: both ? "1" : "0" },
      },
    });
    if (!existsSync(join(state, "done"))) return undefined;
    const found = [...queue.findDamage(before), ...(await queue.findBroken())];
    if (!both && code !== 0) found.push(`it ends with ${code}: ${stderr}`);
    const added = await queue.run("exp", "run", "--queue", "-n", "last");
    if (added.code !== 0) found.push(`nothing can be queued: ${added.stderr}`);
    const work = await queue.run("queue", "work", "--idle", "0.01s");
    if (work.code !== 0) found.push(`queue work: ${work.stderr}`);
    const statuses = new Map((await queue.tasks()).map(({ name, status }) => [name, status]));
    for (const name of ["a-1", "a-2", "a-3", "last"]) {
      const mayLack = operation === "remove" && name === "a-2";
      if (statuses.get(name) !== "Success" && !mayLack) found.push(`${name} is ${statuses.get(name) ?? "lost"}`);
    }
    // Names of tasks that are over are for others again.
    await queue.run("queue", "retry", "bad");
    await queue.run("queue", "work", "--idle", "0.01s");
    found.push(...(await queue.findUnrepaired()), ...(await queue.findWrongResults()), ...queue.findDamage(before));
    return [...found, ...queue.findLocks()];
  } finally {
    queue.remove();
    rmSync(state, { recursive: true, force: true });
  }
}

/** @returns What is wrong after any of the points at which Git can be killed. */
async function crashAll(operation: string, both: boolean): Promise<readonly string[]> {
  const problems: string[] = [];
  let count = 0;
  for (let call = 1; call <= CALLS; call += 1) {
    for (let point = 1; point <= POINTS; point += 1) {
      const found = await crash({ operation, call, point, both });
      if (found === undefined) break;
      count += 1;
      problems.push(...found.map((problem) => `${operation}, change ${call}, call ${point}: ${problem}`));
    }
  }
  expect(count).toBeGreaterThan(2);
  return problems;
}

// The short forms are `half-moved.test.ts` and `abandoned-locks.test.ts`, which need no traced processes.
describe.runIf(canTrace && isLong)("a Git command that is killed while it changes refs of the queue", () => {
  test.each(Object.keys(OPERATIONS).flatMap((operation) => [true, false].map((both) => ({ operation, both }))))(
    "$operation, with the command itself: $both, at every call",
    { timeout: 3_600_000 },
    async ({ operation, both }) => {
      expect(await crashAll(operation, both)).toEqual([]);
    },
  );
});
