import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { makeRepository } from "../checkpoint/repository.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, type Figure, note, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker, timeProgram } from "../worker.ts";
import type { SavesResult } from "./save.ts";

const CHANGED = 10;
const NAMES = ["first", "second"] as const;

/** Row E5: going from one experiment to another that differs in ten files, in a large repository. */
export async function measureApply(scale: Scale): Promise<Row> {
  const files = scaled(scale, 50_000, 1000);
  const cwd = await makeExperiments(files);
  const bare = join(newFolder(), "bare");
  await output(["git", "clone", "--quiet", "--mirror", cwd, `${bare}.git`], { cwd });
  await output(["git", "clone", "--quiet", "--no-local", `${bare}.git`, bare], { cwd });
  await output(["git", "fetch", "--quiet", `${bare}.git`, "refs/exps/*:refs/exps/*"], { cwd: bare });
  const commits = await Promise.all(NAMES.map(async (name) => findCommit(cwd, name)));
  let turn = 0;
  const next = (list: readonly string[]): string => list[(turn += 1) % 2] ?? "";
  const count = scaled(scale, 10, 2);
  const times = await alternate(scale.rounds, {
    checkout: async () => timeProgram(["git", "checkout", "--quiet", "--detach", next(commits)], bare),
    ours: async () => timeProgram([process.execPath, BIN, "exp", "apply", next(NAMES)], cwd),
    inside: async () => {
      const work = { way: "apply", count, warmUp: 2, tag: "a", experiments: NAMES };
      return (await runWorker<SavesResult>("saves.mjs", work, { cwd })).medianMs;
    },
  });
  const ms = (values: readonly number[]): string => formatQuantity(spreadOf(values), "ms");
  return {
    id: "E5",
    work: `\`exp apply\` between two experiments that differ in ${CHANGED} files of ${files.toLocaleString("en-US")}`,
    figures: [
      ratioAtMost("against `git checkout` of the same change", 2, ratiosOf(times.ours, times.checkout)),
      await compareWithDvc(scale, cwd, spreadOf(times.ours).median),
      note("an apply", ms(times.ours)),
      note("an apply, Node's start aside", ms(times.inside)),
      note("`git checkout`", ms(times.checkout)),
    ],
  };
}

/** DVC hashes nothing here: it stashes, checks out, and puts back. */
async function compareWithDvc(scale: Scale, cwd: string, oursMs: number): Promise<Figure> {
  const what = "`dvc exp apply` against ours";
  const dvc = dvcProgram();
  if (dvc === undefined) return absent(what, "≥ 5 ×", "DVC is not installed");
  const times: number[] = [];
  for (let round = 0; round < Math.min(scale.rounds, 3); round += 1) {
    times.push(await timeProgram([dvc, "exp", "apply", NAMES[round % 2] ?? ""], cwd));
  }
  return ratioAtLeast(
    what,
    5,
    ratiosOf(
      times,
      times.map(() => oursMs),
    ),
  );
}

async function makeExperiments(files: number): Promise<string> {
  const cwd = await makeRepository(files);
  for (const args of [["init"]]) await output([process.execPath, BIN, ...args], { cwd });
  await output(["git", "add", "--all"], { cwd });
  await output(["git", "commit", "--quiet", "--message", "data"], { cwd });
  for (const name of NAMES) {
    for (let file = 0; file < CHANGED; file += 1)
      writeFileSync(join(cwd, "src", "0", `${file}.txt`), `${name} ${file}\n`);
    await output([process.execPath, BIN, "exp", "save", "-n", name], { cwd });
  }
  return cwd;
}

async function findCommit(cwd: string, name: string): Promise<string> {
  const refs = await output(["git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/exps"], { cwd });
  const line = refs.split("\n").find((ref) => ref.includes(`/${name} `));
  return line?.split(" ")[1] ?? "";
}
