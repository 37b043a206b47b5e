import { dirname } from "node:path";
import type { ConfigLevel, ConfigSetting, ConfigTarget } from "@waymark/store";
import { CommandError } from "../command-error.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";
import {
  CONFIG_EXIT_CODES,
  LEVEL_OPTIONS,
  chosenLevel,
  findTarget,
  type LevelOptions,
  warnOfSecret,
} from "./remote/level-options.ts";

interface ConfigOptions extends LevelOptions {
  readonly unset?: boolean;
  readonly list?: boolean;
  readonly showOrigin?: boolean;
}

/** A setting as `config` names it. */
interface SettingName {
  /** As in the file: `core`, `remote "NAME"`. */
  readonly section: string;
  /** As typed, for messages. */
  readonly shown: string;
  readonly kind: string;
  readonly key: string;
}

export const command = defineCommand<ConfigOptions>({
  summary: "Get or set configuration options",
  details:
    "Without a level, an option is written to the configuration of the project and looked for in all of them. This command, and no other, prints passwords.",
  arguments: [
    { name: "[name]", description: "section.option, remote.NAME.option or db.NAME.option" },
    { name: "[value]", description: "its new value; without it, the value is printed" },
  ],
  options: [
    ...LEVEL_OPTIONS,
    { flags: "-u, --unset", description: "remove the option" },
    { flags: "-l, --list", description: "print every option that is set" },
    { flags: "--show-origin", description: "print the file each value stands in" },
  ],
  examples: [
    { line: "waymark config cache.type hardlink,copy", does: "link files of the workspace to the cache" },
    { line: "waymark config -l --show-origin", does: "see what is set, and where" },
  ],
  exitCodes: CONFIG_EXIT_CODES,
  async run({ args, options, context }) {
    const [name, value] = args;
    const isWriting = value !== undefined || options.unset === true;
    if (options.showOrigin === true && isWriting) {
      throw new CommandError(1, "'--show-origin' only goes with reading", "Leave it out, or the value and `--unset`.");
    }
    if (options.list === true) {
      if (name !== undefined || isWriting) {
        throw new CommandError(1, "'--list' prints every option", "Leave out the name, the value and `--unset`.");
      }
      return list(options, context);
    }
    if (name === undefined) {
      throw new CommandError(1, "There is no name of an option", "Type one, such as `core.remote`, or `--list`.");
    }
    const setting = parseName(name);
    const target = await findTarget(options, context);
    if (isWriting) await write(target, setting, options.unset === true ? undefined : value, context);
    else await print(target, setting, options, context);
  },
});

async function list(options: ConfigOptions, context: CommandContext): Promise<void> {
  const { readConfig, splitSectionName } = await import("@waymark/store");
  const target = await findTarget(options, context);
  for (const level of await readableLevels(target, options)) {
    const { sections } = readConfig(target.dvcDir, target.env, { levels: [level], isUnchecked: true });
    // DVC keeps what has a name apart, and lists it first.
    const named = (section: string): number => (splitSectionName(section).name === undefined ? 1 : 0);
    for (const [section, settings] of [...sections].toSorted(([a], [b]) => named(a) - named(b))) {
      const { kind, name } = splitSectionName(section);
      const prefix = name === undefined ? kind : `${kind}.${name}`;
      for (const [key, setting] of settings) {
        context.ui.line(`${origin(setting, target, options)}${prefix}.${key}=${shownValue(setting)}`);
      }
    }
  }
}

async function print(
  target: ConfigTarget,
  name: SettingName,
  options: ConfigOptions,
  context: CommandContext,
): Promise<void> {
  const { readConfig } = await import("@waymark/store");
  for (const level of (await readableLevels(target, options)).toReversed()) {
    const config = readConfig(target.dvcDir, target.env, { levels: [level], isUnchecked: true });
    const setting = config.setting(name.section, name.key);
    if (setting !== undefined) {
      context.ui.line(`${origin(setting, target, options)}${shownValue(setting)}`);
      return;
    }
  }
  if (chosenLevel(options) !== undefined) throw await notSet(target, name);
}

async function write(
  target: ConfigTarget,
  name: SettingName,
  value: string | undefined,
  context: CommandContext,
): Promise<void> {
  const { changeConfigFile, configPath, editConfigFile, isPathKey, readConfig, storedConfigPath } =
    await import("@waymark/store");
  if (value === undefined) {
    const config = readConfig(target.dvcDir, target.env, { levels: [target.level], isUnchecked: true });
    if (config.setting(name.section, name.key) === undefined) throw await notSet(target, name);
  }
  const file = configPath(target.level, target.dvcDir, target.env);
  const isPath = value !== undefined && file !== undefined && isPathKey(name.kind, name.key);
  const stored = isPath ? storedConfigPath(value, context.cwd, dirname(file)) : value;
  changeConfigFile(target, (text) => editConfigFile(text, name.section, name.key, stored));
  if (value !== undefined) await warnOfSecret(context, target, name.key);
  if (name.section === "cache" && name.key === "type") {
    context.ui.note("Files that are linked already change with `waymark checkout --relink`.");
  }
}

/** @throws {@link UsageError} for anything but `section.option` and `remote.NAME.option`. */
function parseName(text: string): SettingName {
  const match = /^(?:(remote|db)\.)?([^.]*)\.([^.]*)$/u.exec(text);
  if (match === null) {
    throw new UsageError(`'${text}' is not the name of an option`, {
      hint: "Names look like section.option, remote.NAME.option or db.NAME.option.",
    });
  }
  const [, kind, section = "", key = ""] = match;
  const name = section.toLowerCase();
  return {
    section: kind === undefined ? name : `${kind} "${name}"`,
    shown: text,
    kind: kind ?? name,
    key: key.toLowerCase(),
  };
}

async function readableLevels(target: ConfigTarget, options: ConfigOptions): Promise<readonly ConfigLevel[]> {
  const { CONFIG_LEVELS, CacheConfigError, configPath } = await import("@waymark/store");
  const chosen = chosenLevel(options);
  const exists = (level: ConfigLevel): boolean => configPath(level, target.dvcDir, target.env) !== undefined;
  if (chosen === undefined) return CONFIG_LEVELS.filter(exists);
  if (exists(chosen)) return [chosen];
  throw new CacheConfigError("this is no DVC project", target.level, "Use --global, or go into one.");
}

async function notSet(target: ConfigTarget, name: SettingName): Promise<Error> {
  const { CacheConfigError, configPath } = await import("@waymark/store");
  const place = configPath(target.level, target.dvcDir, target.env) ?? target.level;
  return new CacheConfigError(`'${name.shown}' is not set`, place, "See what is: `waymark config --list`.");
}

/** The file of a setting and a tab, when asked for: relative to the project where it is one of its own. */
function origin(setting: ConfigSetting, target: ConfigTarget, options: ConfigOptions): string {
  if (options.showOrigin !== true) return "";
  const { path, level } = setting;
  const isOwn = (level === "repo" || level === "local") && target.dvcDir !== undefined;
  return `${isOwn ? path.slice(target.dvcDir.length - ".dvc".length) : path}\t`;
}

/** Text as it is; a list as Python prints it, which is what DVC shows. */
function shownValue({ value }: ConfigSetting): string {
  if (typeof value === "string") return value;
  return `[${value.map((item) => `'${item}'`).join(", ")}]`;
}
