import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories, checkRepository, md5, readUserState } from "../support/checker.ts";
import { isLong, runScenario, SCENARIOS, seededRandom } from "../support/fault-run.ts";
import { makeFaultedRepo, USER_FILES } from "../support/faulted-repo.ts";
import { GIT_TEST_ENV } from "../support/git-repo.ts";

const TRIALS = isLong ? 200 : 1;
const STEPS = 12;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

interface SignalledRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly acknowledged: readonly string[];
  readonly stderr: string;
  /** Whether any process of the group was still there when the run had ended. */
  readonly hasOrphans: boolean;
}

/** Runs the checkpointing scenario in a group of its own, which gets the signal as a whole: as Ctrl-C is sent. */
async function signalGroup(
  script: string,
  cwd: string,
  signal: NodeJS.Signals,
  afterMs: number,
): Promise<SignalledRun> {
  const child = spawn(process.execPath, [`${SCENARIOS}${script}`, `${STEPS}`], {
    ...{ cwd, detached: true },
    env: { ...process.env, ...GIT_TEST_ENV },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const group = -(child.pid ?? 0);
  let acknowledged = "";
  let stderr = "";
  let timer: NodeJS.Timeout | undefined;
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding("utf8").on("data", (text: string) => {
    acknowledged += text;
    timer ??= setTimeout(() => sendTo(group, signal), afterMs);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    // Streams close when the last process that holds them is gone: a Git command that stayed would hold them.
    child.on("close", (code, endedBy) => {
      clearTimeout(timer);
      const hasOrphans = sendTo(group, 0);
      resolve({ code, signal: endedBy, acknowledged: acknowledged.split("\n").slice(0, -1), stderr, hasOrphans });
    });
  });
}

/** Sends a signal; 0 only asks. Returns whether there was anyone to get it. */
function sendTo(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(group, signal);
    return true;
  } catch {
    return false;
  }
}

function modelOf(repo: string): string {
  const path = join(repo, "model.bin");
  return existsSync(path) ? md5(readFileSync(path)) : "none";
}

/** Interrupts a run, lets it go on, and answers everything that is wrong. */
async function interrupt(script: string, signal: NodeJS.Signals, afterMs: number): Promise<readonly string[]> {
  const cwd = newRepo();
  const before = JSON.stringify(readUserState(cwd, USER_FILES));
  const problems: string[] = [];
  const run = await signalGroup(script, cwd, signal, afterMs);
  if (run.hasOrphans) problems.push("a process of the run outlived it");
  // It ended on its own before the signal came, or by the signal: no other end.
  const isSignalled = run.signal === signal;
  if (!isSignalled && run.code !== 0) problems.push(`it ended with ${run.code ?? run.signal}: ${run.stderr}`);
  const { status, reason } = readStatus(cwd);
  // A run whose last step is done is ending and listens no more: the signal has its usual effect, before or after the
  // run has said that it is finished.
  const isEnding = run.acknowledged.includes(`step ${STEPS - 1}`);
  const isInterrupted = status === "interrupted" && reason === signal;
  const isEnded = isEnding && (status === "finished" || status === "running");
  if (isSignalled && !isInterrupted && !isEnded) problems.push(`it says ${status} by ${reason}`);
  const made = run.acknowledged.flatMap((line) => /^checkpoint (\d+) committed/.exec(line)?.[1] ?? []);
  problems.push(...checkDocuments(cwd), ...checkRepository(cwd, made.map(Number)));
  const again = await runScenario(script, { cwd, args: [`${STEPS}`] });
  if (again.code !== 0) problems.push(`resuming failed: ${again.stderr}`);
  if (modelOf(cwd) !== (await referenceModel())) problems.push("it went on to another model");
  const after = JSON.stringify(readUserState(cwd, USER_FILES));
  if (after !== before) problems.push(`the user's work changed from ${before} to ${after}`);
  return problems.map((problem) => `${signal} after ${afterMs} ms: ${problem}`);
}

describe("a signal to a run and every process it started", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s ends it as interrupted, harms nothing of the user's, and the run goes on to the same model",
    { timeout: 3_600_000 },
    async (signal) => {
      const random = seededRandom(signal.charCodeAt(3));
      const problems: string[] = [];
      for (let trial = 0; trial < TRIALS; trial += 1) {
        problems.push(...(await interrupt("checkpointing.mjs", signal, random() * 400)));
      }
      expect(problems).toEqual([]);
    },
  );

  test("shows what an unsafe tracker leaves", { timeout: 600_000 }, async () => {
    expect(await interrupt("checkpointing-broken.mjs", "SIGTERM", 20)).not.toEqual([]);
  });
});

describe("a run whose output nobody reads any more", () => {
  test.each(["stdout", "stderr"] as const)(
    "goes on training when %s is closed",
    { timeout: 60_000 },
    async (stream) => {
      const cwd = mkdtempSync(join(tmpdir(), "waymark-signals-"));
      folders.push(cwd);
      const child = spawn(process.execPath, [`${SCENARIOS}chatty.mjs`, "30"], {
        cwd,
        env: { ...process.env, ...GIT_TEST_ENV, GIT_CEILING_DIRECTORIES: tmpdir() },
        stdio: ["ignore", "pipe", "pipe", "pipe"],
      });
      child[stream]?.destroy();
      let acknowledged = "";
      (child.stdio[3] as NodeJS.ReadableStream)
        .setEncoding("utf8")
        .on("data", (text: string) => (acknowledged += text));
      const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
      expect(code).toBe(0);
      expect(acknowledged.split("\n").slice(0, -1)).toHaveLength(30);
      const value = (_: string, step: number): string => `${step}.5`;
      expect(checkHistories(join(cwd, "live"), { metrics: ["a"], completeSteps: 30, value })).toEqual([]);
      expect(readStatus(cwd)).toMatchObject({ status: "finished" });
    },
  );
});

function newRepo(): string {
  const repo = makeFaultedRepo(20);
  folders.push(repo);
  return repo;
}

function readStatus(cwd: string): { readonly status?: string; readonly reason?: string | null } {
  const path = join(cwd, "live/.waymark/run.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ReturnType<typeof readStatus>) : {};
}

let reference: Promise<string> | undefined;

/** The model of a run that nobody interrupted. */
async function referenceModel(): Promise<string> {
  reference ??= (async () => {
    const cwd = newRepo();
    await runScenario("checkpointing.mjs", { cwd, args: [`${STEPS}`] });
    return modelOf(cwd);
  })();
  return await reference;
}
