import { SbatchOptionsError } from "./errors.ts";
import { splitWords } from "./words.ts";

/** What the user's options say that we have to know. */
export interface SbatchOptions {
  /** As words for the command line of sbatch, in the order given. */
  readonly words: readonly string[];
  /** A time limit is among them. */
  readonly hasTime: boolean;
  /** Seconds before the time limit at which the job is warned, where they say so. */
  readonly warnSeconds: number | undefined;
  /** Where the job prints, where they say so. */
  readonly hasOutput: boolean;
}

/** Options that are ours to set, and why. */
const OURS: ReadonlyMap<string, string> = new Map([
  ["array", "the array has one element for each task; `--jobs` says how many may run at once"],
  ["wrap", "the script of the job is ours"],
  ["parsable", "it is set already"],
  ["wait", "a submission does not wait; `waymark queue logs --follow` does"],
  ["test-only", "nothing would be submitted; `--dry` shows what would be"],
  ["chdir", "a job runs in a work tree of its own"],
]);
const SHORT: ReadonlyMap<string, string> = new Map([
  ["a", "array"],
  ["D", "chdir"],
  ["W", "wait"],
  ["t", "time"],
  ["o", "output"],
  ["e", "error"],
]);
/** Options that sbatch has beside ours which begin as one of ours does. */
const OTHERS: ReadonlySet<string> = new Set(["wait-all-nodes"]);
const WARNING = /^B:(?:SIG)?(?:USR1|10)(?:@(?<seconds>\d{1,5}))?$/u;

/**
 * Reads what `--sbatch` was given, several texts one after the other.
 *
 * @throws {@link SbatchOptionsError} for what is no option, and for options that are ours to set.
 */
export function parseSbatchOptions(texts: readonly string[]): SbatchOptions {
  const words = texts.flatMap(splitWords);
  let warnSeconds: number | undefined;
  let hasTime = false;
  let hasOutput = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (/[\0\n\r]/u.test(word)) throw new SbatchOptionsError("a word holds a line break", "Write them on one line.");
    if (!word.startsWith("-") || word === "-" || word === "--") throw strayWord(word);
    const { name, value } = readOption(word);
    const why = OURS.get(name);
    if (why !== undefined) throw new SbatchOptionsError(`${word}: ${why}`, "Leave it out.");
    // What follows an option without a value of its own may be its value; only Slurm knows.
    const next = words[at + 1];
    const given = value ?? (next?.startsWith("-") === false ? next : undefined);
    if (value === undefined && given !== undefined) at += 1;
    hasTime ||= name === "time";
    hasOutput ||= name === "output";
    if (name === "signal") warnSeconds = readWarning(given ?? "");
  }
  return { words, hasTime, warnSeconds, hasOutput };
}

function readOption(word: string): { readonly name: string; readonly value: string | undefined } {
  if (!word.startsWith("--")) {
    const letter = word[1] as string;
    return { name: SHORT.get(letter) ?? letter, value: word.length > 2 ? word.slice(2) : undefined };
  }
  const equals = word.indexOf("=");
  const typed = equals === -1 ? word.slice(2) : word.slice(2, equals);
  const value = equals === -1 ? undefined : word.slice(equals + 1);
  return { name: fullName(typed), value };
}

/** Long options may be shortened as far as they stay the only one that begins so. */
function fullName(typed: string): string {
  if (OTHERS.has(typed) || typed.length < 3) return typed;
  const known = [...OURS.keys(), "time", "output", "signal"];
  return known.find((name) => name === typed) ?? known.find((name) => name.startsWith(typed)) ?? typed;
}

function readWarning(value: string): number {
  const seconds = WARNING.exec(value)?.groups?.["seconds"];
  if (!WARNING.test(value)) {
    throw new SbatchOptionsError(
      `--signal=${value} would not reach the run`,
      "Write it as `--signal=B:USR1@600`: so many seconds before its end the run is asked for a checkpoint.",
    );
  }
  return Number(seconds ?? 60);
}

function strayWord(word: string): SbatchOptionsError {
  return new SbatchOptionsError(
    `'${word}' is no option`,
    'Options alone are passed on, such as `--sbatch "--partition=gpu --gres=gpu:1"`.',
  );
}
