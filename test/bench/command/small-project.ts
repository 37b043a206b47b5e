import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, ratioAtLeast, ratioAtMost, type Figure, type Row } from "../row.ts";
import type { Scale } from "../section.ts";

const COMMANDS: readonly (readonly string[])[] = [["status"], ["exp", "list"], ["params", "diff"]];
const MOST_GIT_PROCESSES = 3;

/** Row K2: the everyday questions, in a small project. */
export async function measureSmallProject(scale: Scale): Promise<Row> {
  const cwd = makeProject();
  const dvc = dvcProgram();
  const figures: Figure[] = [];
  const repeats = scale.isTrial ? 2 : 8;
  for (const args of COMMANDS) {
    const line = args.join(" ");
    const gitCalls = listGitCalls(cwd, args);
    const { bare, ours, theirs } = await alternate(scale.rounds, {
      // Node's own start, and Git answering the same questions.
      bare: async () =>
        time(cwd, process.execPath, ["-e", "0"], repeats) +
        gitCalls.reduce((sum, call) => sum + time(cwd, "git", call, repeats), 0),
      ours: async () => time(cwd, process.execPath, [BIN, ...args], repeats),
      theirs: async () => (dvc === undefined ? Number.NaN : time(cwd, dvc, args, 1)),
    });
    figures.push(
      ratioAtMost(`\`waymark ${line}\`, against \`node -e 0\` and its calls of Git`, 1.6, ratiosOf(ours, bare)),
    );
    figures.push({
      what: `\`waymark ${line}\`, Git processes`,
      target: `≤ ${MOST_GIT_PROCESSES}`,
      value: String(gitCalls.length),
      verdict: gitCalls.length <= MOST_GIT_PROCESSES ? "met" : "missed",
    });
    figures.push(
      dvc === undefined
        ? absent(`\`dvc ${line}\` against ours`, "≥ 7 ×", "DVC is not installed")
        : ratioAtLeast(`\`dvc ${line}\` against ours`, 7, ratiosOf(theirs, ours)),
    );
    figures.push(note(`\`waymark ${line}\``, formatQuantity(spreadOf(ours), "ms")));
  }
  return { id: "K2", work: "the everyday questions in a small project", figures };
}

function makeProject(): string {
  const cwd = newFolder();
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"];
    const { status, stderr } = spawnSync("git", [...identity, ...args], { cwd });
    if (status !== 0) throw new Error(stderr.toString());
  };
  const files: Readonly<Record<string, string>> = {
    "params.yaml": "lr: 0.1\nepochs: 3\n",
    "dvc.yaml":
      "stages:\n  a:\n    cmd: cp in.txt a.txt\n    deps:\n    - in.txt\n    params:\n    - lr\n    outs:\n    - a.txt\n" +
      "  b:\n    cmd: cp a.txt b.txt\n    deps:\n    - a.txt\n    outs:\n    - b.txt\n",
    "in.txt": "x\n",
  };
  git("init", "-q");
  for (const [path, text] of Object.entries(files)) writeFileSync(join(cwd, path), text);
  for (const args of [["init"], ["repro"]]) {
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd });
    if (status !== 0) throw new Error(`waymark ${args.join(" ")}: ${stderr.toString()}`);
  }
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  return cwd;
}

function time(cwd: string, program: string, args: readonly string[], times: number): number {
  const start = performance.now();
  for (let round = 0; round < times; round += 1) spawnSync(program, args, { cwd, stdio: "ignore" });
  return (performance.now() - start) / times;
}

/** Has a command call a `git` that writes down what it is asked. */
function listGitCalls(cwd: string, args: readonly string[]): readonly (readonly string[])[] {
  const folder = newFolder();
  const log = join(folder, "calls");
  const shim = join(folder, "bin", "git");
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    shim,
    `#!/bin/sh\nprintf '%s\\037' "$@" >> '${log}'\necho >> '${log}'\nPATH='${process.env["PATH"]}' exec git "$@"\n`,
  );
  chmodSync(shim, 0o755);
  rmSync(log, { force: true });
  const env = { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}` };
  spawnSync(process.execPath, [BIN, ...args], { cwd, env, stdio: "ignore" });
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => line.split("\u001f").slice(0, -1));
}
