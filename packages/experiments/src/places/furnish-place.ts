import { mkdirSync } from "node:fs";
import { join, posix } from "node:path";
import { fillSubmodules, listTrackedPaths, runGit } from "@waymark/git";
import { initDvcFolder, PathEscapesError, requireInside } from "@waymark/store";
import { type Project, toRepositoryPath } from "../project.ts";
import type { RunEffects } from "../run/run-place.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { statNoFollow } from "../work-tree-paths.ts";
import { copyPaths, linkConfigured } from "./bring-along.ts";
import { writePlaceConfig } from "./place-config.ts";
import { settleData } from "./place-data.ts";
import { removeUntracked } from "./remove-files.ts";

/** A work tree of the pool whose tracked files are those of a commit. */
export interface BarePlace {
  readonly main: Project;
  /** The project in the work tree. */
  readonly project: Project;
  /** A former run has left files in it. */
  readonly isReused: boolean;
}

/** What is to run there. */
export interface PlaceUse {
  readonly spec: RunSpec;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts into a work tree what a run needs beside tracked files, and takes away what another one left: DVC's configuration,
 * data, submodules, links, copies.
 *
 * @returns What was linked or copied, relative to the repository: no commit is to have it.
 * @throws `CopyPathError`; `PathEscapesError` when the commit has a link where files would be written.
 */
export async function furnishPlace(
  { main, project, isReused }: BarePlace,
  { spec, signal }: PlaceUse,
  effects: RunEffects,
): Promise<readonly string[]> {
  const { repo: tree, root } = project;
  await configure(main, project);
  const needsAll = spec.work.kind === "command";
  await settleData(project, { isReused, needsAll, signal, onProgress: effects.onProgress });
  const missing = await fillSubmodules(tree, {
    source: main.root,
    indexFolder: join(tree.gitDir, "waymark", "submodules"),
    clean: async (place, env) => removeUntracked(place, [], env),
  });
  for (const { path, commit } of missing) {
    effects.onWarning?.(`The submodule '${path}' is empty in this run: commit ${commit.slice(0, 7)} is not here.`);
  }
  const linked = linkConfigured(main.repo, tree, (text) => effects.onWarning?.(text));
  const copied = await copyPaths(main.root, tree, spec.copyPaths);
  if (spec.cwd !== ".") {
    requireInside(root, posix.join(spec.cwd, "file"));
    // A folder without tracked files is not in a commit.
    mkdirSync(join(root, spec.cwd), { recursive: true });
  }
  return [...linked, ...copied];
}

/** Makes the DVC folder of a work tree that of the user, as far as it is not in the commit. */
async function configure(main: Project, { repo: tree, root, dvcRoot }: Project): Promise<void> {
  const below = toRepositoryPath(root, dvcRoot) ?? "";
  // Passwords are about to be written there: a commit must not say where that is.
  for (const path of [".dvc", ".dvc/tmp"].map((name) => posix.join(below, name))) {
    requireInside(root, path);
    if (statNoFollow(join(root, path))?.isDirectory() === false) throw new PathEscapesError(path, root);
  }
  const local = posix.join(below, ".dvc/config.local");
  if (listTrackedPaths(tree, [local]).size > 0) {
    // Somebody has committed theirs. It stays in the commits as it was, and ours in none.
    await runGit(tree, ["update-index", "--skip-worktree", "--", local]);
  }
  initDvcFolder(dvcRoot);
  writePlaceConfig(join(dvcRoot, ".dvc"), join(main.dvcRoot, ".dvc"), main.repo.env);
}
