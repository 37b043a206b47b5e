import { join } from "node:path";
import { type Project } from "../project.ts";
import { isRunning, readRunFile } from "../run-file.ts";
import type { Row } from "./row-cache.ts";
import type { ExperimentStatus } from "./view.ts";

/**
 * Tells how an experiment stands: what its newest commit says, and for one that says it runs, whether that is so.
 *
 * @returns `undefined` when nothing is known: the commit does not say, or it ran elsewhere.
 */
export function findStatus(project: Project, newest: Row): ExperimentStatus | undefined {
  switch (newest.status) {
    case "finished":
    case "stopped":
    case "interrupted":
    case "failed":
      return newest.status;
    case "running":
      return findRunning(project, newest);
    default:
      return undefined;
  }
}

function findRunning(project: Project, newest: Row): ExperimentStatus | undefined {
  if (newest.folder === undefined) return undefined;
  const run = readRunFile(join(project.root, newest.folder));
  if (run === undefined) return undefined;
  // One folder has one run at a time: another one there means that this one is over.
  if (run.runId !== newest.runId) return "killed";
  if (run.status !== "running") return run.status;
  return isRunning(run) ? "running" : "killed";
}
