import { ObjectReader, parseCommit } from "@waymark/git";
import { parseCommitMessage, shellWord } from "@waymark/core";
import { join } from "node:path";
import { listExperimentRefs } from "../experiments.ts";
import { isRunning, readRunFile } from "../run-file.ts";
import type { Check, Finding } from "./finding.ts";

/** Experiments whose newest commit says that they run, although their process is gone. */
export const checkRuns: Check = async ({ project }) => {
  const experiments = await listExperimentRefs(project.repo);
  await using reader = new ObjectReader(project.repo);
  const found = await Promise.all(
    experiments.map(async ({ name, tip }): Promise<Finding | undefined> => {
      const object = await reader.read(tip);
      const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
      if (commit === undefined) return undefined;
      const { status, folder, runId } = parseCommitMessage(commit.message).trailers;
      if (status !== "running" || folder === undefined) return undefined;
      const run = readRunFile(join(project.root, folder));
      // Without its file, it ran in another clone or on another machine.
      if (run === undefined || (run.runId === runId && isRunning(run))) return undefined;
      return {
        check: "dead-run",
        severity: "note",
        what: `The run of '${name}' ended without saying so.`,
        why: "Its process was killed. Everything up to its last checkpoint is there.",
        repair: `Continue it with \`waymark exp resume ${shellWord(name)}\`, or leave it as it is.`,
      };
    }),
  );
  return found.filter((finding) => finding !== undefined);
};
