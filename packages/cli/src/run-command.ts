import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, type CommandContext, OWN_EXIT_CODES } from "./command.ts";
import type { Dispatch } from "./dispatch.ts";
import { createInterrupt } from "./interrupt.ts";
import type { MainEnvironment } from "./main.ts";
import { parseCommand } from "./parse-command.ts";
import { BUG_EXIT_CODE, exitCodeOf, formatError, INTERRUPTED_EXIT_CODE } from "./report-error.ts";
import { createUi, wantsColor } from "./ui.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Loads a command, reads its options, runs it, and prints the error that ended it.
 *
 * @returns The exit code: the command's own, or what its error means, or 130 after Ctrl-C, or 255 for a bug.
 */
export async function runCommand(
  target: Extract<Dispatch, { kind: "command" }>,
  environment: MainEnvironment,
): Promise<number> {
  const { entry, rest, global } = target;
  const { stdout, stderr, env } = environment;
  const hasErrorColor = wantsColor(stderr, env);
  const interrupt = createInterrupt(INTERRUPTED_EXIT_CODE);
  let isVerbose = global.isVerbose;
  let command: Command | undefined;
  try {
    ({ command } = await entry.load());
    const parsed = parseCommand(entry.path, command, rest);
    if (parsed.kind === "help") {
      stdout.write(parsed.text);
      return 0;
    }
    const { quiet, verbose, ...options } = parsed.options;
    isVerbose ||= verbose === true;
    const isQuiet = global.isQuiet || quiet === true;
    if (command.goesOnUnread === true) environment.goOnUnread?.();
    const context: CommandContext = {
      cwd: resolveFolder(environment.cwd, global.cd),
      env,
      ui: createUi({ stdout, stderr, env, isQuiet }),
      get signal() {
        return interrupt.signal;
      },
      isQuiet,
      isVerbose,
    };
    const code = await command.run({ args: parsed.args, options, commandLine: parsed.commandLine, context });
    return interrupt.wasInterrupted ? INTERRUPTED_EXIT_CODE : (code ?? 0);
  } catch (error) {
    if (interrupt.wasInterrupted) return INTERRUPTED_EXIT_CODE;
    stderr.write(formatError(error, { hasColor: hasErrorColor, isVerbose }));
    return command === undefined ? BUG_EXIT_CODE : exitCodeOf(error, command.exitCodes ?? OWN_EXIT_CODES);
  } finally {
    interrupt.close();
  }
}

function resolveFolder(cwd: string, cd: string | undefined): string {
  if (cd === undefined) return cwd;
  const folder = resolve(cwd, cd);
  if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
    throw new UsageError(`There is no folder '${folder}'`, { hint: "`--cd` takes the folder to work in." });
  }
  return folder;
}
