import { join } from "node:path";
import type { ConfigLevel, ConfigTarget } from "@waymark/store";
import { DVC_EXIT_CODES, type CommandContext, type CommandOption, type ExitCodes } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";

/** Which file a command of the configuration reads or writes. */
export interface LevelOptions {
  readonly global?: boolean;
  readonly system?: boolean;
  readonly project?: boolean;
  readonly local?: boolean;
}

/** The options behind {@link LevelOptions}. */
export const LEVEL_OPTIONS: readonly CommandOption[] = [
  { flags: "--global", description: "use the configuration of the user" },
  { flags: "--system", description: "use the configuration of the machine" },
  { flags: "--project", description: "use the configuration of the project, .dvc/config" },
  { flags: "--local", description: "use the configuration of this clone, .dvc/config.local" },
];

/** Exit codes of commands about the configuration: whatever goes wrong there is an error of it. */
export const CONFIG_EXIT_CODES: ExitCodes = { ...DVC_EXIT_CODES, failed: 251 };

const LEVELS: readonly (readonly [keyof LevelOptions, ConfigLevel])[] = [
  ["global", "global"],
  ["system", "system"],
  ["project", "repo"],
  ["local", "local"],
];

/**
 * Returns the level that was asked for.
 *
 * @throws {@link UsageError} when there is more than one.
 */
export function chosenLevel(options: LevelOptions): ConfigLevel | undefined {
  const chosen = LEVELS.filter(([name]) => options[name] === true);
  if (chosen.length > 1) {
    const names = chosen.map(([name]) => `'--${name}'`).join(" and ");
    throw new UsageError(`Options ${names} exclude each other`, { hint: "Give one of them." });
  }
  return chosen[0]?.[1];
}

/** Finds what a command of the configuration writes: the file of the level asked for, that of the project without. */
export async function findTarget(options: LevelOptions, context: CommandContext): Promise<ConfigTarget> {
  const { findDvcRoot } = await import("@waymark/store");
  const level = chosenLevel(options) ?? "repo";
  const root = findDvcRoot(context.cwd);
  return { dvcDir: root === undefined ? undefined : join(root, ".dvc"), level, env: context.env };
}

/** Warns of a secret that was written where Git keeps it. */
export async function warnOfSecret({ ui }: CommandContext, target: ConfigTarget, key: string): Promise<void> {
  const { isSecretKey } = await import("@waymark/store");
  if (target.level !== "repo" || !isSecretKey(key.toLowerCase())) return;
  ui.warn(`Git keeps .dvc/config, where '${key}' is now. Take it back with \`--unset\`, and set it with \`--local\`.`);
}
