import { spawnSync } from "node:child_process";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, ratioAtLeast, ratioAtMost, type Figure, type Row } from "../row.ts";
import type { Scale } from "../section.ts";

const LIMIT = 1.3;
const LINES: readonly { readonly args: readonly string[]; readonly atLeast: number }[] = [
  { args: ["--help"], atLeast: 2.5 },
  { args: ["--version"], atLeast: 2.5 },
  { args: ["stauts"], atLeast: 7 },
];

/** Row K1: what it takes to answer without doing anything. */
export async function measureStartup(scale: Scale): Promise<Row> {
  const cwd = newFolder();
  const figures: Figure[] = [];
  const repeats = scale.isTrial ? 2 : 10;
  const time = (program: string, args: readonly string[], times: number): number => {
    const start = performance.now();
    // A typo ends with an error, which is the answer that is measured.
    for (let round = 0; round < times; round += 1) spawnSync(program, args, { cwd, stdio: "ignore" });
    return (performance.now() - start) / times;
  };
  const dvc = dvcProgram();
  for (const { args, atLeast } of LINES) {
    const { node, ours, theirs } = await alternate(scale.rounds, {
      node: async () => time(process.execPath, ["-e", "0"], repeats),
      ours: async () => time(process.execPath, [BIN, ...args], repeats),
      theirs: async () => (dvc === undefined ? Number.NaN : time(dvc, args, 1)),
    });
    const isTypo = args[0] === "stauts";
    const name = (program: string): string => (isTypo ? `a typo of ${program}` : `\`${program} ${args.join(" ")}\``);
    figures.push(ratioAtMost(`${name("waymark")}, against \`node -e 0\``, LIMIT, ratiosOf(ours, node)));
    figures.push(
      dvc === undefined
        ? absent(`${name("dvc")} against ours`, `≥ ${atLeast} ×`, "DVC is not installed")
        : ratioAtLeast(`${name("dvc")} against ours`, atLeast, ratiosOf(theirs, ours)),
    );
    if (args[0] === "--help") figures.push(note("`node -e 0`", formatQuantity(spreadOf(node), "ms")));
  }
  return { id: "K1", work: "the command answers without doing anything", figures };
}
