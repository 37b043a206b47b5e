import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories, listFiles } from "../support/checker.ts";
import { runScenario, SCENARIOS } from "../support/fault-run.ts";

const METRICS = ["a", "b", "train/c", "train/d", "e"];
const LIMITED_STEPS = 1500;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const value = (_: string, step: number): string => `${step}.5`;

interface LimitedRun {
  readonly cwd: string;
  readonly code: number | null;
  readonly acknowledged: readonly string[];
  readonly stderr: string;
}

/** Runs a scenario in a shell that lets no file grow beyond some kilobytes: a full disk that needs no privileges. */
async function runLimited(script: string, kilobytes: number): Promise<LimitedRun> {
  const cwd = mkdtempSync(join(tmpdir(), "waymark-limit-"));
  folders.push(cwd);
  // Ignored, the signal of the limit becomes an error of the write, as a full disk gives.
  const shell = `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`;
  const command = [process.execPath, SCENARIOS + script, `${LIMITED_STEPS}`];
  const child = spawn("bash", ["-c", shell, "bash", ...command], { cwd, stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let acknowledged = "";
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding("utf8").on("data", (text: string) => (acknowledged += text));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { cwd, code, acknowledged: acknowledged.split("\n").slice(0, -1), stderr };
}

/** What is wrong with a run that met the limit and then went on without it. */
async function findProblems(script: string, kilobytes: number): Promise<readonly string[]> {
  const limited = await runLimited(script, kilobytes);
  const problems = [
    ...(limited.code === 0 ? [] : [`it ended with ${limited.code}: ${limited.stderr}`]),
    ...(limited.acknowledged.length === LIMITED_STEPS ? [] : ["the training did not reach its end"]),
    ...(/EFBIG|too large/iu.test(limited.stderr) ? [] : ["nobody was told"]),
    ...(limited.stderr.split("\n").length > 12 ? ["it was told over and over"] : []),
    ...checkDocuments(limited.cwd),
  ];
  const again = await runScenario(script, { cwd: limited.cwd, args: [`${LIMITED_STEPS + 100}`] });
  if (again.code !== 0) problems.push(`it could not go on: ${again.stderr}`);
  problems.push(...checkDocuments(limited.cwd));
  const left = listFiles(limited.cwd).filter((path) => path.endsWith(".tmp"));
  return [...problems, ...left.map((path) => `${path} was left behind`)];
}

describe("a run whose files may not grow any more", () => {
  test.each([4, 12])(
    "trains to its end with %i kB a file, says so, and goes on when it can",
    { timeout: 120_000 },
    async (kilobytes) => {
      expect(await findProblems("logging.mjs", kilobytes)).toEqual([]);
    },
  );

  test("shows what a logger does that trusts its disk", { timeout: 120_000 }, async () => {
    expect(await findProblems("logging-broken.mjs", 4)).not.toEqual([]);
  });

  test("misses nothing of it when the limit is far away", { timeout: 120_000 }, async () => {
    const { cwd, code } = await runLimited("logging.mjs", 1000);
    expect(code).toBe(0);
    expect(checkHistories(join(cwd, "live"), { metrics: METRICS, completeSteps: LIMITED_STEPS, value })).toEqual([]);
  });
});
