import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identifyProcess } from "@waymark/files";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkRepository, readUserState, runGit } from "../support/checker.ts";
import { BIN, type ProgramResult, type RunningProgram, startProgram, waymark } from "../support/cli.ts";
import { copyProject } from "../support/data-project.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { makeFaultedRepo, USER_FILES } from "../support/faulted-repo.ts";

const TRIALS = isLong ? 200 : 2;
const EPOCHS = 4;
/** Trains up to a fixed epoch from where its model is, with the signal of DVC 2 after each, and says who it is. */
const TRAIN = `echo $$ > pid.txt
read -r epoch weight < model.txt 2>/dev/null || { epoch=0; weight=1; }
while [ "$epoch" -lt ${EPOCHS} ]; do
  epoch=$((epoch + 1)); weight=$(((weight * 31 + epoch) % 1000003))
  echo "$epoch $weight" > model.part; mv model.part model.txt
  : > "$DVC_ROOT/.dvc/tmp/DVC_CHECKPOINT"
  while [ -e "$DVC_ROOT/.dvc/tmp/DVC_CHECKPOINT" ]; do sleep 0.02; done
done
`;
const PIPELINE = `stages:
  train: {cmd: sh train.sh, deps: [train.sh], outs: [model.txt: {checkpoint: true}]}
  test: {cmd: cp model.txt result.txt; sleep 0.05, deps: [model.txt], outs: [result.txt]}
`;
const ENV = {
  ...{ GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@example.org", SHELL: "/bin/sh" },
  ...{ GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@example.org", GIT_CONFIG_GLOBAL: "/dev/null" },
};

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

let start: string;
let result: string;
let durationMs: number;

function expRun(cwd: string): Promise<ProgramResult> {
  return waymark(["exp", "run"], { cwd, env: ENV });
}

beforeAll(async () => {
  start = makeFaultedRepo(20);
  folders.push(start);
  await waymark(["init", "-q"], { cwd: start, env: ENV });
  writeFileSync(join(start, "dvc.yaml"), PIPELINE);
  writeFileSync(join(start, "train.sh"), TRAIN);
  // Of the runs themselves, which change them.
  writeFileSync(join(start, ".git/info/exclude"), "pid.txt\nmodel.part\n");
  const reference = copyProject(start);
  folders.push(reference);
  const began = performance.now();
  const { code, stderr } = await expRun(reference);
  if (code !== 0) throw new Error(stderr);
  durationMs = performance.now() - began;
  result = readFileSync(join(reference, "result.txt"), "utf8");
}, 120_000);

/** What the killed run has started ends soon after it. */
async function isGone(cwd: string): Promise<boolean> {
  const path = join(cwd, "pid.txt");
  if (!existsSync(path)) return true;
  return hasEnded(Number(readFileSync(path, "utf8")));
}

async function hasEnded(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { processStart } = identifyProcess(pid);
    if (processStart === null || processStart === "ended") return true;
    await sleep(25);
  }
  return false;
}

test(
  "SIGKILL at a random moment of `exp run` loses no checkpoint and nothing of the user's, and the next one ends the same",
  { timeout: isLong ? 3_600_000 : 60_000 },
  async () => {
    const random = seededRandom(23);
    const problems: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const cwd = copyProject(start);
      const before = JSON.stringify(readUserState(cwd, USER_FILES));
      const afterMs = random() * durationMs;
      const found: string[] = [];
      const program = startProgram([BIN, "exp", "run"], { cwd, env: ENV });
      const timer = setTimeout(() => program.kill("SIGKILL"), afterMs);
      const { stderr } = await program.ended;
      clearTimeout(timer);
      if (!(await isGone(cwd))) found.push("its command still runs");
      const steps = [...stderr.matchAll(/^Checkpoint \S+@(\d+): /gmu)].map(([, step]) => Number(step));
      const check = (): void => {
        found.push(...checkRepository(cwd, steps));
        const after = JSON.stringify(readUserState(cwd, USER_FILES));
        if (after !== before) found.push(`the user's work changed from ${before} to ${after}`);
      };
      check();
      const next = await expRun(cwd);
      if (next.code !== 0) found.push(`the next one ends with ${next.code}: ${next.stderr}`);
      check();
      const path = join(cwd, "result.txt");
      const made = existsSync(path) ? readFileSync(path, "utf8") : "nothing";
      if (made !== result) found.push(`it ends with ${made} instead of ${result}`);
      const last = await waymark(["exp", "run", "-n", "last"], { cwd, env: ENV });
      if (!last.stderr.includes("Stage 'train' did not change.")) found.push(`it is trained again: ${last.stderr}`);
      const tree = runGit(cwd, ["ls-tree", "-r", "--name-only", "--full-tree", refOf(cwd, "last")]);
      if (!tree.includes("staged.txt") || !tree.includes("dvc.lock")) found.push(`the last one holds ${tree}`);
      problems.push(...found.map((problem) => `killed after ${afterMs.toFixed(0)} ms: ${problem}`));
      rmSync(cwd, { recursive: true, force: true });
    }
    expect(problems).toEqual([]);
  },
);

/** Starts a run whose command leaves something running that ignores Ctrl-C, and waits for it. */
async function startStubborn(): Promise<{ readonly program: RunningProgram; readonly pid: number }> {
  const cwd = copyProject(start);
  folders.push(cwd);
  const command = ["sh", "-c", "trap '' INT; (trap '' INT; while :; do sleep 0.1; done) & echo child $!; wait; wait"];
  const program = startProgram([BIN, "exp", "run", "--", ...command], { cwd, env: ENV });
  const [, pid] = await program.seen(/child (\d+)/u);
  return { program, pid: Number(pid) };
}

test("what a run has started ends with it, also when it is killed", { timeout: 60_000 }, async () => {
  const { program, pid } = await startStubborn();
  program.kill("SIGKILL");
  await program.ended;
  expect(await hasEnded(pid)).toBe(true);
});

test("a second Ctrl-C ends a run at once, and what it has started", { timeout: 60_000 }, async () => {
  const { program, pid } = await startStubborn();
  program.kill("SIGINT");
  await sleep(300);
  expect(identifyProcess(pid).processStart).not.toBe(null);
  program.kill("SIGINT");
  expect((await program.ended).code).toBe(130);
  expect(await hasEnded(pid)).toBe(true);
});

test("shows what a run that plays with stash and HEAD loses", { timeout: 120_000 }, async () => {
  const cwd = copyProject(start);
  folders.push(cwd);
  const before = JSON.stringify(readUserState(cwd, USER_FILES));
  const script =
    "git stash -q && git checkout -q --detach && echo now && sleep 30; git checkout -q main; git stash pop -q";
  spawnSync("timeout", ["-s", "KILL", "0.5", "sh", "-c", script], { cwd, env: { ...process.env, ...ENV } });
  expect(JSON.stringify(readUserState(cwd, USER_FILES))).not.toBe(before);
});

function refOf(cwd: string, name: string): string {
  const head = runGit(cwd, ["rev-parse", "HEAD"]).trim();
  return `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/${name}`;
}
