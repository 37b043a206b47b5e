import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { makeRepository } from "../checkpoint/repository.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, type Figure, note, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker, timeProgram } from "../worker.ts";

/** What the worker says of the work it did. */
export interface SavesResult {
  /** Of one save, or of one apply. */
  readonly medianMs: number;
}

const IDENTITY = { GIT_AUTHOR_NAME: "Bench", GIT_AUTHOR_EMAIL: "bench@example.org" };
const SMALL = 20;

/** Row E4: saving the workspace as an experiment, in a small and in a large repository, and a thousand at once. */
export async function measureSave(scale: Scale): Promise<Row> {
  const large = scaled(scale, 50_000, 1000);
  const many = scaled(scale, 1000, 50);
  const count = scaled(scale, 20, 3);
  const [smallRepo, largeRepo] = [await makeRepository(SMALL), await makeRepository(large)];
  let tag = 0;
  const run = async (cwd: string, way: string, times = count): Promise<number> => {
    tag += 1;
    const work = { way, count: times, warmUp: way === "bulk" || way === "import" ? 0 : 2, tag: `t${tag}` };
    return (await runWorker<SavesResult>("saves.mjs", work, { cwd })).medianMs;
  };
  const times = await alternate(scale.rounds, {
    plumbing: async () => run(smallRepo, "plumbing"),
    small: async () => run(smallRepo, "waymark"),
    staging: async () => run(largeRepo, "staging"),
    large: async () => run(largeRepo, "waymark"),
    import: async () => run(await makeRepository(SMALL), "import", many),
    bulk: async () => run(await makeRepository(SMALL), "bulk", many),
  });
  const ms = (values: readonly number[]): string => formatQuantity(spreadOf(values), "ms");
  return {
    id: "E4",
    work: "`exp save`: a small repository, a large one, and many experiments at once; Node's start aside",
    figures: [
      ratioAtMost("small, against five plumbing commands", 2, ratiosOf(times.small, times.plumbing)),
      ratioAtMost(
        `${large.toLocaleString("en-US")} files, against copying the index, \`add -u\` and \`write-tree\``,
        1.5,
        ratiosOf(times.large, times.staging),
      ),
      ratioAtMost(
        `${many.toLocaleString("en-US")} at once, against one \`fast-import\` of the same commits and refs`,
        1.5,
        ratiosOf(times.bulk, times.import),
      ),
      await compareWithDvc(scale),
      note("a save, small", ms(times.small)),
      note("a save, large", ms(times.large)),
      note("all at once", ms(times.bulk)),
    ],
  };
}

async function compareWithDvc(scale: Scale): Promise<Figure> {
  const what = "`dvc exp save` against `waymark exp save`, the whole command";
  const dvc = dvcProgram();
  if (dvc === undefined) return absent(what, "≥ 10 ×", "DVC is not installed");
  const cwd = await makeRepository(SMALL);
  await output([dvc, "init", "-q"], { cwd });
  await output(["git", "add", "--all"], { cwd });
  await output(["git", "commit", "--quiet", "--message", "data"], { cwd });
  let round = 0;
  const save = async (program: readonly string[], name: string): Promise<number> => {
    round += 1;
    writeFileSync(join(cwd, "train.js"), `// round ${round}\n`);
    return timeProgram([...program, "exp", "save", "-n", `${name}-${round}`], cwd, IDENTITY);
  };
  const { theirs, ours } = await alternate(scale.rounds, {
    theirs: async () => save([dvc], "theirs"),
    ours: async () => save([process.execPath, BIN], "ours"),
  });
  return ratioAtLeast(what, 10, ratiosOf(theirs, ours));
}
