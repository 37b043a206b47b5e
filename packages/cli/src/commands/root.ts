import { relative } from "node:path";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";

export const command = defineCommand({
  summary: "Print where the root of the project is, seen from here",
  options: [],
  exitCodes: DVC_EXIT_CODES,
  async run({ context }) {
    const { realpathSync } = await import("node:fs");
    const { openDvcProject } = await import("@waymark/pipeline");
    const { cwd, env, ui } = context;
    ui.line(relative(realpathSync(cwd), openDvcProject(cwd, env).root) || ".");
  },
});
