import { readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { MalformedJsonError, parsePythonJson, TrackerError } from "@waymark/core";
import { isErrno } from "@waymark/files";
import { requireInside } from "@waymark/store";
import { UnreadableFileError } from "../../errors.ts";
import type { FigureProject } from "../figure-project.ts";
import { isMapping, type Mapping } from "../../values/values.ts";

/** A template in a file of the user. */
export interface UserTemplate {
  readonly name: string;
  readonly content: Mapping;
}

/** Where a template is looked for. */
export interface FindTemplateOptions {
  /** The current folder, absolute: paths are relative to it. */
  readonly cwd: string;
  /** Whoever runs the command typed the name: the file may lie anywhere. Default `false`: inside the project. */
  readonly isTyped?: boolean;
}

/**
 * Finds a template that the user keeps in a file: `.dvc/plots/<name>`, `.dvc/plots/<name>.json`, or a path from
 * the current folder or the root of the project.
 *
 * @returns `undefined` when there is none, and the name may be that of a built-in one.
 * @throws `UnreadableFileError` for a file that is no JSON object; `PathEscapesError` for a path that a repository names
 *   and that leads out of the project.
 */
export function findUserTemplate(
  project: FigureProject,
  name: string,
  options: FindTemplateOptions,
): UserTemplate | undefined {
  if (name === "" || name.includes("\0")) return undefined;
  const folder = project.dvc === undefined ? undefined : join(project.dvc.dir, "plots");
  if (folder !== undefined && !isAbsolute(name)) {
    for (const file of [name, withJson(name)]) {
      const text = isBelow(folder, file) ? readIfThere(join(folder, file)) : undefined;
      if (text !== undefined) return { name, content: parseTemplate(text, file) };
    }
  }
  // From the current folder, as DVC has it; what a dvc.yaml names is found from anywhere in the project.
  for (const [base, folderOfBase] of [
    [options.cwd, project.folder],
    [project.root, ""],
  ] as const) {
    if (options.isTyped !== true) requireInside(project.root, isAbsolute(name) ? name : join(folderOfBase, name));
    const text = readIfThere(resolve(base, name));
    if (text === undefined) continue;
    return { name, content: parseTemplate(text, name) };
  }
  return undefined;
}

/** The name with `.json` in place of its ending, as DVC looks for it. */
function withJson(name: string): string {
  return `${name.replace(/(?<=[^/.])\.[^./]+$/u, "")}.json`;
}

function isBelow(folder: string, file: string): boolean {
  try {
    requireInside(folder, file);
    return true;
  } catch (error) {
    if (error instanceof TrackerError || isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}

function parseTemplate(text: string, path: string): Mapping {
  try {
    const content = parsePythonJson(text, { path });
    if (isMapping(content)) return content;
  } catch (error) {
    if (!(error instanceof MalformedJsonError)) throw error;
    throw new UnreadableFileError(path, `it is no template: ${error.message}`);
  }
  throw new UnreadableFileError(path, "it is no template: a template is a JSON object");
}
