import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories, readRun } from "../support/checker.ts";
import { canTrace, countCalls, isLong, runScenario } from "../support/fault-run.ts";

const STEPS = 20;
const METRICS = ["a", "b", "train/c", "train/d", "e"];
/** Everything that changes a file or a folder. */
const CALLS = [
  "write",
  "pwrite64",
  "writev",
  "rename",
  "link",
  "unlink",
  "rmdir",
  "mkdir",
  "ftruncate",
  "fsync",
  "chmod",
];
const folders: string[] = [];

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  folders.push(folder);
  return folder;
}

interface CrashPoint {
  readonly call: string;
  readonly at: number;
}

/** Every crash point, or a spread of them: all of the rare calls, some of the frequent ones. */
async function crashPoints(script: string): Promise<readonly CrashPoint[]> {
  const counts = await countCalls(script, { cwd: newFolder(), args: [`${STEPS}`] }, CALLS);
  expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
  const before = await countCalls("empty.mjs", { cwd: newFolder() }, CALLS);
  return [...counts].flatMap(([call, count]) => {
    // Starting Node makes some calls of its own; what they do when they fail is not ours.
    const first = (before.get(call) ?? 0) + 1;
    const all = Array.from({ length: Math.max(0, count - first + 1) }, (_, index) => ({ call, at: first + index }));
    if (isLong) return all;
    const stride = Math.max(1, Math.ceil(all.length / 4));
    return all.filter((_, index) => index % stride === stride - 1 || index === 0);
  });
}

/** Kills the script at a point, then lets it resume; answers everything that is wrong. */
async function crash(script: string, { call, at }: CrashPoint): Promise<readonly string[]> {
  const cwd = newFolder();
  const live = join(cwd, "live");
  const value = (_: string, step: number): string => `${step}.5`;
  const run = await runScenario(script, { cwd, args: [`${STEPS}`], inject: `${call}:signal=KILL:when=${at}` });
  const completeSteps = run.acknowledged.length;
  const problems = [
    ...checkDocuments(live),
    ...checkHistories(live, { metrics: completeSteps > 0 ? METRICS : [], completeSteps, value, mayBeTorn: true }),
  ];
  const again = await runScenario(script, { cwd, args: [`${STEPS}`] });
  if (again.code !== 0) problems.push(`resuming failed: ${again.stderr}`);
  problems.push(
    ...checkHistories(live, { metrics: METRICS, completeSteps: STEPS, value }),
    ...checkDocuments(live),
    ...(again.acknowledged.some((line) => run.acknowledged.includes(line)) ? ["a completed step was made again"] : []),
  );
  return problems.map((problem) => `${call} ${at}: ${problem}`);
}

function isSameJson(a: string | undefined, b: string): boolean {
  return a !== undefined && isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}

describe.runIf(canTrace)("a logging run killed at a system call", () => {
  test("loses no completed step and resumes to the same files", { timeout: 1_800_000 }, async () => {
    const reference = newFolder();
    await runScenario("logging.mjs", { cwd: reference, args: [`${STEPS}`] });
    const expected = readRun(join(reference, "live"));
    const problems: string[] = [];
    for (const point of await crashPoints("logging.mjs")) {
      problems.push(...(await crash("logging.mjs", point)));
      const files = readRun(join(folders.at(-1) ?? "", "live"));
      for (const [path, text] of Object.entries(expected)) {
        // A run killed before its first summary lists metrics in another order: the values count.
        const isSame = path === "metrics.json" ? isSameJson(files[path], text) : files[path] === text;
        if (!isSame) problems.push(`${point.call} ${point.at}: ${path} differs from a run never killed`);
      }
    }
    expect(problems).toEqual([]);
  });

  test("is told from a logger that is not safe", { timeout: 1_800_000 }, async () => {
    const points = (await crashPoints("logging-broken.mjs")).filter(
      ({ call }) => call === "write" || call === "ftruncate",
    );
    const problems: string[] = [];
    for (const point of points) {
      problems.push(...(await crash("logging-broken.mjs", point)));
      // Caught: more of the same tells nothing new.
      if (problems.length > 0) break;
    }
    expect(problems).not.toEqual([]);
  });
});

describe.runIf(canTrace)("a logging run whose system calls fail", () => {
  const faults = ["ENOSPC", "EIO"].flatMap((error) => [
    { error, suffix: "", span: "once" },
    { error, suffix: "+", span: "from then on" },
  ]);

  test.each(faults)(
    "goes on training after $error $span and leaves nothing half-done",
    { timeout: 1_800_000 },
    async ({ error, suffix }) => {
      const problems: string[] = [];
      const points = await crashPoints("logging.mjs");
      // Descriptor 3 is written with `write` too: from some call on, its failure would be the test's own.
      const chosen = points.filter(({ call }) => call !== "write" || suffix === "");
      for (const { call, at } of isLong ? chosen : chosen.filter((_, index) => index % 3 === 0)) {
        const cwd = newFolder();
        const inject = `${call}:error=${error}:when=${at}${suffix}`;
        const run = await runScenario("logging.mjs", { cwd, args: [`${STEPS}`], inject });
        const isOwnPipe = run.stderr.includes("writeSync") && run.stderr.includes("logging.mjs");
        // Opening the run may be refused with a clear error; once it is open, training goes on.
        const isRefused = run.acknowledged.length === 0 && /hint|cannot|could not/i.test(run.stderr);
        // libuv aborts, without a word, when the write that wakes its own thread fails; that write is not ours.
        const isNodesOwn = run.signal === "SIGABRT" && run.stderr === "";
        if (run.code !== 0 && !isOwnPipe && !isRefused && !isNodesOwn)
          problems.push(`${inject}: exit ${run.code ?? run.signal} ${run.stderr.slice(0, 600)}`);
        problems.push(...checkDocuments(join(cwd, "live")).map((problem) => `${inject}: ${problem}`));
        const warnings = run.stderr.split("\n").filter((line) => line.startsWith("warning")).length;
        if (warnings > 6) problems.push(`${inject}: ${warnings} warnings`);
      }
      expect(problems).toEqual([]);
    },
  );
});
