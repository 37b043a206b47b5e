import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";

const FILE = ".dvcignore";

/** One line of a `.dvcignore`. */
export interface IgnoreRule {
  /** As `dvc check-ignore --details` names it: `file:line:pattern`. */
  readonly source: string;
  /** The folder of the file the rule stands in, relative to the project; empty for its root. */
  readonly folder: string;
  readonly pattern: RegExp;
  readonly isNegated: boolean;
  readonly isForFolders: boolean;
}

/** What the `.dvcignore` files of a project hide from DVC: the syntax of `.gitignore`, the last match wins. */
export class IgnorePatterns {
  readonly #rules: readonly IgnoreRule[];

  private constructor(rules: readonly IgnoreRule[]) {
    this.#rules = rules;
  }

  /**
   * Reads the files that matter below a folder: those of the folders on the way to it.
   *
   * @param root - The project's root.
   * @param folder - Relative to it, `/` between parts; empty for the root itself.
   */
  static read(root: string, folder: string): IgnorePatterns {
    const parts = folder === "" ? [] : folder.split("/");
    const rules = [...parts.keys()].map((depth) => parts.slice(0, depth).join("/"));
    return new IgnorePatterns(
      rules.flatMap((place) => {
        const text = readText(join(root, place, FILE));
        return text === undefined ? [] : parseIgnoreRules(text, place);
      }),
    );
  }

  /** Tells whether no rule hides anything. */
  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Tells whether a path is hidden itself; one below a hidden folder is hidden with it, which is for a walk to see. */
  hides(path: string, isFolder: boolean): boolean {
    return this.#rules.findLast((rule) => isMatch(rule, path, isFolder))?.isNegated === false;
  }

  /**
   * Finds the rule that decides about a path itself: the last that matches; one with `!` brings it back. Of rules of one
   * kind that follow each other, which decide alike, it is the first, as DVC names it.
   */
  find(path: string, isFolder: boolean): IgnoreRule | undefined {
    const last = this.#rules.findLastIndex((rule) => isMatch(rule, path, isFolder));
    const found = this.#rules[last];
    if (found === undefined || found.isNegated) return found;
    const isOther = (rule: IgnoreRule): boolean => rule.isNegated || rule.isForFolders !== found.isForFolders;
    const start = this.#rules.slice(0, last).findLastIndex(isOther) + 1;
    return this.#rules.slice(start, last + 1).find((rule) => isMatch(rule, path, isFolder));
  }
}

function isMatch(rule: IgnoreRule, path: string, isFolder: boolean): boolean {
  if (rule.isForFolders && !isFolder) return false;
  const relative = rule.folder === "" ? path : path.slice(rule.folder.length + 1);
  // To DVC `a/**` stands for the folder `a` itself, too.
  return rule.pattern.test(relative) || (isFolder && rule.pattern.test(`${relative}/`));
}

function parseIgnoreRules(text: string, folder: string): readonly IgnoreRule[] {
  const file = folder === "" ? FILE : `${folder}/${FILE}`;
  return text.split("\n").flatMap((line, at) => {
    let body = line.trim();
    if (body === "" || body.startsWith("#")) return [];
    const source = `${file}:${at + 1}:${body}`;
    const isNegated = body.startsWith("!");
    if (isNegated) body = body.slice(1);
    const isForFolders = body.endsWith("/");
    if (isForFolders) body = body.slice(0, -1);
    if (body === "") return [];
    return [{ source, folder, pattern: toExpression(body), isNegated, isForFolders }];
  });
}

/** A pattern with a slash before its end stands for a place, one without for a name at any depth. */
function toExpression(body: string): RegExp {
  const isAnchored = body.includes("/");
  const parts = body.replace(/^\//, "").split("/");
  let source = isAnchored ? "^" : "^(?:.*/)?";
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    // What a pattern stands for includes all that lies below: to DVC, `!a` brings back `a/b`, too.
    const end = isLast ? "(?:/|$)" : "/";
    if (part === "**") source += isLast ? "" : "(?:.*/)?";
    else source += (part === "*" ? "[^/]+" : translate(part)) + end;
  }
  try {
    return new RegExp(source, "su");
  } catch {
    // A range that runs backwards, say: such a pattern matches nothing.
    return /(?!)/;
  }
}

function translate(part: string): string {
  return part.replace(
    /\\(.)|\[(!?)((?:\\.|[^\]\\])+)\]|\*+|\?|[\\^$.|+(){}[\]/]/gsu,
    (whole, escaped: string | undefined, negation: string | undefined, set: string | undefined) => {
      if (escaped !== undefined) return quote(escaped);
      if (set !== undefined) return `[${negation === "!" ? "^/" : ""}${set.replace(/[[\]^&~]/g, "\\$&")}]`;
      if (whole.startsWith("*")) return "[^/]*";
      return whole === "?" ? "[^/]" : quote(whole);
    },
  );
}

function quote(text: string): string {
  return text.replace(/[\\^$.|?*+(){}[\]/]/g, "\\$&");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
