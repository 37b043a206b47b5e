import { dirname } from "node:path";
import { defineCommand } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";
import { CONFIG_EXIT_CODES, LEVEL_OPTIONS, findTarget, type LevelOptions, warnOfSecret } from "./level-options.ts";

interface ModifyOptions extends LevelOptions {
  readonly unset?: boolean;
}

export const command = defineCommand<ModifyOptions>({
  summary: "Set or unset a setting of a remote",
  details: "Passwords and keys belong into --local or --global: Git keeps neither file.",
  arguments: [
    { name: "<name>", description: "name of the remote" },
    { name: "<option>", description: "the setting: url, user, endpointurl, profile, …" },
    { name: "[value]", description: "its value" },
  ],
  options: [...LEVEL_OPTIONS, { flags: "-u, --unset", description: "remove the setting" }],
  examples: [
    {
      line: "waymark remote modify storage endpointurl https://minio.example.org",
      does: "use a server that speaks S3",
    },
    { line: "waymark remote modify --local storage password …", does: "keep a password out of Git" },
  ],
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const { configPath, isPathKey, modifyRemote, storedConfigPath } = await import("@waymark/store");
    const [name = "", option = "", value] = args;
    if (value === undefined && options.unset !== true) {
      throw new UsageError(`There is no value for '${option}'`, { hint: "Give one, or remove it with `--unset`." });
    }
    const target = await findTarget(options, context);
    const file = configPath(target.level, target.dvcDir, target.env);
    const isPath = isPathKey("remote", option.toLowerCase()) && file !== undefined && value !== undefined;
    const stored = isPath ? storedConfigPath(value, context.cwd, dirname(file)) : value;
    modifyRemote(target, name, option, options.unset === true ? undefined : stored);
    if (options.unset !== true) await warnOfSecret(context, target, option);
  },
});
