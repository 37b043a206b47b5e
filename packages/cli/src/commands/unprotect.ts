import { resolve } from "node:path";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";

export const command = defineCommand({
  summary: "Make linked files safe to edit",
  details: "Files that share their bytes with the cache (hard or symbolic links) become copies that can be written.",
  arguments: [{ name: "<target...>", description: "files and folders" }],
  options: [],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, context }) {
    const { openDvcProject, unprotectData, withProjectLock } = await import("@waymark/pipeline");
    const { cwd, env } = context;
    const project = openDvcProject(cwd, env);
    await withProjectLock(project, async () => {
      for (const target of args) unprotectData(resolve(cwd, target));
    });
  },
});
