import { lstatSync, statSync, type Stats } from "node:fs";
import { join, posix, relative, resolve, sep } from "node:path";
import { shellWord } from "@waymark/core";
import { isErrno } from "@waymark/files";
import { listIgnoredPaths, listTrackedPaths } from "@waymark/git";
import { explainIgnored } from "@waymark/store";
import { CannotAddError } from "./add-errors.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import type { OwnedOutput } from "../graph/graph.ts";
import { PathTree } from "../project/path-tree.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { projectPrefix } from "../project/scoped-stages.ts";
import { relativeTo, stageAddress } from "../project/stage-address.ts";

/** One thing to add. Paths are relative to the project. */
export interface Addition {
  /** As typed. */
  readonly target: string;
  /** What is hashed: the output, or a place in it. */
  readonly path: string;
  /** The output that is recorded. */
  readonly output: string;
  readonly dvcFile: string;
  /** What records the output so far; `undefined` for data that is new. */
  readonly known: OwnedOutput | undefined;
}

/** Options of {@link planAdditions}. */
export interface PlanAdditionsOptions {
  /** The data need not be there: it comes from elsewhere. Default `false`. */
  readonly isElsewhere?: boolean;
}

/**
 * Finds out what each target is, and refuses what DVC refuses, before anything is read or written.
 *
 * @param targets - As typed, relative to the current folder.
 * @throws {@link CannotAddError} for the first that cannot be added.
 */
export function planAdditions(
  project: DvcProject,
  stages: readonly ProjectStage[],
  targets: readonly string[],
  options: PlanAdditionsOptions = {},
): readonly Addition[] {
  const owned = new PathTree<OwnedOutput>();
  for (const stage of stages) for (const out of stage.outs) owned.set(out.path, { stage, out });
  const additions = targets.map((target) => planAddition(project, owned, target, options));
  const before = new PathTree<Addition>();
  for (const addition of additions) {
    refuseOverlap(project, owned, addition, before);
    before.set(addition.output, addition);
  }
  refuseTrackedByGit(project, additions);
  return additions;
}

function planAddition(
  project: DvcProject,
  owned: PathTree<OwnedOutput>,
  target: string,
  options: PlanAdditionsOptions,
): Addition {
  const path = toProjectPath(project, target);
  if (path === undefined) {
    throw new CannotAddError(
      target,
      `it is outside of the project '${project.root}'`,
      "`waymark add --out` copies it.",
    );
  }
  if (path === "") throw new CannotAddError(target, "it is the project itself", "Name files and folders in it.");
  refuseSymlinks(project, target, path);
  const name = posix.basename(path);
  if (name.endsWith(".dvc") || name === "dvc.yaml" || name === "dvc.lock") {
    throw new CannotAddError(target, "it describes data and is none", "Name the data; Git keeps this file.");
  }
  const ignored = explainIgnored(project.root, path);
  if (ignored.isIgnored) {
    throw new CannotAddError(
      target,
      `it is kept out by ${ignored.source ?? ".dvcignore"}`,
      "Take the pattern out of the .dvcignore, or put `!` and the path below it.",
    );
  }
  const [known] = owned.listAbove(path);
  if (known !== undefined && !known.out.isDataSource) {
    const address = stageAddress(known.stage, project.folder);
    throw new CannotAddError(
      target,
      `'${relativeTo(project.folder, known.out.path)}' is an output of stage '${address}'`,
      `Run the pipeline (\`waymark repro\`), or accept the data as it is: \`waymark commit ${shellWord(address)}\`.`,
    );
  }
  const output = known?.out.path ?? path;
  if (options.isElsewhere !== true && !isThere(project, path, output, known?.out.hash)) {
    throw new CannotAddError(target, "it does not exist", "Paths are relative to where you are.");
  }
  return { target, path, output, known, dvcFile: known?.stage.file ?? `${path}.dvc` };
}

/** A place in a tracked folder may be gone: then it goes from the record, too, if it was ever there. */
function isThere(project: DvcProject, path: string, output: string, hash: string | null | undefined): boolean {
  if (statOf(join(project.root, path)) !== undefined) return true;
  if (path === output || !hash?.endsWith(".dir") || !project.cache.has(hash)) return false;
  const relpath = path.slice(output.length + 1);
  return project.cache.readDirectory(hash).some((entry) => isAtOrBelow(entry.relpath, relpath));
}

/** Makes a path relative to the project; `undefined` outside of it. */
export function toProjectPath(project: Pick<DvcProject, "root" | "folder">, target: string): string | undefined {
  const path = relative(project.root, resolve(project.root, project.folder, target))
    .split(sep)
    .join("/");
  return path === ".." || path.startsWith("../") || resolve(path) === path ? undefined : path;
}

/** Data behind a link to a folder would be recorded at a place where it is not. */
function refuseSymlinks(project: DvcProject, target: string, path: string): void {
  const parts = path.split("/");
  for (const [at] of parts.entries()) {
    const place = parts.slice(0, at + 1).join("/");
    const absolute = join(project.root, place);
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true || statOf(absolute)?.isDirectory() !== true) continue;
    throw new CannotAddError(
      target,
      `'${place}' is a symbolic link to a folder`,
      "Add the folder it leads to, or move the data here.",
    );
  }
}

function refuseOverlap(
  project: DvcProject,
  owned: PathTree<OwnedOutput>,
  { target, output, known }: Addition,
  before: PathTree<Addition>,
): void {
  const inside = owned.listInside(output).find(({ out }) => out !== known?.out);
  if (inside !== undefined) {
    const address = stageAddress(inside.stage, project.folder);
    throw new CannotAddError(
      target,
      `'${relativeTo(project.folder, inside.out.path)}' in it is tracked by '${address}'`,
      `Run \`waymark remove ${shellWord(address)}\` first, then add the whole.`,
    );
  }
  const around = [...before.listAbove(output), ...before.listInside(output)];
  const other = around.find((one) => one.output !== output);
  if (other !== undefined) {
    throw new CannotAddError(target, `it overlaps with '${other.target}'`, "Add the outer one: it holds the other.");
  }
}

function refuseTrackedByGit(project: DvcProject, additions: readonly Addition[]): void {
  const { repo } = project;
  if (repo === undefined) return;
  const prefix = projectPrefix(repo, project.root);
  const inGit = (path: string): string => posix.join(prefix, path);
  const tracked = listTrackedPaths(
    repo,
    additions.map(({ output }) => inGit(output)),
  );
  const hidden = listIgnoredPaths(
    repo,
    additions.map(({ dvcFile }) => inGit(dvcFile)),
  );
  for (const { target, output, dvcFile } of additions) {
    if (tracked.has(inGit(output))) {
      const path = relativeTo(project.folder, output);
      throw new CannotAddError(
        target,
        "Git tracks it already",
        `Take it out of Git first: git rm -r --cached ${shellWord(path)} && git commit -m ${shellWord(`stop tracking ${path}`)}`,
      );
    }
    if (hidden.has(inGit(dvcFile))) {
      throw new CannotAddError(
        target,
        `'${relativeTo(project.folder, dvcFile)}' would be ignored by Git`,
        "Git has to keep the .dvc file: change the .gitignore that hides it.",
      );
    }
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}
