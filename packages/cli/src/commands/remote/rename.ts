import { defineCommand } from "../../command.ts";
import { CONFIG_EXIT_CODES, LEVEL_OPTIONS, findTarget, type LevelOptions } from "./level-options.ts";

export const command = defineCommand<LevelOptions>({
  summary: "Give a storage remote another name",
  arguments: [
    { name: "<name>", description: "name of the remote" },
    { name: "<new>", description: "its new name" },
  ],
  options: LEVEL_OPTIONS,
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const { renameRemote } = await import("@waymark/store");
    renameRemote(await findTarget(options, context), args[0] ?? "", args[1] ?? "");
  },
});
