import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories, checkRepository, readUserState } from "../support/checker.ts";
import { canTrace, countCalls, type FaultOptions, isLong, runScenario } from "../support/fault-run.ts";
import { makeFaultedRepo, USER_FILES } from "../support/faulted-repo.ts";

const STEPS = 3;
const METRICS = ["loss", "train/acc"];
const CALLS = [
  "write",
  "pwrite64",
  "rename",
  "link",
  "unlink",
  "mkdir",
  "ftruncate",
  "fsync",
  "chmod",
  "ioctl",
  "vfork",
];
const repos: string[] = [];

afterAll(() => repos.forEach((repo) => rmSync(repo, { recursive: true, force: true })), 600_000);

function newRepo(): string {
  const repo = makeFaultedRepo(isLong ? 200 : 20);
  repos.push(repo);
  return repo;
}

const value = (metric: string, step: number): string => `${step}${metric === "loss" ? ".5" : ".25"}`;

/** The model that the scenario ends with when nothing happens to it. */
function expectedModel(): string {
  let model = Buffer.alloc(100_000);
  for (let step = 0; step < STEPS; step += 1) {
    const seed = createHash("sha256").update(model).update(`${step}`).digest();
    model = Buffer.from(model.map((byte, at) => (byte + (seed[at % 32] ?? 0)) & 255));
  }
  return createHash("md5").update(model).digest("hex");
}

/** Runs the scenario with a fault, then again without; answers everything that is wrong. */
async function runFaulted(script: string, fault: Omit<FaultOptions, "cwd">): Promise<readonly string[]> {
  const cwd = newRepo();
  const before = readUserState(cwd, USER_FILES);
  const run = await runScenario(script, { cwd, args: [`${STEPS}`], ...fault });
  const committed = (lines: readonly string[]): number[] =>
    lines.flatMap((line) => /^checkpoint (\d+) committed/.exec(line)?.[1] ?? []).map(Number);
  const live = join(cwd, "live");
  const problems = [
    ...checkDocuments(cwd),
    ...checkRepository(cwd, committed(run.acknowledged)),
    ...sameUserState(before, readUserState(cwd, USER_FILES)),
  ];
  const again = await runScenario(script, { cwd, args: [`${STEPS}`] });
  if (again.code !== 0) problems.push(`resuming failed: ${again.stderr}`);
  const model = join(cwd, "model.bin");
  const hash = existsSync(model) ? createHash("md5").update(readFileSync(model)).digest("hex") : "missing";
  if (hash !== expectedModel()) problems.push(`the model ends as ${hash}`);
  problems.push(
    ...checkDocuments(cwd),
    ...checkHistories(live, { metrics: METRICS, completeSteps: STEPS, value }),
    // A checkpoint that failed, or was being made when the run was killed, may be missing; the last one may not.
    ...checkRepository(cwd, [...committed(run.acknowledged), ...committed(again.acknowledged), STEPS - 1]),
    ...sameUserState(before, readUserState(cwd, USER_FILES)),
  );
  if (problems.length === 0) rmSync(cwd, { recursive: true });
  return problems.map((problem) => `${JSON.stringify(fault)}: ${problem}`);
}

function sameUserState(before: unknown, after: unknown): readonly string[] {
  const [a, b] = [JSON.stringify(before), JSON.stringify(after)];
  return a === b ? [] : [`the user's work changed from ${a} to ${b}`];
}

async function faultPoints(script: string, followChildren: boolean, every: number): Promise<readonly string[]> {
  const counts = await countCalls(script, { cwd: newRepo(), args: [`${STEPS}`], followChildren: false }, CALLS);
  const before = await countCalls("empty.mjs", { cwd: newRepo() }, CALLS);
  const points = [...counts].flatMap(([call, count]) => {
    const first = (before.get(call) ?? 0) + 1;
    return Array.from({ length: Math.max(0, count - first + 1) }, (_, index) => `${call}:@:when=${first + index}`);
  });
  // Git's own calls: each process counts from one.
  const children = followChildren
    ? ["write", "rename", "link", "unlink", "mkdir", "fsync"].flatMap((call) =>
        [1, 2, 3].map((at) => `${call}:@:when=${at}`),
      )
    : [];
  const all = [...points, ...children];
  return isLong ? all : all.filter((_, index) => index % Math.max(1, Math.ceil(all.length / every)) === 0);
}

describe.runIf(canTrace)("a checkpointing run killed at a system call", () => {
  test("keeps every checkpoint, the user's work and a sound repository", { timeout: 3_600_000 }, async () => {
    const problems: string[] = [];
    const points = await faultPoints("checkpointing.mjs", false, 12);
    expect(points.length).toBeGreaterThan(10);
    for (const point of points)
      problems.push(...(await runFaulted("checkpointing.mjs", { inject: point.replace("@", "signal=KILL") })));
    expect(problems).toEqual([]);
  });

  test("keeps them when Git is killed instead", { timeout: 3_600_000 }, async () => {
    const problems: string[] = [];
    for (const call of ["write", "rename", "link", "unlink", "fsync"]) {
      for (const at of isLong ? [1, 2, 3, 4] : [1]) {
        const inject = `${call}:signal=KILL:when=${at}`;
        problems.push(...(await runFaulted("checkpointing.mjs", { inject, followChildren: true })));
      }
    }
    expect(problems).toEqual([]);
  });

  test("is told from a tracker that is not safe", { timeout: 1_800_000 }, async () => {
    const problems: string[] = [];
    const points = await faultPoints("checkpointing-broken.mjs", false, 6);
    for (const point of points) {
      problems.push(...(await runFaulted("checkpointing-broken.mjs", { inject: point.replace("@", "signal=KILL") })));
      // Caught: more of the same tells nothing new.
      if (problems.length > 0) break;
    }
    expect(problems).not.toEqual([]);
  });
});

describe.runIf(canTrace)("a checkpointing run whose system calls fail", () => {
  test.each(["ENOSPC", "EIO"])(
    "goes on training after %s and resumes exactly",
    { timeout: 3_600_000 },
    async (error) => {
      const problems: string[] = [];
      const points = await faultPoints("checkpointing.mjs", false, 4);
      // The acknowledgements are written too; failing those would fail the test's own pipe.
      for (const point of points.filter((text) => !text.startsWith("write") && !text.startsWith("vfork"))) {
        problems.push(...(await runFaulted("checkpointing.mjs", { inject: point.replace("@", `error=${error}`) })));
      }
      expect(problems).toEqual([]);
    },
  );
});
