import { dirname, join } from "node:path";
import { defineCommand } from "../../command.ts";
import {
  CONFIG_EXIT_CODES,
  LEVEL_OPTIONS,
  chosenLevel,
  findTarget,
  type LevelOptions,
} from "../remote/level-options.ts";

interface DirOptions extends LevelOptions {
  readonly unset?: boolean;
}

export const command = defineCommand<DirOptions>({
  summary: "Print or set the folder of the cache",
  details: "A path that is relative is taken from here, and kept relative to the file of the configuration.",
  arguments: [{ name: "[path]", description: "the folder; without it, the current one is printed" }],
  options: [...LEVEL_OPTIONS, { flags: "-u, --unset", description: "go back to .dvc/cache" }],
  examples: [{ line: "waymark cache dir /mnt/fast/cache --local", does: "keep data on another disk" }],
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const store = await import("@waymark/store");
    const target = await findTarget(options, context);
    const { dvcDir, env, level } = target;
    const chosen = chosenLevel(options);
    const path = args[0];
    if (path !== undefined && options.unset !== true) {
      const file = store.configPath(level, dvcDir, env);
      const stored = file === undefined ? path : store.storedConfigPath(path, context.cwd, dirname(file));
      store.changeConfigFile(target, (text) => store.editConfigFile(text, "cache", "dir", stored));
      return;
    }
    const isReading = options.unset !== true;
    const levels = chosen === undefined && isReading ? {} : { levels: [level] };
    const current = store.readConfig(dvcDir, env, { ...levels, isUnchecked: true }).text("cache", "dir");
    if (isReading && current === undefined && chosen === undefined && dvcDir !== undefined) {
      context.ui.line(join(dvcDir, "cache"));
    } else if (current === undefined) {
      const place = store.configPath(level, dvcDir, env) ?? level;
      throw new store.CacheConfigError("'cache.dir' is not set", place, "Set it: `waymark cache dir PATH`.");
    } else if (isReading) context.ui.line(current);
    else store.changeConfigFile(target, (text) => store.editConfigFile(text, "cache", "dir", undefined));
  },
});
