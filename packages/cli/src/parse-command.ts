import { Command as Parser, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Command, CommandOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** A parsed command line of one command. */
export type ParsedCommand =
  | { readonly kind: "help"; readonly text: string }
  | {
      readonly kind: "run";
      readonly args: readonly string[];
      readonly options: Readonly<Record<string, unknown>>;
      readonly commandLine: readonly string[] | undefined;
    };

/** Options that every command takes. */
const COMMON_OPTIONS: readonly CommandOption[] = [
  { flags: "-q, --quiet", description: "print data and errors only" },
  { flags: "-v, --verbose", description: "print the stack of an error, too" },
];

/**
 * Reads what follows a command's name.
 *
 * @param path - The command's words, for its help.
 * @throws {@link UsageError} for an unknown option, a missing or surplus argument, or a value that cannot be read.
 */
export function parseCommand(path: readonly string[], command: Command, words: readonly string[]): ParsedCommand {
  const parser = buildParser(path, command);
  const dashes = command.endsAtDashes === true ? words.indexOf("--") : -1;
  const own = dashes === -1 ? words : words.slice(0, dashes);
  let help = "";
  parser.configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  try {
    parser.parse(own, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { kind: "help", text: help };
    throw asUsageError(error, path);
  }
  const commandLine = dashes === -1 ? undefined : words.slice(dashes + 1);
  return { kind: "run", args: parser.args, options: parser.opts(), commandLine };
}

/** Formats a command's help as `--help` prints it, in lines of 80 columns. */
export function formatCommandHelp(path: readonly string[], command: Command): string {
  return buildParser(path, command).configureHelp({ helpWidth: 80 }).helpInformation() + formatExamples(command);
}

function buildParser(path: readonly string[], command: Command): Parser {
  const parser = new Parser(`waymark ${path.join(" ")}`)
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption("-h, --help", "print this help")
    .description(command.details === undefined ? `${command.summary}.` : `${command.summary}.\n\n${command.details}`)
    .addHelpText("after", formatExamples(command).trimEnd());
  if (command.takesCommandLine === true) parser.passThroughOptions();
  for (const argument of command.arguments ?? []) parser.argument(argument.name, argument.description);
  for (const option of [...command.options, ...COMMON_OPTIONS]) parser.addOption(buildOption(option));
  return parser;
}

function buildOption(definition: CommandOption): Option {
  const option = new Option(definition.flags, definition.description);
  if (definition.defaultValue !== undefined) option.default(definition.defaultValue);
  if (definition.choices !== undefined) option.choices([...definition.choices]);
  if (definition.isHidden === true) option.hideHelp();
  if (definition.isMandatory === true) option.makeOptionMandatory();
  const { parse, isRepeatable = false } = definition;
  if (parse !== undefined || isRepeatable) {
    const given: unknown[] = [];
    option.argParser((text: string) => {
      const value = parse === undefined ? text : parseValue(parse, text);
      if (!isRepeatable) return value;
      given.push(value);
      return given;
    });
  }
  return option;
}

// Commander adds which option it was to an InvalidArgumentError, and to nothing else.
function parseValue(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function formatExamples(command: Command): string {
  if (command.examples === undefined || command.examples.length === 0) return "";
  const width = Math.max(...command.examples.map(({ line }) => line.length));
  const lines = command.examples.map(({ line, does }) => `  $ ${line.padEnd(width)}   ${does}`);
  return `\nExamples:\n${lines.join("\n")}\n`;
}

function asUsageError(error: CommanderError, path: readonly string[]): UsageError {
  const [first = "", ...more] = error.message.replace(/^error: /u, "").split("\n");
  const suggestion = /\(Did you mean (.+)\?\)/u.exec(more.join(" "))?.[1];
  const message = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/u, "");
  const hint =
    suggestion === undefined
      ? `Run \`waymark ${path.join(" ")} --help\` for what it takes.`
      : `Did you mean \`${suggestion}\`?`;
  return new UsageError(message, { hint });
}
