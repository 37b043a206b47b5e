import { ADJECTIVES } from "./experiment-adjectives.ts";
import { NOUNS } from "./experiment-nouns.ts";

/**
 * Draws a name of two words, such as `amber-kite`, for an experiment that was given none. Whether it is taken is for
 * the caller to see.
 *
 * @param random - Returns a number in [0, 1). One of its own, so that a script that seeds its generator still gets
 *   different names.
 */
export function suggestExperimentName(random: () => number): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? "";
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}`;
}

const MAX_NAME = 200;

/**
 * Tells whether a name can be that of an experiment: it is the last part of a Git ref, so it follows Git's rules for
 * refs and has no slash.
 */
export function isValidExperimentName(name: string): boolean {
  return explainInvalidExperimentName(name) === undefined;
}

/** Says what keeps a name from being that of an experiment; `undefined` when nothing does. */
export function explainInvalidExperimentName(name: string): string | undefined {
  if (name === "") return "it is empty";
  // Git keeps the ref in a file of that name, with a suffix while it is locked.
  if (name.length > MAX_NAME) return `it is longer than ${MAX_NAME} characters`;
  if (name.includes("/")) return "it holds a '/'";
  // oxlint-disable-next-line no-control-regex -- Git refuses these in refs
  const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]/.exec(name)?.[0];
  if (forbidden !== undefined) return `it holds ${describeCharacter(forbidden)}`;
  if (name.includes("..")) return "it holds '..'";
  if (name.includes("@{")) return "it holds '@{'";
  if (name.startsWith(".")) return "it starts with '.'";
  // Git would take it, and every command would read it as a flag.
  if (name.startsWith("-")) return "it starts with '-'";
  if (name.endsWith(".")) return "it ends with '.'";
  if (name.endsWith(".lock")) return "it ends with '.lock'";
  return undefined;
}

function describeCharacter(character: string): string {
  if (character === " ") return "a space";
  return character > " " && character < "\u007f" ? `'${character}'` : "a control character";
}
