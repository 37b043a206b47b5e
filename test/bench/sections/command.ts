import { measureSmallProject } from "../command/small-project.ts";
import { measureStartup } from "../command/startup.ts";
import type { Section } from "../section.ts";

/** Rows K1 and K2: what it takes to answer. */
export const command: Section = {
  name: "command",
  title: "Command",
  bare: "`node -e 0`, and the Git processes that a command starts, run by themselves",
  async *measure(scale) {
    yield await measureStartup(scale);
    yield await measureSmallProject(scale);
  },
};
