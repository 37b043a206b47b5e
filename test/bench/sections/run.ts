import { measureOverhead } from "../run/overhead.ts";
import { measureQueue, measureSweep } from "../run/queue.ts";
import { measureStartElsewhere } from "../run/start-elsewhere.ts";
import type { Section } from "../section.ts";

/** Rows R1 to R4: what it takes before and after the work of a run. */
export const run: Section = {
  name: "run",
  title: "Run",
  bare: "Git's own command for the same result, and the command that is run by itself",
  async *measure(scale) {
    yield await measureOverhead(scale);
    yield await measureQueue(scale);
    yield await measureStartElsewhere(scale);
    yield await measureSweep(scale);
  },
};
