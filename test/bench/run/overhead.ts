import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, quantityAtMost, ratioAtLeast, type Row } from "../row.ts";
import type { Scale } from "../section.ts";

/** What runs: as good as nothing. */
const COMMAND = "cat params.yaml > out.txt";
const TARGET_MS = 250;

/** Row R1: what `exp run` adds to a command, in a small repository. */
export async function measureOverhead(scale: Scale): Promise<Row> {
  const cwd = makeProject();
  const dvc = dvcProgram();
  let version = 0;
  // A parameter changes each time, so that the stage runs.
  const timed = (program: string, args: readonly string[]): number => {
    version += 1;
    writeFileSync(join(cwd, "params.yaml"), `lr: ${version}\n`);
    const start = performance.now();
    const { status, stderr } = spawnSync(program, args, { cwd, env: { ...process.env, SHELL: "/bin/sh" } });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr.toString()}`);
    return performance.now() - start;
  };
  const times = await alternate(scale.rounds, {
    bare: async () => timed("/bin/sh", ["-c", COMMAND]),
    stages: async () => timed(process.execPath, [BIN, "exp", "run"]),
    command: async () => timed(process.execPath, [BIN, "exp", "run", "--", "sh", "-c", COMMAND]),
    dvc: async () => (dvc === undefined ? Number.NaN : timed(dvc, ["exp", "run"])),
  });
  const over = (values: readonly number[]): number[] => values.map((value, round) => value - (times.bare[round] ?? 0));
  const ms = (values: readonly number[]): string => formatQuantity(spreadOf(values), "ms");
  return {
    id: "R1",
    work: "`exp run` of a trivial command in a small repository",
    figures: [
      quantityAtMost("a stage, over the bare command", TARGET_MS, "ms", spreadOf(over(times.stages))),
      quantityAtMost("a command behind `--`, over the bare command", TARGET_MS, "ms", spreadOf(over(times.command))),
      dvc === undefined
        ? absent("the same over the bare command by `dvc exp run`, against ours", "≥ 8 ×", "DVC is not installed")
        : ratioAtLeast(
            "the same over the bare command by `dvc exp run`, against ours",
            8,
            ratiosOf(over(times.dvc), over(times.stages)),
          ),
      note("the bare command", ms(times.bare)),
    ],
  };
}

function makeProject(): string {
  const cwd = newFolder();
  const run = (program: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(program, args, { cwd });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr.toString()}`);
  };
  run("git", "init", "-q");
  run("git", "config", "user.name", "Bench");
  run("git", "config", "user.email", "bench@example.org");
  run(process.execPath, BIN, "init", "--quiet");
  writeFileSync(join(cwd, "params.yaml"), "lr: 0\n");
  writeFileSync(
    join(cwd, "dvc.yaml"),
    `stages:\n  only:\n    cmd: ${COMMAND}\n    params: [lr]\n    outs: [out.txt]\n`,
  );
  run("git", "add", "-A");
  run("git", "commit", "-q", "-m", "first");
  return cwd;
}
