import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, type Figure, note, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { timeProgram } from "../worker.ts";
import { git, makeRepository } from "./repository.ts";

const SHOW = ["exp", "show", "--json"];
/** DVC takes minutes for ten times as many: it is asked once. */
const PEER_EXPERIMENTS = 1000;
const FEW_ROUNDS = 3;

/** Rows E1 and E2: all experiments of a repository as JSON, read for the first time, and again. */
export async function* measureShow(scale: Scale): AsyncIterable<Row> {
  const count = scaled(scale, 10_000, 200);
  const cwd = makeRepository({ experiments: count });
  const objects = listObjects(cwd);
  const bare = async (): Promise<number> =>
    (await timeProgram(["git", "for-each-ref", "refs"], cwd)) +
    (await timeProgram(["sh", "-c", `git cat-file --batch --buffer < '${objects}'`], cwd));
  const ours = async (): Promise<number> => timeProgram([process.execPath, BIN, ...SHOW], cwd);
  const cold = async (): Promise<number> => {
    rmSync(join(cwd, ".dvc/tmp"), { recursive: true, force: true });
    return ours();
  };
  const times = await alternate(scale.rounds, {
    node: async () => timeProgram([process.execPath, "-e", "0"], cwd),
    refs: async () => timeProgram(["git", "for-each-ref", "refs"], cwd),
    bare,
    cold: async () => cold(),
    // What the round before has left is read again.
    warm: async () => ours(),
  });
  const peer = await timePeer(scale, cwd, count);
  const work = `\`exp show --json\` of ${count.toLocaleString("en-US")} experiments`;
  const own = times.cold.map((ms, round) => ms - (times.node[round] ?? 0));
  const least = times.node.map((ms, round) => ms + (times.refs[round] ?? 0));
  yield {
    id: "E1",
    work: `${work}, read for the first time`,
    figures: [
      ratioAtMost("against reading the same objects, Node's start aside", 2, ratiosOf(own, times.bare)),
      ...peer.cold,
      note("ours", formatQuantity(spreadOf(times.cold), "ms")),
      note("reading the same objects", formatQuantity(spreadOf(times.bare), "ms")),
    ],
  };
  yield {
    id: "E2",
    work: `${work}, read again`,
    figures: [
      ratioAtMost("against `node -e 0` and `for-each-ref`", 1.5, ratiosOf(times.warm, least)),
      ...peer.warm,
      note("ours", formatQuantity(spreadOf(times.warm), "ms")),
    ],
  };
}

/** Writes the ids of all objects that a listing needs to a file: commits, their trees, params and metrics. */
function listObjects(cwd: string): string {
  const commits = git(cwd, ["for-each-ref", "--format=%(objectname)", "refs/exps"]).split("\n").filter(Boolean);
  const specs = commits.flatMap((id) => [id, `${id}^{tree}`, `${id}:params.yaml`, `${id}:metrics.json`]);
  const path = join(newFolder(), "objects");
  writeFileSync(path, git(cwd, ["cat-file", "--batch-check=%(objectname)"], `${specs.join("\n")}\n`));
  return path;
}

/** Times the real DVC on a tenth of the experiments, and once on all of them. */
async function timePeer(scale: Scale, cwd: string, count: number): Promise<Record<"cold" | "warm", readonly Figure[]>> {
  const dvc = dvcProgram();
  const few = Math.min(count, scaled(scale, PEER_EXPERIMENTS, 50));
  if (dvc === undefined) {
    const reason = "DVC is not installed";
    return {
      cold: [absent("DVC against ours", "≥ 150 ×", reason)],
      warm: [absent("DVC against ours", "≥ 9 ×", reason)],
    };
  }
  const sides = async (folder: string, rounds: number) => {
    const clear = (): void => {
      for (const path of ["tmp/exps", "tmp/waymark"])
        rmSync(join(folder, ".dvc", path), { recursive: true, force: true });
    };
    const times = { oursCold: [] as number[], oursWarm: [] as number[], cold: [] as number[], warm: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      clear();
      times.oursCold.push(await timeProgram([process.execPath, BIN, ...SHOW], folder));
      times.oursWarm.push(await timeProgram([process.execPath, BIN, ...SHOW], folder));
      times.cold.push(await timeProgram([dvc, ...SHOW], folder));
      times.warm.push(await timeProgram([dvc, ...SHOW], folder));
    }
    return {
      cold: ratiosOf(times.cold, times.oursCold),
      warm: ratiosOf(times.warm, times.oursWarm),
    };
  };
  const small = await sides(makeRepository({ experiments: few }), Math.min(scale.rounds, FEW_ROUNDS));
  const large = scale.isTrial ? undefined : await sides(cwd, 1);
  const what = (experiments: number): string => `DVC against ours, ${experiments.toLocaleString("en-US")} experiments`;
  return {
    cold: [
      ratioAtLeast(what(few), 150, small.cold),
      ...(large === undefined ? [] : [ratioAtLeast(what(count), 300, large.cold, "one round")]),
    ],
    warm: [
      ratioAtLeast(what(few), 9, small.warm),
      ...(large === undefined ? [] : [ratioAtLeast(what(count), 20, large.warm, "one round")]),
    ],
  };
}
