import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories } from "../support/checker.ts";
import { type FaultRun, isLong, runScenario, seededRandom } from "../support/fault-run.ts";

const METRICS = ["a", "b", "train/c", "train/d", "e"];
const WRITERS = 4;
const STEPS = 150;
const ROUNDS = isLong ? 20 : 2;
const HANDOVERS = isLong ? 100 : 5;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const value = (_: string, step: number): string => `${step}.5`;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-writers-"));
  folders.push(folder);
  return folder;
}

/** Starts several processes at once that all log to one folder; answers what is wrong with what they left. */
async function crowd(script: string): Promise<readonly string[]> {
  const cwd = newFolder();
  const start = async (): Promise<FaultRun> => runScenario(script, { cwd, args: [`${STEPS}`, "slow"] });
  const runs = await Promise.all(Array.from({ length: WRITERS }, start));
  const steps = runs.flatMap(({ acknowledged }) => acknowledged);
  const problems = [
    ...(new Set(steps).size < steps.length ? ["two processes completed the same step"] : []),
    ...runs.flatMap(({ code, acknowledged, stderr }) => {
      if (code === 0) return [];
      const isTold = acknowledged.length === 0 && stderr.includes("FolderInUseError");
      return isTold ? [] : [`a process was refused without being told why: ${stderr}`];
    }),
    ...(runs.some(({ code }) => code === 0) ? [] : ["no process could log"]),
    ...checkHistories(join(cwd, "live"), { metrics: METRICS, completeSteps: STEPS, value }),
    ...checkDocuments(cwd),
  ];
  return problems;
}

describe("processes that log to one folder", () => {
  test("do not harm each other: one logs, the others are told so", { timeout: 600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) expect(await crowd("logging.mjs")).toEqual([]);
  });

  test("are told from a logger that lets everyone in", { timeout: 60_000 }, async () => {
    expect(await crowd("logging-broken.mjs")).not.toEqual([]);
  });

  test("each have a folder of their own where that is asked for", { timeout: 60_000 }, async () => {
    const cwd = newFolder();
    const start = async (): Promise<FaultRun> => runScenario("own-folder.mjs", { cwd, args: [`${STEPS}`] });
    const runs = await Promise.all(Array.from({ length: WRITERS }, start));
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    const used = runs.map(({ acknowledged }) => acknowledged[0]?.replace("folder ", "") ?? "");
    expect(new Set(used).size).toBe(WRITERS);
    expect(used).toContain("live");
    for (const folder of used) {
      expect(checkHistories(join(cwd, folder), { metrics: ["a"], completeSteps: STEPS, value })).toEqual([]);
    }
  });
});

test("a folder whose writer was killed is free at once, time after time", { timeout: 600_000 }, async () => {
  const random = seededRandom(11);
  const cwd = newFolder();
  let completeSteps = 0;
  for (let handover = 0; handover < HANDOVERS; handover += 1) {
    const run = await runScenario("logging.mjs", { cwd, args: ["1000000"], killAfterMs: random() * 30 });
    expect(run.signal, run.stderr).toBe("SIGKILL");
    completeSteps += run.acknowledged.length;
  }
  const last = await runScenario("logging.mjs", { cwd, args: [`${completeSteps + 20}`] });
  expect(last.code, last.stderr).toBe(0);
  expect(checkHistories(join(cwd, "live"), { metrics: METRICS, completeSteps, value })).toEqual([]);
});
