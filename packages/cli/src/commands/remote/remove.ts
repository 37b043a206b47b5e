import { defineCommand } from "../../command.ts";
import { CONFIG_EXIT_CODES, LEVEL_OPTIONS, findTarget, type LevelOptions } from "./level-options.ts";

export const command = defineCommand<LevelOptions>({
  summary: "Remove a storage remote from the configuration",
  details: "What it holds stays there. If it is the default remote, there is none afterwards.",
  arguments: [{ name: "<name>", description: "name of the remote" }],
  options: LEVEL_OPTIONS,
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const { removeRemote } = await import("@waymark/store");
    removeRemote(await findTarget(options, context), args[0] ?? "");
  },
});
