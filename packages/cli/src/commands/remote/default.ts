import { defineCommand } from "../../command.ts";
import { CONFIG_EXIT_CODES, LEVEL_OPTIONS, chosenLevel, findTarget, type LevelOptions } from "./level-options.ts";

interface DefaultOptions extends LevelOptions {
  readonly unset?: boolean;
}

export const command = defineCommand<DefaultOptions>({
  summary: "Set, unset or print the default remote",
  arguments: [{ name: "[name]", description: "name of the remote; without it, the default one is printed" }],
  options: [...LEVEL_OPTIONS, { flags: "-u, --unset", description: "have no default remote" }],
  examples: [{ line: "waymark remote default storage", does: "push to and pull from this one unless told otherwise" }],
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const { readConfig, setDefaultRemote } = await import("@waymark/store");
    const target = await findTarget(options, context);
    const name = args[0];
    if (name !== undefined || options.unset === true) {
      setDefaultRemote(target, options.unset === true ? undefined : name);
      return 0;
    }
    const level = chosenLevel(options);
    const levels = level === undefined ? {} : { levels: [level] };
    const current = readConfig(target.dvcDir, target.env, { ...levels, isUnchecked: true }).defaultRemote;
    context.ui.line(current ?? "No default remote set");
    return current === undefined ? 1 : 0;
  },
});
