import type { CommandContext } from "../command.ts";
import { command as runCommand } from "../commands/exp/run.ts";
import { parseCommand } from "../parse-command.ts";

/**
 * Goes on with an experiment that `exp run` made.
 *
 * @param words - The arguments of `exp run` that made it.
 * @param selector - The checkpoint to go on from.
 */
export async function resumeRun(
  words: readonly string[],
  context: CommandContext,
  selector: string,
): Promise<number | undefined> {
  const parsed = parseCommand(["exp", "run"], runCommand, ["--rev", selector, ...words]);
  if (parsed.kind === "help") return undefined;
  const { args, commandLine } = parsed;
  // What began anew then goes on now.
  const options = { ...parsed.options, reset: false };
  return (await runCommand.run({ args, options, commandLine, context })) ?? undefined;
}
