import type { Ui } from "./ui.ts";

/** What a command exits with when it does not succeed. */
export interface ExitCodes {
  /** A handled error: an experiment that does not exist, a file that cannot be read. */
  readonly failed: number;
  /** Wrong usage: an unknown option, a missing argument, a value that cannot be read. */
  readonly usage: number;
  /** The current folder is in no repository. */
  readonly noRepository: number;
  /** The configuration of the project cannot be used. Default: as {@link failed}. */
  readonly badConfig?: number;
  /** Data that DVC stumbles over rather than refuses. Default: as {@link failed}. */
  readonly unforeseen?: number;
  /** Another process works on the project, and goes on to. Default: as {@link failed}. */
  readonly locked?: number;
}

/** Exit codes of the verbs that only Waymark has. */
export const OWN_EXIT_CODES: ExitCodes = { failed: 1, usage: 2, noRepository: 1 };
/** Exit codes of the verbs that DVC has too, so that scripts written for it keep working. */
export const DVC_EXIT_CODES: ExitCodes = { failed: 255, usage: 254, noRepository: 253, badConfig: 251 };
/** DVC's `exp save`, `exp show` and `exp diff` answer 1 where its other verbs answer 255. */
export const DVC_SOFT_EXIT_CODES: ExitCodes = {
  ...DVC_EXIT_CODES,
  failed: 1,
  unforeseen: 255,
};

/** A positional argument. */
export interface CommandArgument {
  /** `<name>` is required, `[name]` optional, and `<name...>` or `[name...]` takes the rest. */
  readonly name: string;
  readonly description: string;
}

/** An option, in commander's grammar. */
export interface CommandOption {
  /** For example `-p, --port <number>`, `--json` or `--no-open`. */
  readonly flags: string;
  readonly description: string;
  /** Value when the option is not given. Leave it out for `undefined`. */
  readonly defaultValue?: unknown;
  /** The only values accepted. */
  readonly choices?: readonly string[];
  /** Turns the text into a value; throws {@link UsageError} when it cannot. */
  readonly parse?: (text: string) => unknown;
  /** May be given several times; the value is then an array, in the order given. */
  readonly isRepeatable?: boolean;
  /** The command cannot go without it. */
  readonly isMandatory?: boolean;
  /** Accepted, for compatibility, but not shown in help. */
  readonly isHidden?: boolean;
}

/** Everything a command is given. `options` has camelCase keys: `--no-open` is `open: false`. */
export interface CommandInput<Options> {
  /** Positional arguments in order; a variadic one is spread at the end. */
  readonly args: readonly string[];
  readonly options: Options;
  /** What stands behind `--`, of a command that says `endsAtDashes`; `undefined` without `--`. */
  readonly commandLine?: readonly string[] | undefined;
  readonly context: CommandContext;
}

/** The world a command may touch. Libraries get from here what they need as arguments. */
export interface CommandContext {
  /** Absolute path of the folder to work in: the process's, or the one given with `--cd`. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ui: Ui;
  /**
   * Aborted by the first Ctrl-C (SIGINT) or SIGTERM; the second ends the process at once. A command that never reads
   * this property is ended by the first one, as any program is.
   */
  readonly signal: AbortSignal;
  /** True with `-q`. Narration is silent then anyway; a few verbs of DVC answer by their exit code alone. */
  readonly isQuiet: boolean;
  /** True with `-v`: handled errors are printed with their stack. */
  readonly isVerbose: boolean;
}

/**
 * One command, in one file `commands/<group>/<name>.ts` that exports it as `command`. The file itself imports nothing
 * heavy: `run` imports what it needs, so that help stays quick. `catalog.ts` lists it.
 */
export interface Command<Options = Readonly<Record<string, unknown>>> {
  /** One line without a period. It is the line of the catalog, too. */
  readonly summary: string;
  /** Paragraphs below the summary in `--help` and in the reference. */
  readonly details?: string;
  readonly arguments?: readonly CommandArgument[];
  /** The arguments are a command line of their own: what looks like an option after the first of them is one of them. */
  readonly takesCommandLine?: boolean;
  /** What follows `--` is a command line of its own, and none of the arguments. */
  readonly endsAtDashes?: boolean;
  /**
   * What it does is worth more than what it says: it goes on when nobody reads that any more (`| head`). Others end.
   */
  readonly goesOnUnread?: boolean;
  readonly options: readonly CommandOption[];
  /** Lines to type, each with what it does. */
  readonly examples?: readonly { readonly line: string; readonly does: string }[];
  /** {@link OWN_EXIT_CODES} unless given. */
  readonly exitCodes?: ExitCodes;
  /** @returns The exit code; nothing is 0. Errors are thrown, and printed by the frame. */
  run(input: CommandInput<Options>): Promise<number | undefined | void>;
}

/** Gives a command the type of its options. */
export function defineCommand<Options = Readonly<Record<string, unknown>>>(
  command: Command<Options>,
): Command<Options> {
  return command;
}
