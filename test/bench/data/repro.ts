import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, quantityAtMost, ratioAtLeast, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";

const run = promisify(execFile);
/** DVC takes minutes for 500 stages: its time for a stage is taken from fewer, which is to its advantage. */
const PEER_STAGES = 40;

/** Row D5: many stages with next to no work in them. */
export async function measureManyStages(scale: Scale): Promise<Row> {
  const count = scaled(scale, 500, 20);
  const half = count / 2;
  const dvc = dvcProgram();
  const measured = await alternate(Math.min(scale.rounds, 3), {
    bare: async (): Promise<Times> => ({ changed: await runCommands(count), unchanged: 0 }),
    whole: async () => reproTwice(count, process.execPath, [BIN]),
    half: async () => reproTwice(half, process.execPath, [BIN]),
    peer: async () =>
      dvc === undefined ? { changed: Number.NaN, unchanged: Number.NaN } : reproTwice(PEER_STAGES, dvc, []),
  });
  const stageMs = (results: readonly Times[], stages: number): number[] =>
    results.map(({ changed }, round) => (changed - ((measured.bare[round]?.changed ?? 0) * stages) / count) / stages);
  const ours = stageMs(measured.whole, count);
  return {
    id: "D5",
    work: `\`repro\` of ${count} trivial stages`,
    figures: [
      quantityAtMost("none changed", 1000, "ms", spreadOf(measured.whole.map(({ unchanged }) => unchanged))),
      quantityAtMost("all changed, a stage beside its command", 20, "ms", spreadOf(ours)),
      note("the same of half as many stages", formatQuantity(spreadOf(stageMs(measured.half, half)), "ms")),
      note("a command by itself", formatQuantity(spreadOf(measured.bare.map(({ changed }) => changed / count)), "ms")),
      dvc === undefined
        ? absent("DVC, a stage, against ours", "≥ 20 ×", "DVC is not installed")
        : ratioAtLeast(
            `DVC, a stage of ${PEER_STAGES}, against ours of ${count}, beside the command`,
            20,
            ratiosOf(stageMs(measured.peer, PEER_STAGES), ours),
          ),
    ],
  };
}

/** Row D6: two chains that do not need each other. */
export async function measureParallelRepro(scale: Scale): Promise<Row> {
  const length = scaled(scale, 5, 2);
  const { one, two } = await alternate(scale.rounds, {
    one: async () => reproChains(length, 1),
    two: async () => reproChains(length, 2),
  });
  return {
    id: "D6",
    work: `\`repro\` of two independent chains of ${length} stages, each a quarter of a second of work`,
    figures: [
      ratioAtLeast("`-j 1` against `-j 2`", 1.8, ratiosOf(one, two)),
      note("`-j 2`", formatQuantity(spreadOf(two), "ms")),
    ],
  };
}

interface Times {
  readonly changed: number;
  readonly unchanged: number;
}

const commandOf = (index: number): string => `cp in.txt out/${index}.txt`;

function makeProject(files: Readonly<Record<string, string>>): string {
  const cwd = newFolder();
  mkdirSync(join(cwd, "out"));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(cwd, path), text);
  spawnSync("git", ["init", "-q"], { cwd });
  spawnSync(process.execPath, [BIN, "init", "-q"], { cwd });
  return cwd;
}

async function reproTwice(stages: number, program: string, args: readonly string[]): Promise<Times> {
  const lines = Array.from(
    { length: stages },
    (_, index) =>
      `  s${index}:\n    cmd: ${commandOf(index)}\n    deps:\n    - in.txt\n    outs:\n    - out/${index}.txt\n`,
  );
  const cwd = makeProject({ "in.txt": `${Math.random()}\n`, "dvc.yaml": `stages:\n${lines.join("")}` });
  const repro = async (): Promise<number> => {
    const start = performance.now();
    await run(program, [...args, "repro"], { cwd, maxBuffer: 1 << 28 });
    return performance.now() - start;
  };
  return { changed: await repro(), unchanged: await repro() };
}

/** The same commands without a pipeline, each by a shell of its own, one after the other. */
async function runCommands(count: number): Promise<number> {
  const cwd = newFolder();
  mkdirSync(join(cwd, "out"));
  writeFileSync(join(cwd, "in.txt"), "x\n");
  const start = performance.now();
  for (let index = 0; index < count; index += 1) await run("/bin/sh", ["-c", commandOf(index)], { cwd });
  return performance.now() - start;
}

async function reproChains(length: number, jobs: number): Promise<number> {
  const work = `node -e 'const end = Date.now() + 250; while (Date.now() < end);'`;
  const stage = (chain: string, index: number): string => {
    const before = index === 0 ? "in.txt" : `out/${chain}${index - 1}`;
    const out = `out/${chain}${index}`;
    return `  ${chain}${index}:\n    cmd: ${work} && cp ${before} ${out}\n    deps:\n    - ${before}\n    outs:\n    - ${out}\n`;
  };
  const chains = ["a", "b"].flatMap((chain) => Array.from({ length }, (_, index) => stage(chain, index)));
  const cwd = makeProject({ "in.txt": "x\n", "dvc.yaml": `stages:\n${chains.join("")}` });
  const start = performance.now();
  await run(process.execPath, [BIN, "repro", "-j", String(jobs)], { cwd });
  return performance.now() - start;
}
