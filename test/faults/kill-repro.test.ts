import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDvcLock } from "@waymark/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listFiles, runGit } from "../support/checker.ts";
import { BIN, startProgram, waymark } from "../support/cli.ts";
import { copyProject } from "../support/data-project.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { tmpdir } from "node:os";

const TRIALS = isLong ? 200 : 4;
/** Two chains side by side; each output takes a while, and neither cache nor Git keeps `log`. */
const PIPELINE = `stages:
${["x", "y"]
  .map(
    (name) => `  first-${name}:
    cmd: sleep 0.05; cp in.txt ${name}.txt; sleep 0.05
    deps: [in.txt]
    outs: [${name}.txt]
  second-${name}:
    cmd: (cat ${name}.txt; sleep 0.05; echo end) > ${name}.log; mkdir ${name}; cp ${name}.txt ${name}/a; cp ${name}.txt ${name}/b
    deps: [${name}.txt]
    outs:
    - ${name}.log: {cache: false}
    - ${name}
`,
  )
  .join("")}`;
const OUTPUTS = ["x.txt", "y.txt", "x.log", "y.log", "x/a", "x/b", "y/a", "y/b"];

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

let start: string;
let durationMs: number;

function text(path: string): string {
  return readFileSync(path, "utf8");
}

/** What an output holds for an input. */
function wanted(path: string, input: string): string {
  return path.endsWith(".log") ? `${input}end\n` : input;
}

async function repro(root: string): Promise<string | undefined> {
  const { code, stderr } = await waymark(["repro", "-j", "2"], { cwd: root });
  return code === 0 ? undefined : `the next one ends with ${code}: ${stderr}`;
}

async function reproOk(root: string): Promise<void> {
  const failure = await repro(root);
  if (failure !== undefined) throw new Error(failure);
}

beforeAll(async () => {
  start = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  folders.push(start);
  runGit(start, ["init", "-q", "-b", "main"]);
  await waymark(["init", "-q"], { cwd: start });
  writeFileSync(join(start, "dvc.yaml"), PIPELINE);
  writeFileSync(join(start, "in.txt"), "old\n");
  await reproOk(start);
  const reference = copyProject(start);
  folders.push(reference);
  writeFileSync(join(reference, "in.txt"), "new\n");
  const began = performance.now();
  await reproOk(reference);
  durationMs = performance.now() - began;
}, 120_000);

/** Every output of the last good run is somewhere: in its place, aside, or replaced by what is recorded. */
function findLost(root: string): readonly string[] {
  const contents = new Set(listFiles(root).map((path) => text(join(root, path))));
  const recorded = new Set(Object.values(parseDvcLock(text(join(root, "dvc.lock"))).stages).flatMap(hashesOf));
  return OUTPUTS.filter((path) => {
    const isRecorded = recorded.has(createHash("md5").update(wanted(path, "new\n")).digest("hex"));
    return !contents.has(wanted(path, "old\n")) && !isRecorded;
  });
}

function hashesOf(stage: { readonly outs?: readonly Readonly<Record<string, unknown>>[] }): readonly unknown[] {
  return (stage.outs ?? []).map((out) => out["md5"]);
}

test(
  "SIGKILL at a random moment of `repro -j 2` loses nothing, and the next one completes it",
  { timeout: 3_600_000 },
  async () => {
    const random = seededRandom(11);
    const problems: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const root = copyProject(start);
      writeFileSync(join(root, "in.txt"), "new\n");
      const afterMs = random() * durationMs;
      const program = startProgram([BIN, "repro", "-j", "2"], { cwd: root });
      const timer = setTimeout(() => program.kill("SIGKILL"), afterMs);
      await program.ended;
      clearTimeout(timer);
      const found = findLost(root).map((path) => `the last ${path} is lost`);
      const failure = await repro(root);
      if (failure !== undefined) found.push(failure);
      for (const path of OUTPUTS) {
        const target = join(root, path);
        const actual = existsSync(target) ? text(target) : "nothing";
        if (actual !== wanted(path, "new\n")) found.push(`${path} holds ${actual}`);
      }
      const again = await waymark(["repro"], { cwd: root });
      if (!again.stdout.includes("up to date")) found.push(`there is still something to do: ${again.stderr}`);
      const left = listFiles(root).filter((path) => path.includes(".aside") || path.includes("waymark/runs"));
      if (left.length > 0) found.push(`left behind: ${left.join(", ")}`);
      problems.push(...found.map((problem) => `killed after ${afterMs.toFixed(0)} ms: ${problem}`));
      rmSync(root, { recursive: true, force: true });
    }
    expect(problems).toEqual([]);
  },
);
