import { alternate, formatQuantity, spreadOf } from "../measure.ts";
import { note, quantityAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker } from "../worker.ts";
import { makeRepository } from "./repository.ts";
import type { CheckpointsResult } from "./steady-state.ts";

const STEPS_BETWEEN = 100;

/** Rows C4 and C5: a run that has gone on for long. */
export async function* measureLongRun(scale: Scale): AsyncGenerator<Row> {
  const count = scaled(scale, 1000, 20);
  const cwd = await makeRepository(20);
  const before = await packedKilobytes(cwd);
  const work = {
    ...{ tracker: "waymark", count, warmUp: 0, modelBytes: 100_000, stepsBetween: STEPS_BETWEEN },
    isSilentEnd: true,
  };
  const made = await runWorker<CheckpointsResult>("checkpoints.mjs", work, { cwd });
  const { resume } = await alternate(scale.rounds, {
    resume: async () => runWorker<{ readonly elapsedMs: number; readonly step: number }>("resume.mjs", {}, { cwd }),
  });
  const steps = count * STEPS_BETWEEN;
  const wrong = resume.find(({ step }) => step !== steps);
  if (wrong !== undefined) throw new Error(`Resumed at step ${wrong.step} instead of ${steps}`);
  yield {
    id: "C4",
    work: `resuming a run of ${count.toLocaleString("en-US")} checkpoints and ${steps.toLocaleString("en-US")} steps, the file of 100 kB restored`,
    figures: [
      quantityAtMost("until the loop goes on", 1, "s", spreadOf(resume.map(({ elapsedMs }) => elapsedMs / 1000))),
      note("a checkpoint of that run, median", formatQuantity(spreadOf([made.medianMs]), "ms")),
    ],
  };
  const perCheckpoint = ((await packedKilobytes(cwd)) - before) / count;
  yield {
    id: "C5",
    work: `what ${count.toLocaleString("en-US")} checkpoints of that run add to the repository, after \`git gc\``,
    figures: [quantityAtMost("per checkpoint, beside the checkpoint files", 5, "kB", spreadOf([perCheckpoint]))],
  };
}

/** Size of a repository after maintenance. */
async function packedKilobytes(cwd: string): Promise<number> {
  await output(["git", "gc", "--quiet", "--prune=now"], { cwd });
  const report = await output(["git", "count-objects", "-v"], { cwd });
  const sizes = [...report.matchAll(/^size(?:-pack)?: (\d+)$/gmu)].map(([, size]) => Number(size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
