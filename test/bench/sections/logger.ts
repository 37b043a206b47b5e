import { measurePoints } from "../logger/points.ts";
import { countLoggerCalls } from "../logger/calls.ts";
import { measureImport } from "../logger/import-cost.ts";
import { measureSteps } from "../logger/steps.ts";
import { measureManySeries } from "../logger/many-series.ts";
import { measureTraining } from "../logger/training.ts";
import type { Row } from "../row.ts";
import { note } from "../row.ts";
import type { Section } from "../section.ts";

/** Rows L1 to L8: what logging costs. */
export const logger: Section = {
  name: "logger",
  title: "Logger",
  bare: "format and append the same bytes to a buffer per series that is flushed at 64 KiB; where a step has to be visible, one `writeSync` per series on open files",
  async *measure(scale) {
    yield* measurePoints(scale);
    yield* measureSteps(scale);
    yield await measureManySeries(scale);
    yield pythonClient;
    yield await measureTraining(scale);
    yield await measureImport(scale);
    yield await countLoggerCalls();
  },
};

const pythonClient: Row = {
  id: "L5",
  work: "Python client: the work of L1 and L2, and its import",
  figures: [note("the Python client", "not part of this version")],
};
