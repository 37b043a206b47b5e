import { GROUPS, type CatalogEntry } from "./catalog.ts";
import { suggestWords } from "@waymark/core/suggest";

/** What may be typed before the command. */
export interface GlobalOptions {
  /** Folder to work in, as given with `--cd`. */
  readonly cd?: string;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
}

/** What a command line asks for. */
export type Dispatch =
  | { readonly kind: "version" }
  | { readonly kind: "help" }
  | { readonly kind: "group-help"; readonly group: string; readonly exitCode: number }
  | { readonly kind: "usage"; readonly message: string; readonly hint: string | undefined; readonly exitCode: number }
  | {
      readonly kind: "command";
      readonly entry: CatalogEntry;
      /** What follows the command's own words. */
      readonly rest: readonly string[];
      readonly global: GlobalOptions;
    };

/**
 * Finds the command that a command line means, without loading it.
 *
 * Options before the command are global ones; everything after it is the command's. `help exp show` is
 * `exp show --help`. A group alone shows its help, and is bad usage, as in DVC; `experiments` is `exp`.
 */
export function dispatch(argv: readonly string[], catalog: readonly CatalogEntry[]): Dispatch {
  let cd: string | undefined;
  let isQuiet = false;
  let isVerbose = false;
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index] as string;
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--version" || word === "-V") return { kind: "version" };
    if (word === "--help" || word === "-h") return { kind: "help" };
    if (word === "--quiet" || word === "-q") isQuiet = true;
    else if (word === "--verbose" || word === "-v") isVerbose = true;
    else if (word === "--cd") {
      cd = argv[++index];
      if (cd === undefined) return usage("Option '--cd' needs a folder");
    } else if (word.startsWith("--cd=")) cd = word.slice("--cd=".length);
    else
      return usage(
        `Unknown option '${word}'`,
        "Options of a command go after it. Run `waymark --help` for the commands.",
      );
  }
  let words = argv.slice(index);
  if (words.length === 0) return { kind: "help" };
  if (words[0] === "help") {
    if (words.length === 1) return { kind: "help" };
    words = [...words.slice(1), "--help"];
  }
  if (words[0] === "experiments") words = ["exp", ...words.slice(1)];
  const global: GlobalOptions = { ...(cd === undefined ? {} : { cd }), isQuiet, isVerbose };
  for (const entry of catalog) {
    for (const path of entry.alias === undefined ? [entry.path] : [entry.path, entry.alias]) {
      if (path.every((part, at) => words[at] === part)) {
        return { kind: "command", entry, rest: words.slice(path.length), global };
      }
    }
  }
  const [first, second] = words as [string, string | undefined];
  if (Object.hasOwn(GROUPS, first)) {
    // DVC prints its help, too: "the following arguments are required: cmd".
    if (second === undefined) return { kind: "group-help", group: first, exitCode: 254 };
    if (second === "--help" || second === "-h") return { kind: "group-help", group: first, exitCode: 0 };
    const names = catalog.filter((entry) => entry.path[0] === first).map((entry) => entry.path[1] as string);
    const hint = didYouMean(second, names, `${first} `) ?? `Run \`waymark ${first} --help\` for its commands.`;
    // The group is DVC's, and so is its exit code for bad arguments.
    return { kind: "usage", message: `Unknown command '${first} ${second}'`, hint, exitCode: 254 };
  }
  const names = new Set(
    catalog.flatMap((entry) => [entry.path[0] as string, entry.alias?.[0] ?? (entry.path[0] as string)]),
  );
  return usage(`Unknown command '${first}'`, didYouMean(first, [...names]) ?? "Run `waymark --help` for the commands.");
}

function usage(message: string, hint?: string): Dispatch {
  return { kind: "usage", message, hint, exitCode: 2 };
}

function didYouMean(word: string, names: readonly string[], prefix = ""): string | undefined {
  const similar = suggestWords(word, names);
  if (similar.length === 0) return undefined;
  return `Did you mean ${similar.map((name) => `\`waymark ${prefix}${name}\``).join(" or ")}?`;
}
