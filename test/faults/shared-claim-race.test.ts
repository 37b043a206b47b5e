import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { changeQueue, enqueueRuns, listTasks, openProject, refreshQueue, shareQueue } from "@waymark/experiments";
import { afterAll, describe, expect, test } from "vitest";
import { CLONE, startProgram } from "../support/cli.ts";
import { runGit } from "../support/checker.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";

const WORKERS = isLong ? 8 : 3;
const TASKS = isLong ? 1000 : 10;
const KILLS = isLong ? 200 : 2;
const WORKER = join(CLONE, "test/faults/scenarios/shared-claim-worker.mjs");
const folder = mkdtempSync(join(tmpdir(), "waymark-shared-claims-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two clones of a repository that share the queue of a bare one, with tasks in it. */
async function makeClones(kind: string, count: number): Promise<{ readonly bare: string; readonly clones: string[] }> {
  const repo = gitRepo({ "a.txt": "a\n" });
  const bare = join(folder, `${kind}.git`);
  const second = join(folder, kind);
  repo.git("init", "--quiet", "--bare", "--initial-branch", "main", bare);
  repo.git("remote", "add", "origin", bare);
  repo.git("push", "--quiet", "origin", "main");
  execFileSync("git", ["clone", "--quiet", bare, second], { env: GIT_TEST_ENV });
  const clones = [repo.root, second];
  for (const clone of clones) await shareQueue(openProject(clone, GIT_TEST_ENV), "origin");
  const project = openProject(repo.root, GIT_TEST_ENV);
  const spec = {
    ...({ schema: 1, baseline: repo.head(), message: null, cwd: ".", force: false } as const),
    ...({ work: { kind: "command", command: ["true"] }, rules: { stop: [], maxTimeMs: null } } as const),
    ...{ params: [], copyPaths: [], resume: null },
  };
  const runs = Array.from({ length: count }, (_, at) => ({
    start: repo.head(),
    spec: { ...spec, name: `task-${at}` },
  }));
  await changeQueue(project, () => enqueueRuns(project, runs));
  return { bare, clones };
}

/** Lets workers of both clones race for tasks, and kills some of them; answers everything that is wrong afterwards. */
async function race(kind: "safe" | "careless", count: number, kills: number): Promise<readonly string[]> {
  const { bare, clones } = await makeClones(kind, count);
  const log = join(folder, `${kind}.log`);
  const random = seededRandom(11);
  const start = (_: unknown, at: number) =>
    startProgram([WORKER, log, kind], { cwd: clones[at % clones.length] ?? "", env: GIT_TEST_ENV });
  const workers = Array.from({ length: WORKERS }, start);
  const waiting = (): string => runGit(bare, ["for-each-ref", "--count=1", "refs/waymark/queue/waiting"]);
  for (let kill = 0; kill < kills && waiting() !== ""; kill += 1) {
    await sleep(400 + random() * 800);
    const at = Math.floor(random() * workers.length);
    workers[at]?.kill("SIGKILL");
    await workers[at]?.ended;
    workers[at] = start(undefined, at);
  }
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  const problems = ends.flatMap(({ code, stderr }) => (code === 0 ? [] : [`a worker ended with ${code}: ${stderr}`]));
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  const twice = lines.filter((line, at) => lines.indexOf(line) !== at);
  problems.push(...new Set(twice.map((line) => `${line} more than once`)));
  const results = new Map(
    runGit(bare, ["for-each-ref", "--format=%(refname:lstrip=4) %(objectname)", "refs/exps"])
      .split("\n")
      .filter(Boolean)
      .map((line) => [line.split(" ")[0], line.split(" ")[1]]),
  );
  for (const clone of clones) {
    const project = openProject(clone, GIT_TEST_ENV);
    const trouble = await refreshQueue(project);
    if (trouble !== undefined) problems.push(trouble);
    const tasks = listTasks(project);
    if (tasks.length !== count) problems.push(`${tasks.length} tasks in ${clone}`);
    for (const { spec, place, result } of tasks) {
      const { name } = spec;
      if (place !== "done" || result?.state !== "finished") problems.push(`${name} is ${place}, ${result?.state}`);
      if (results.get(name) !== result?.commit) problems.push(`the result of ${name} is another`);
    }
  }
  if (results.size !== count) problems.push(`${results.size} results`);
  const names = runGit(bare, ["for-each-ref", "refs/waymark/queue/names"]);
  if (names !== "") problems.push(`names are left: ${names}`);
  for (const place of [bare, ...clones]) {
    const fsck = runGit(place, ["fsck", "--no-dangling"]);
    if (fsck.trim() !== "") problems.push(fsck);
  }
  return problems;
}

describe("workers of two clones that race for tasks of one remote and are killed", () => {
  test("make exactly one result of each", { timeout: isLong ? 7_200_000 : 120_000 }, async () => {
    expect(await race("safe", TASKS, KILLS)).toEqual([]);
  });

  test("are told from workers that push over what others have said", { timeout: 120_000 }, async () => {
    expect(await race("careless", 6, 0)).not.toEqual([]);
  });
});
