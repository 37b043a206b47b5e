import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { makeRepository } from "../checkpoint/repository.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, type Figure, note, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker } from "../worker.ts";

interface Starts {
  /** From the workspace to a work tree that is ready, the first time. */
  readonly firstMs: number;
  /** From a commit to a work tree that is ready, the next time. */
  readonly secondMs: number;
}

/** Row R3: how long it takes until a run beside the workspace can begin, in a large repository. */
export async function measureStartElsewhere(scale: Scale): Promise<Row> {
  const files = scaled(scale, 50_000, 1000);
  const cwd = await makeProject(files);
  const start = async (way: "waymark" | "git"): Promise<Starts> =>
    runWorker<Starts>("starts.mjs", { way, files: ["params.yaml"] }, { cwd });
  const times = await alternate(scale.rounds, {
    git: async () => start("git"),
    ours: async () => start("waymark"),
  });
  const bare = times.git.map(({ firstMs }) => firstMs);
  const first = times.ours.map(({ firstMs }) => firstMs);
  const second = times.ours.map(({ secondMs }) => secondMs);
  const ms = (values: readonly number[]): string => formatQuantity(spreadOf(values), "ms");
  return {
    id: "R3",
    work: `start of a run beside the workspace in a repository of ${files.toLocaleString("en-US")} files`,
    figures: [
      ratioAtMost("the first one, snapshot included, against `git worktree add`", 1.3, ratiosOf(first, bare)),
      ratioAtMost("the second one against `git worktree add`", 0.2, ratiosOf(second, bare)),
      await compareWithDvc(scale, cwd),
      note("the first one", ms(first)),
      note("the second one", ms(second)),
      note("`git worktree add`", ms(bare)),
    ],
  };
}

/** From the command line to the first line of the command that is run, for both tools. */
async function compareWithDvc(scale: Scale, cwd: string): Promise<Figure> {
  const what = "`dvc exp run --temp`, until its command begins, against ours";
  const dvc = dvcProgram();
  if (dvc === undefined) return absent(what, "≥ 3 ×", "DVC is not installed");
  const times = await alternate(Math.min(scale.rounds, 3), {
    dvc: async (round) => timeToBegin([dvc], cwd, `dvc-${round}`),
    ours: async (round) => timeToBegin([process.execPath, BIN], cwd, `ours-${round}`),
  });
  return ratioAtLeast(what, 3, ratiosOf(times.dvc, times.ours));
}

async function timeToBegin(program: readonly string[], cwd: string, name: string): Promise<number> {
  const mark = join(cwd, "..", `begun-${name}`);
  rmSync(mark, { force: true });
  const start = Date.now();
  await output([...program, "exp", "run", "--temp", "--force", "-n", name], { cwd, env: { BENCH_MARK: mark } });
  if (!existsSync(mark)) throw new Error(`${program.join(" ")} ran nothing`);
  return Number(readFileSync(mark, "utf8")) - start;
}

async function makeProject(files: number): Promise<string> {
  const cwd = await makeRepository(files);
  await output([process.execPath, BIN, "init", "--quiet"], { cwd });
  writeFileSync(join(cwd, "params.yaml"), "lr: 1\n");
  writeFileSync(
    join(cwd, "dvc.yaml"),
    "stages:\n  train:\n    cmd: date +%s%3N > $BENCH_MARK\n    params: [lr]\n    always_changed: true\n",
  );
  await output(["git", "add", "--all"], { cwd });
  await output(["git", "commit", "--quiet", "--message", "project"], { cwd });
  return cwd;
}
