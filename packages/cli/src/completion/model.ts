import { GROUPS, type CatalogEntry } from "../catalog.ts";
import type { CommandOption } from "../command.ts";

/** What can be typed at a place: names that a command of ours lists, settings, or files. */
export type CompletionKind = "files" | "remotes" | "experiments" | "stages" | "settings";

/** An option as a shell completes it. */
export interface CompletedOption {
  /** `-q` and `--quiet`, or one of them. */
  readonly flags: readonly string[];
  readonly description: string;
  /** What its value can be; `undefined` for an option without a value. */
  readonly value: { readonly choices: readonly string[] } | { readonly kind: CompletionKind } | undefined;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly path: readonly string[];
  /** Other words for the same command. */
  readonly aliases: readonly (readonly string[])[];
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its arguments can be; `undefined` when it takes none. */
  readonly argument: CompletionKind | undefined;
}

/** Everything that can be typed. */
export interface CompletionModel {
  readonly commands: readonly CompletedCommand[];
  /** Groups with their summaries, in the order of the help page. */
  readonly groups: readonly (readonly [name: string, summary: string])[];
  /** Options before the command. */
  readonly globals: readonly CompletedOption[];
  /** Names that `config` sets. */
  readonly settings: readonly string[];
}

const COMMON: readonly CompletedOption[] = [
  { flags: ["-h", "--help"], description: "print help", value: undefined },
  { flags: ["-q", "--quiet"], description: "print data and errors only", value: undefined },
  { flags: ["-v", "--verbose"], description: "print the stack of an error, too", value: undefined },
];

/** Collects what can be typed from the catalog: every command, option and choice that help shows. */
export async function collectCompletions(
  catalog: readonly CatalogEntry[],
  settings: readonly string[],
): Promise<CompletionModel> {
  const commands = await Promise.all(
    catalog.map(async ({ path, alias, summary, load }): Promise<CompletedCommand> => {
      const { command } = await load();
      const shown = command.options.filter(({ isHidden }) => isHidden !== true);
      const [first] = command.arguments ?? [];
      return {
        ...{ path, summary, aliases: alias === undefined ? [] : [alias] },
        options: [...shown.map(completeOption), ...COMMON],
        argument: first === undefined ? undefined : argumentKind(path, first.name),
      };
    }),
  );
  return {
    commands,
    groups: Object.entries(GROUPS),
    globals: [
      { flags: ["--cd"], description: "work in another folder", value: { kind: "files" } },
      ...COMMON,
      { flags: ["-V", "--version"], description: "print the version", value: undefined },
    ],
    settings,
  };
}

/** Every way to type a command, its own words first. */
export function spellings({ path, aliases }: CompletedCommand): readonly (readonly string[])[] {
  return [path, ...aliases];
}

/** The words that may stand first, with what they do: commands of one word and groups. */
export function firstWords(model: CompletionModel): readonly (readonly [word: string, summary: string])[] {
  const words = new Map<string, string>(model.groups);
  for (const command of model.commands) {
    for (const [first = "", ...more] of spellings(command)) if (more.length === 0) words.set(first, command.summary);
  }
  return [...words].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The words that may follow the name of a group. */
export function groupWords(
  model: CompletionModel,
  group: string,
): readonly (readonly [word: string, summary: string])[] {
  return model.commands.flatMap((command) =>
    spellings(command).flatMap(([first, second]) =>
      first === group && second !== undefined ? [[second, command.summary] as const] : [],
    ),
  );
}

function completeOption({ flags: text, description, choices }: CommandOption): CompletedOption {
  const [words = "", value] = text.split(/ (?=[<[])/u);
  const flags = words.split(", ");
  if (value === undefined) return { flags, description, value: undefined };
  const kind = flags.includes("--remote") ? "remotes" : "files";
  return { flags, description, value: choices === undefined ? { kind } : { choices } };
}

function argumentKind([first, second]: readonly string[], name: string): CompletionKind {
  const word = name.replace(/[<>[\].]/gu, "");
  if (first === "config") return "settings";
  if (first === "remote" && second !== "add") return "remotes";
  if (first === "exp" && ["experiment", "name", "revision"].includes(word)) return "experiments";
  return ["repro", "freeze", "unfreeze", "status"].includes(first ?? "") ? "stages" : "files";
}
