import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { checkRepository, listFiles, readUserState, runGit } from "../support/checker.ts";
import { type ProgramResult, waymark } from "../support/cli.ts";
import { isLong } from "../support/fault-run.ts";
import { makeFaultedRepo, USER_FILES } from "../support/faulted-repo.ts";
import { GIT_TEST_ENV } from "../support/git-repo.ts";

const PROCESSES = isLong ? 200 : 16;
/** For what takes turns, or waits for others. */
const FEW = isLong ? 60 : 6;
const TIMEOUT = { timeout: isLong ? 1_800_000 : 240_000 };
const repos: string[] = [];
afterAll(() => repos.forEach((repo) => rmSync(repo, { recursive: true, force: true })));

/** A repository in use, with a file of its own for each process, and experiments that are to go. */
function crowdedRepo(): string {
  const repo = makeFaultedRepo(20);
  repos.push(repo);
  for (let at = 0; at < PROCESSES; at += 1) writeFileSync(join(repo, ownFile(at)), `written for ${at}\n`);
  return repo;
}

function ownFile(at: number): string {
  return `own-${at}.txt`;
}

function experimentRef(repo: string, name: string): string {
  const baseline = runGit(repo, ["rev-parse", "HEAD"]).trim();
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

async function save(repo: string, at: number, ...flags: readonly string[]): Promise<ProgramResult> {
  const args = ["exp", "save", "-n", `new-${at}`, "-I", ownFile(at), "--json", ...flags];
  return waymark(args, { cwd: repo, env: GIT_TEST_ENV });
}

/** Everything that is wrong with a repository after a crowd was in it. */
function problemsOf(repo: string): readonly string[] {
  const locks = listFiles(join(repo, ".git")).filter((path) => path.endsWith(".lock"));
  return [...locks.map((path) => `${path} is left`), ...checkRepository(repo, [])];
}

/** Saves that were said to be done have their file, whole. */
function lostOf(repo: string, saved: readonly { at: number; commit: string }[]): readonly string[] {
  return saved.flatMap(({ at, commit }) => {
    const tip = runGit(repo, ["rev-parse", experimentRef(repo, `new-${at}`)]).trim();
    if (tip !== commit) return [`new-${at} is at ${tip}, not at ${commit}`];
    const content = runGit(repo, ["show", `${commit}:${ownFile(at)}`]);
    return content === `written for ${at}\n` ? [] : [`${ownFile(at)} of new-${at} holds ${content}`];
  });
}

function commitOf({ stdout }: ProgramResult): string {
  return (JSON.parse(stdout) as { ref: string }).ref;
}

describe("many processes on one repository", TIMEOUT, () => {
  test("save and remove experiments at once, and nothing is lost or left locked", async () => {
    const repo = crowdedRepo();
    const head = runGit(repo, ["rev-parse", "HEAD"]).trim();
    const old = Array.from({ length: PROCESSES }, (_, at) => `old-${at}`);
    for (const name of old) runGit(repo, ["update-ref", experimentRef(repo, name), head]);
    // Half of them as a repository has them after some weeks.
    runGit(repo, ["pack-refs", "--all"]);
    for (const name of old.slice(0, PROCESSES / 2)) {
      runGit(repo, ["update-ref", "-d", experimentRef(repo, name)]);
      runGit(repo, ["update-ref", experimentRef(repo, name), head]);
    }
    const before = readUserState(repo, USER_FILES);
    const crowd = Array.from({ length: PROCESSES }, (_, at) => at);
    const half = crowd.filter((at) => at % 2 === 0);
    const saves = half.map(async (at) => ({ at, result: await save(repo, at) }));
    const removals = crowd
      .filter((at) => at % 2 === 1)
      .map(async (at) => waymark(["exp", "remove", `old-${at}`], { cwd: repo, env: GIT_TEST_ENV }));
    const removed = await Promise.all(removals);
    const saved = await Promise.all(saves);
    for (const { code, stderr } of [...removed, ...saved.map(({ result }) => result)]) expect(code, stderr).toBe(0);
    expect(
      lostOf(
        repo,
        saved.map(({ at, result }) => ({ at, commit: commitOf(result) })),
      ),
    ).toEqual([]);
    const left = runGit(repo, ["for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps"])
      .split("\n")
      .filter(Boolean);
    const kept = old.filter((_, at) => at % 2 === 0);
    expect(left.toSorted()).toEqual([...kept, ...half.map((at) => `new-${at}`)].toSorted());
    expect(problemsOf(repo)).toEqual([]);
    expect(readUserState(repo, USER_FILES)).toEqual(before);
  });

  test("want one name: one gets it, the others are told so, and with --force all of them do", async () => {
    const repo = crowdedRepo();
    const wanting = Array.from({ length: FEW }, (_, at) => at);
    const ask = async (...flags: readonly string[]): Promise<readonly ProgramResult[]> =>
      Promise.all(
        wanting.map(async (at) =>
          waymark(["exp", "save", "-n", "wanted", "-I", ownFile(at), "--json", ...flags], {
            cwd: repo,
            env: GIT_TEST_ENV,
          }),
        ),
      );
    const first = await ask();
    const [winner, ...more] = first.filter(({ code }) => code === 0);
    expect(more).toEqual([]);
    expect(winner === undefined ? "" : commitOf(winner)).toBe(
      runGit(repo, ["rev-parse", experimentRef(repo, "wanted")]).trim(),
    );
    for (const { code, stderr } of first.filter((result) => result !== winner)) {
      expect([code, stderr]).toEqual([1, expect.stringContaining("wanted")]);
    }
    const forced = await ask("--force");
    for (const { code, stderr } of forced) expect(code, stderr).toBe(0);
    expect(forced.map(commitOf)).toContain(runGit(repo, ["rev-parse", experimentRef(repo, "wanted")]).trim());
    expect(problemsOf(repo)).toEqual([]);
  });

  test("save while git gc --prune=now clears away what nothing names yet", async () => {
    const repo = crowdedRepo();
    let isOver = false;
    let rounds = 0;
    const collecting = (async (): Promise<void> => {
      while (!isOver) {
        await collect(repo);
        rounds += 1;
        // Somebody who collects all the time leaves nobody a moment in which a file is safe.
        await sleep(100);
      }
    })();
    const saved: { at: number; commit: string }[] = [];
    const work = async (from: number): Promise<void> => {
      for (let at = from; at < FEW; at += 3) {
        const result = await save(repo, at);
        expect(result.code, result.stderr).toBe(0);
        saved.push({ at, commit: commitOf(result) });
      }
    };
    try {
      await Promise.all([0, 1, 2].map(work));
    } finally {
      isOver = true;
      await collecting;
    }
    expect(rounds).toBeGreaterThan(0);
    expect(lostOf(repo, saved)).toEqual([]);
    expect(problemsOf(repo)).toEqual([]);
  });
});

async function collect(repo: string): Promise<void> {
  const { execFile } = await import("node:child_process");
  // Another one that is still at it makes this one fail, which is all right.
  await new Promise((resolve) =>
    execFile("git", ["gc", "--prune=now", "--quiet"], { cwd: repo, env: GIT_TEST_ENV }, resolve),
  );
}
