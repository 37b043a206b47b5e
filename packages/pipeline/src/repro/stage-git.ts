import { posix } from "node:path";
import { shellWord } from "@waymark/core";
import { listIgnoredPaths, listTrackedPaths } from "@waymark/git";
import type { DvcProject } from "../project/dvc-project.ts";
import { lockFileOf } from "./lock-file.ts";
import { ProjectEdit } from "../project/project-edit.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { projectPrefix } from "../project/scoped-stages.ts";
import { stageAddress } from "../project/stage-address.ts";
import { LockFileIgnoredError, OutputRefusedError } from "./stage-errors.ts";

/**
 * What Git has to do with the outputs of stages: cached ones are ignored by it, and it may not track them. Git is asked
 * once for all of them, not for each stage as it finishes.
 */
export class StageGit {
  readonly #project: DvcProject;
  readonly #stages: readonly ProjectStage[];
  #answers: { readonly tracked: ReadonlySet<string>; readonly ignored: ReadonlySet<string> } | undefined;

  constructor(project: DvcProject, stages: readonly ProjectStage[]) {
    this.#project = project;
    this.#stages = stages;
  }

  /** @throws {@link LockFileIgnoredError} */
  requireLockFile(stage: ProjectStage): void {
    const path = lockFileOf(stage);
    if (stage.name === undefined) return;
    if (this.#ask()?.ignored.has(this.#inRepo(path)) === true) throw new LockFileIgnoredError(path);
  }

  /** @throws {@link OutputRefusedError} for a cached output that Git tracks. */
  requireUntracked(stage: ProjectStage, out: StageOutput): void {
    if (!out.isCached || this.#ask()?.tracked.has(this.#inRepo(out.path)) !== true) return;
    throw new OutputRefusedError(
      stageAddress(stage, this.#project.folder),
      out.path,
      "Git tracks it",
      `Take it out of Git: git rm -r --cached ${shellWord(out.path)}. Or keep it there, with \`cache: false\`.`,
    );
  }

  /**
   * Adds cached outputs to the `.gitignore` files beside them, unless Git ignores them already.
   *
   * @returns The files that were written, relative to the project.
   */
  ignore(outs: readonly StageOutput[]): readonly string[] {
    const ignored = this.#ask()?.ignored;
    if (ignored === undefined) return [];
    const shown = outs.filter((out) => out.isCached && isInside(out.path) && !ignored.has(this.#inRepo(out.path)));
    if (shown.length === 0) return [];
    const edit = new ProjectEdit(this.#project);
    for (const out of shown) edit.ignore(out.path);
    edit.apply();
    return edit.finish().files;
  }

  #ask(): { readonly tracked: ReadonlySet<string>; readonly ignored: ReadonlySet<string> } | undefined {
    const { repo } = this.#project;
    if (repo === undefined) return undefined;
    if (this.#answers === undefined) {
      const outs = this.#stages.flatMap((stage) => stage.outs).filter((out) => out.isCached && isInside(out.path));
      const paths = outs.map((out) => this.#inRepo(out.path));
      const locks = this.#stages
        .filter(({ name }) => name !== undefined)
        .map((stage) => this.#inRepo(lockFileOf(stage)));
      this.#answers = {
        tracked: listTrackedPaths(repo, paths),
        ignored: listIgnoredPaths(repo, [...paths, ...new Set(locks)]),
      };
    }
    return this.#answers;
  }

  #inRepo(path: string): string {
    const { repo, root } = this.#project;
    return repo === undefined ? path : posix.join(projectPrefix(repo, root), path);
  }
}

/** Absolute paths, URLs and what leads out of the project are none of Git's. */
export function isInside(path: string): boolean {
  return !path.startsWith("/") && !path.startsWith("../") && path !== ".." && !path.includes("://");
}
