import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { IgnorePatterns } from "./ignore-patterns.ts";

/** Why a path is part of no data, or is after all. */
export interface IgnoredAnswer {
  readonly isIgnored: boolean;
  /**
   * What decided, as `dvc check-ignore --details` names it: `file:line:pattern`, `:pattern` for what is always kept out,
   * `in sub_repo:name` for a project inside this one; `undefined` when nothing matched.
   */
  readonly source: string | undefined;
}

/** Kept out always, with the pattern that DVC names. */
const ALWAYS: ReadonlyMap<string, { readonly source: string; readonly isForFolders: boolean }> = new Map([
  [".hg", { source: ":.hg/", isForFolders: true }],
  [".git", { source: ":.git", isForFolders: false }],
  [".dvc", { source: ":.dvc/", isForFolders: true }],
]);

/**
 * Tells what the `.dvcignore` files of a project say about a path. From the root downwards: below a folder that is
 * hidden nothing can be brought back.
 *
 * @param root - The project's root, absolute.
 * @param path - Relative to it, `/` between parts; it need not exist.
 */
export function explainIgnored(root: string, path: string): IgnoredAnswer {
  const parts = path.split("/");
  for (const [at, name] of parts.entries()) {
    const isLast = at === parts.length - 1;
    const current = parts.slice(0, at + 1).join("/");
    const isFolder = !isLast || statSync(join(root, current), { throwIfNoEntry: false })?.isDirectory() === true;
    const always = ALWAYS.get(name);
    if (always !== undefined && (isFolder || !always.isForFolders)) return { isIgnored: true, source: always.source };
    if (isFolder && existsSync(join(root, current, ".dvc"))) return { isIgnored: true, source: `in sub_repo:${name}` };
    const rule = IgnorePatterns.read(root, current).find(current, isFolder);
    if (rule !== undefined && !rule.isNegated) return { isIgnored: true, source: rule.source };
    if (isLast) return { isIgnored: false, source: rule?.source };
  }
  return { isIgnored: false, source: undefined };
}
