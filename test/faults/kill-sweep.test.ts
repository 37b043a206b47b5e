import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories, checkRepository, readUserState } from "../support/checker.ts";
import { isLong, runScenario, seededRandom } from "../support/fault-run.ts";
import { makeFaultedRepo, USER_FILES } from "../support/faulted-repo.ts";

const TRIALS = isLong ? 200 : 4;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const acknowledgedSteps = (lines: readonly string[]): number => lines.filter((line) => line.startsWith("step ")).length;

async function killLogging(script: string, random: () => number): Promise<readonly string[]> {
  const cwd = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  folders.push(cwd);
  const metrics = ["a", "b", "train/c", "train/d", "e"];
  const value = (_: string, step: number): string => `${step}.5`;
  const run = await runScenario(script, { cwd, args: ["30000"], killAfterMs: random() * 400 });
  const completeSteps = acknowledgedSteps(run.acknowledged);
  const live = join(cwd, "live");
  const problems = [...checkDocuments(live), ...checkHistories(live, { metrics, completeSteps, value })];
  // A second kill, while it resumes or soon after; then to the end.
  const second = await runScenario(script, { cwd, args: ["30000"], killAfterMs: random() * 60 });
  const more = completeSteps + acknowledgedSteps(second.acknowledged);
  const last = await runScenario(script, { cwd, args: [`${more + 50}`] });
  if (last.code !== 0) problems.push(`resuming failed: ${last.stderr}`);
  problems.push(...checkDocuments(live), ...checkHistories(live, { metrics, completeSteps: more, value }));
  return problems.map((problem) => `${completeSteps} steps: ${problem}`);
}

describe("SIGKILL at a random moment", () => {
  test("loses no completed step of a run that logs at full speed", { timeout: 1_800_000 }, async () => {
    const random = seededRandom(1);
    const problems: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) problems.push(...(await killLogging("logging.mjs", random)));
    expect(problems).toEqual([]);
  });

  test("shows what an unsafe logger loses", { timeout: 600_000 }, async () => {
    const random = seededRandom(2);
    const problems: string[] = [];
    // Caught: more of the same tells nothing new.
    for (let trial = 0; trial < 3 && problems.length === 0; trial += 1) {
      problems.push(...(await killLogging("logging-broken.mjs", random)));
    }
    expect(problems.length).toBeGreaterThan(0);
  });

  test(
    "loses no checkpoint and nothing of the user's, and resumes to the same model",
    { timeout: 3_600_000 },
    async () => {
      const random = seededRandom(3);
      const steps = 12;
      const reference = makeFaultedRepo(20);
      folders.push(reference);
      await runScenario("checkpointing.mjs", { cwd: reference, args: [`${steps}`] });
      const hashOf = (repo: string): string =>
        createHash("md5")
          .update(readFileSync(join(repo, "model.bin")))
          .digest("hex");
      const problems: string[] = [];
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const cwd = makeFaultedRepo(20);
        folders.push(cwd);
        const before = JSON.stringify(readUserState(cwd, USER_FILES));
        const kept: number[] = [];
        for (let attempt = 0, isDone = false; !isDone && attempt < 8; attempt += 1) {
          const killAfterMs = attempt < 2 ? random() * 800 : undefined;
          const run = await runScenario("checkpointing.mjs", {
            cwd,
            args: [`${steps}`],
            ...(killAfterMs === undefined ? {} : { killAfterMs }),
          });
          kept.push(
            ...run.acknowledged.flatMap((line) => /^checkpoint (\d+) committed/.exec(line)?.[1] ?? []).map(Number),
          );
          problems.push(...checkDocuments(cwd), ...checkRepository(cwd, kept));
          const after = JSON.stringify(readUserState(cwd, USER_FILES));
          if (after !== before) problems.push(`the user's work changed from ${before} to ${after}`);
          if (killAfterMs === undefined && run.code !== 0) problems.push(`resuming failed: ${run.stderr}`);
          isDone = run.code === 0;
        }
        if (hashOf(cwd) !== hashOf(reference)) problems.push(`trial ${trial} ends with another model`);
      }
      expect(problems).toEqual([]);
    },
  );
});
