import { dirname } from "node:path";
import { defineCommand } from "../../command.ts";
import { CONFIG_EXIT_CODES, LEVEL_OPTIONS, findTarget, type LevelOptions } from "./level-options.ts";

interface AddOptions extends LevelOptions {
  readonly default?: boolean;
  readonly force?: boolean;
}

export const command = defineCommand<AddOptions>({
  summary: "Add a storage remote for data",
  details:
    "A path that is relative is taken from here, and kept relative to the file of the configuration. Names are in lower case.",
  arguments: [
    { name: "<name>", description: "name of the remote" },
    { name: "<url>", description: "a path, or s3://, ssh://, http(s)://, webdav(s)://, webhdfs://, remote://NAME/…" },
  ],
  options: [
    ...LEVEL_OPTIONS,
    { flags: "-d, --default", description: "make it the default remote" },
    { flags: "-f, --force", description: "replace a remote of the same name with all of its settings" },
  ],
  examples: [
    { line: "waymark remote add -d storage s3://bucket/project", does: "keep data in a bucket" },
    { line: "waymark remote add share /mnt/share/project", does: "keep data in a folder" },
  ],
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const { addRemote, configPath, storedConfigPath } = await import("@waymark/store");
    const [name = "", url = ""] = args;
    const target = await findTarget(options, context);
    const file = configPath(target.level, target.dvcDir, target.env);
    addRemote(target, {
      name,
      url: file === undefined ? url : storedConfigPath(url, context.cwd, dirname(file)),
      isDefault: options.default ?? false,
      isForced: options.force ?? false,
    });
    if (options.default === true) context.ui.line(`Setting '${name.toLowerCase()}' as a default remote.`);
  },
});
