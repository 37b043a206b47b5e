import { countProcesses } from "../checkpoint/processes.ts";
import { measureLargeFile } from "../checkpoint/large-file.ts";
import { measureLongRun } from "../checkpoint/long-run.ts";
import { measureSteadyState } from "../checkpoint/steady-state.ts";
import type { Section } from "../section.ts";

/** Rows C1 to C5: what checkpoints cost. */
export const checkpoint: Section = {
  name: "checkpoint",
  title: "Checkpoint",
  bare: "four Git commands as durable as a checkpoint (`core.fsync=committed`): `update-index` on a warm private index, which also hashes and writes what changed as `hash-object -w` does, `write-tree`, `commit-tree`, `update-ref`",
  async *measure(scale) {
    yield* measureSteadyState(scale, await countProcesses());
    yield await measureLargeFile(scale);
    yield* measureLongRun(scale);
  },
};
