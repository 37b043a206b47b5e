import { readdirSync } from "node:fs";
import { join } from "node:path";
import { TrackerError } from "@waymark/core";
import { isErrno } from "@waymark/files";
import { matchesGlob } from "./stage-glob.ts";

/** A pattern that nothing matches. */
export class NoMatchError extends TrackerError {
  override readonly code = "NO_MATCH";

  constructor(patterns: readonly string[]) {
    super(`Nothing matches ${patterns.map((pattern) => `'${pattern}'`).join(", ")}`, {
      hint: "`*` and `?` match within one name, `**` any number of folders; hidden files must be named with their dot.",
    });
  }
}

/**
 * Expands patterns as Python's `glob` does: `*`, `?` and `[…]` within one name, `**` for any number of folders; a name
 * that begins with a dot is matched only by a pattern that does.
 *
 * @param folder - Where relative patterns start, absolute.
 * @throws {@link NoMatchError} when there is no match at all.
 */
export function expandTargets(folder: string, patterns: readonly string[]): readonly string[] {
  const found = patterns.flatMap((pattern) => {
    const parts = pattern.split("/").filter((part, at) => part !== "" || at === 0);
    return expand(pattern.startsWith("/") ? "/" : folder, "", parts);
  });
  const matches = [...new Set(found)];
  if (matches.length === 0) throw new NoMatchError(patterns);
  return matches;
}

function expand(base: string, prefix: string, parts: readonly string[]): readonly string[] {
  const [part, ...rest] = parts;
  if (part === undefined) return prefix === "" ? [] : [prefix];
  const isLast = rest.length === 0;
  const here = namesIn(join(base, prefix));
  const below = (name: string): string => (prefix === "" || prefix === "/" ? prefix + name : `${prefix}/${name}`);
  if (part === "**") {
    const folders = here.filter(({ name, isFolder }) => isFolder && !name.startsWith("."));
    const deeper = folders.flatMap(({ name }) => expand(base, below(name), parts));
    const files = isLast ? here.filter(({ name, isFolder }) => !isFolder && !name.startsWith(".")) : [];
    const own = isLast ? (prefix === "" ? [] : [prefix]) : expand(base, prefix, rest);
    return [...own, ...files.map(({ name }) => below(name)), ...deeper];
  }
  if (!/[*?[]/.test(part)) {
    const isThere = part === "." || part === ".." || part === "" || here.some(({ name }) => name === part);
    return isThere ? expand(base, part === "" ? "/" : below(part), rest) : [];
  }
  return here
    .filter(({ name, isFolder }) => (isLast || isFolder) && (part.startsWith(".") || !name.startsWith(".")))
    .filter(({ name }) => matchesGlob(name, part))
    .flatMap(({ name }) => expand(base, below(name), rest));
}

function namesIn(folder: string): readonly { readonly name: string; readonly isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}
