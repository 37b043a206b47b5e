import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { editDvcFileContent, parseDvcFileContent, TrackerError } from "@waymark/core";
import { requireInside } from "@waymark/store";
import { CannotAddError } from "./add-errors.ts";
import { planAdditions, toProjectPath } from "./add-plan.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { folderOf } from "../project/posix-path.ts";
import { type FinishedEdit, ProjectEdit } from "../project/project-edit.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { withChecksum } from "../repro/record-content.ts";
import { stageAddress } from "../project/stage-address.ts";

/** Data that cannot be moved, and why. */
export class CannotMoveError extends TrackerError {
  override readonly code = "CANNOT_MOVE";

  constructor(source: string, target: string, reason: string, hint?: string) {
    super(`Cannot move '${source}' to '${target}': ${reason}`, { hint });
  }
}

/** What {@link moveData} did. */
export interface Moved {
  /** The data was not in the workspace, so only what records it was moved. */
  readonly wasMissing: boolean;
  readonly edit: FinishedEdit;
}

/**
 * Moves tracked data with what records it: the file or folder itself, its `.dvc` file when that is named after it, and
 * the entries in `.gitignore`.
 *
 * @param source - A whole output, as typed; `target` as for `mv`: a new name, or a folder to move it into.
 * @throws {@link CannotMoveError}; `PathEscapesError` for data behind a link out of the project.
 */
export async function moveData(project: DvcProject, source: string, target: string): Promise<Moved> {
  const { stages } = await loadProject(project);
  const from = toProjectPath(project, source);
  const owner = findOwner(stages, from);
  if (owner === undefined || from === undefined) {
    throw new CannotMoveError(
      source,
      target,
      `no .dvc file tracks '${source}'`,
      "Only whole files and folders of data move.",
    );
  }
  const { stage, out } = owner;
  if (!out.isDataSource) {
    const address = stageAddress(stage, project.folder);
    throw new CannotMoveError(
      source,
      target,
      `stage '${address}' makes it`,
      "Change its path in the dvc.yaml, then `waymark repro`.",
    );
  }
  // A link in a cloned repository must not have files taken from elsewhere.
  requireInside(project.root, from);
  const to = findTarget(project, stages, source, target);
  const edit = planMove(project, stage, out, to);
  const [old, now] = [join(project.root, from), join(project.root, to)];
  const wasMissing = !existsSync(old);
  if (!wasMissing) {
    mkdirSync(dirname(now), { recursive: true });
    renameSync(old, now);
  }
  try {
    edit.apply();
  } catch (error) {
    if (!wasMissing) renameSync(now, old);
    throw error;
  }
  return { wasMissing, edit: edit.finish() };
}

function findOwner(
  stages: readonly ProjectStage[],
  path: string | undefined,
): { readonly stage: ProjectStage; readonly out: StageOutput } | undefined {
  for (const stage of stages) {
    const out = stage.outs.find((each) => each.path === path);
    if (out !== undefined) return { stage, out };
  }
  return undefined;
}

function findTarget(project: DvcProject, stages: readonly ProjectStage[], source: string, target: string): string {
  const path = toProjectPath(project, target);
  const isFolder =
    path !== undefined && statSync(join(project.root, path), { throwIfNoEntry: false })?.isDirectory() === true;
  const wanted = isFolder ? posix.join(target, posix.basename(source.replace(/\/+$/, ""))) : target;
  try {
    const [addition] = planAdditions(project, stages, [wanted], { isElsewhere: true });
    if (addition === undefined || addition.path !== addition.output) {
      throw new CannotMoveError(source, target, `'${wanted}' lies in tracked data`);
    }
    if (addition.known !== undefined || existsSync(join(project.root, addition.path))) {
      throw new CannotMoveError(source, target, `'${wanted}' exists already`, "Move or remove it first.");
    }
    return addition.path;
  } catch (error) {
    if (!(error instanceof CannotAddError)) throw error;
    throw new CannotMoveError(source, target, error.message.replace(/^Cannot add '[^']*': /, ""), error.hint);
  }
}

function planMove(project: DvcProject, stage: ProjectStage, out: StageOutput, to: string): ProjectEdit {
  const edit = new ProjectEdit(project);
  const text = edit.read(stage.file) ?? "";
  const content = parseDvcFileContent(text, { path: stage.file });
  const isNamedAfter = posix.basename(stage.file) === `${posix.basename(out.path)}.dvc`;
  const file = isNamedAfter ? `${to}.dvc` : stage.file;
  if (file !== stage.file && edit.read(file) !== undefined) {
    throw new CannotMoveError(out.path, to, `'${file}' exists already`, "Move or remove it first.");
  }
  const wdir = isNamedAfter ? folderOf(file) : stage.wdir;
  const entries = content["outs"] as readonly Readonly<Record<string, unknown>>[];
  const outs = entries.map((entry) =>
    entry["path"] === out.text ? { ...entry, path: posix.relative(`/${wdir}`, `/${to}`) } : entry,
  );
  const moved = {
    ...content,
    ...(isNamedAfter ? { wdir: undefined, deps: movedDeps(content["deps"], stage, wdir) } : {}),
    outs,
  };
  if (file !== stage.file) edit.write(stage.file, undefined);
  edit.write(file, editDvcFileContent(text, withChecksum(moved)));
  if (out.isCached) {
    edit.unignore(out.path);
    edit.ignore(to);
  }
  return edit;
}

/** Paths of this project are relative to the file; URLs, absolute paths and those in other repositories stay. */
function movedDeps(deps: unknown, stage: ProjectStage, wdir: string): unknown {
  if (!Array.isArray(deps)) return deps;
  return (deps as readonly Readonly<Record<string, unknown>>[]).map((entry) => {
    const dep = stage.deps.find((each) => each.text === entry["path"]);
    const isLocal = dep?.kind === "path" && !dep.path.includes("://") && !dep.path.startsWith("/");
    return isLocal ? { ...entry, path: posix.relative(`/${wdir}`, `/${dep.path}`) } : entry;
  });
}
