import { BIN } from "../../support/cli.ts";
import { makeRepository } from "../checkpoint/repository.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, type Figure, note, quantityAtMost, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker, timeProgram } from "../worker.ts";

/** What the worker says of the work it did. */
interface QueueResult {
  readonly ms: number;
}

const FILES = 20;
/** DVC takes a minute and more for each. */
const PEER_TASKS = 1;

/** Row R2: what a task of the queue costs beside its command, with few and with many that wait. */
export async function measureQueue(scale: Scale): Promise<Row> {
  const [few, many] = [scaled(scale, 100, 5), scaled(scale, 10_000, 50)];
  const done = scaled(scale, 100, 5);
  const perTask = async (waiting: number): Promise<number> => {
    const cwd = await makeRepository(FILES);
    await runWorker<QueueResult>("queue.mjs", { way: "enqueue", count: waiting, tag: "t" }, { cwd });
    const { ms } = await runWorker<QueueResult>("queue.mjs", { way: "work", count: done, tag: "t" }, { cwd });
    return ms / done;
  };
  const times = await alternate(Math.min(scale.rounds, 3), {
    bare: async () => timeProgram(["true"], await makeRepository(FILES)),
    few: async () => perTask(few),
    many: async () => perTask(many),
  });
  const over = (values: readonly number[]): number[] => values.map((value, round) => value - (times.bare[round] ?? 0));
  return {
    id: "R2",
    work: "a task of the queue, from being claimed to being saved and settled, one after the other",
    figures: [
      quantityAtMost(`${few} in the queue, over the bare command`, 300, "ms", spreadOf(over(times.few))),
      ratioAtMost(
        `${many.toLocaleString("en-US")} in the queue, against ${few}`,
        1.5,
        ratiosOf(over(times.many), over(times.few)),
      ),
      await compareWithDvc(),
      note("the bare command", formatQuantity(spreadOf(times.bare), "ms")),
    ],
  };
}

/** Row R4: putting a sweep into the queue. */
export async function measureSweep(scale: Scale): Promise<Row> {
  const count = scaled(scale, 1000, 50);
  const run = async (way: string): Promise<number> => {
    return (await runWorker<QueueResult>("queue.mjs", { way, count, tag: "s" }, { cwd: await makeRepository(FILES) }))
      .ms;
  };
  const times = await alternate(scale.rounds, {
    import: async () => run("import"),
    enqueue: async () => run("enqueue"),
  });
  return {
    id: "R4",
    work: `queueing a sweep of ${count.toLocaleString("en-US")}; Node's start aside`,
    figures: [
      ratioAtMost("against one `fast-import` of the same commits and refs", 1.5, ratiosOf(times.enqueue, times.import)),
      await compareSweepWithDvc(scaled(scale, 1000, 4)),
      note("queueing", formatQuantity(spreadOf(times.enqueue), "ms")),
    ],
  };
}

async function compareWithDvc(): Promise<Figure> {
  const what = "a queued task of DVC, from start to end, against ours";
  const dvc = dvcProgram();
  if (dvc === undefined) return absent(what, "≥ 8 ×", "DVC is not installed");
  const run = async (program: readonly string[]): Promise<number> => {
    const cwd = await makePipeline();
    for (let at = 0; at < PEER_TASKS; at += 1)
      await output([...program, "exp", "run", "--queue", "-S", `lr=${at}`], { cwd });
    return (await timeProgram([...program, "exp", "run", "--run-all"], cwd)) / PEER_TASKS;
  };
  const ours = await run([process.execPath, BIN]);
  const theirs = await run([dvc]);
  return ratioAtLeast(what, 8, spreadOf([theirs / ours]), "one round");
}

async function compareSweepWithDvc(count: number): Promise<Figure> {
  const what = `DVC against ours, a sweep of ${count.toLocaleString("en-US")}, the whole command`;
  const dvc = dvcProgram();
  if (dvc === undefined) return absent(what, "≥ 50 ×", "DVC is not installed");
  const run = async (program: readonly string[]): Promise<number> => {
    const values = Array.from({ length: count }, (_, at) => at).join(",");
    return timeProgram([...program, "exp", "run", "--queue", "-S", `lr=${values}`], await makePipeline());
  };
  const ours = await run([process.execPath, BIN]);
  return ratioAtLeast(what, 50, spreadOf([(await run([dvc])) / ours]), "one round");
}

async function makePipeline(): Promise<string> {
  const cwd = await makeRepository(FILES);
  const shell = async (line: string): Promise<unknown> => output(["/bin/sh", "-c", line], { cwd });
  await output([process.execPath, BIN, "init", "--quiet"], { cwd });
  await shell("echo 'lr: 0' > params.yaml");
  await shell(
    "printf 'stages:\\n  only:\\n    cmd: cat params.yaml > out.txt\\n    params: [lr]\\n    outs: [out.txt]\\n' > dvc.yaml",
  );
  await shell("git add -A && git commit -qm pipeline");
  return cwd;
}
