import { type Project, type RunSpec, openProject } from "@waymark/experiments";
import { GIT_TEST_ENV, type GitRepo } from "../../support/git-repo.ts";

/** Variables for projects that nothing on the machine has a say in. */
export const PROJECT_ENV = {
  ...GIT_TEST_ENV,
  DVC_GLOBAL_CONFIG_DIR: "/nonexistent",
  DVC_SYSTEM_CONFIG_DIR: "/nonexistent",
};

/** Opens the project of a repository. */
export function projectOf(repo: GitRepo, folder = "."): Project {
  return openProject(repo.path(folder), PROJECT_ENV);
}

/** A run of one shell command. */
export function commandSpec(project: Project, script: string, changes: Partial<RunSpec> = {}): RunSpec {
  return {
    ...pipelineSpec(project),
    work: { kind: "command", command: ["sh", "-c", script] },
    ...changes,
  };
}

/** A run of the whole pipeline. */
export function pipelineSpec(project: Project, changes: Partial<RunSpec> = {}): RunSpec {
  const baseline = project.repo.headCommit ?? "";
  return {
    ...{ schema: 1, name: "run", baseline, message: null, work: { kind: "pipeline", options: {} }, cwd: "." },
    ...{ force: false, params: [], copyPaths: [], rules: { stop: [], maxTimeMs: null }, resume: null },
    ...changes,
  };
}
