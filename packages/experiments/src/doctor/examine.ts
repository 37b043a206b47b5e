import { join } from "node:path";
import { type DvcProject, NotADvcProjectError, openDvcProject, withProjectLock } from "@waymark/pipeline";
import type { Project } from "../project.ts";
import { checkCache } from "./check-cache.ts";
import { checkClones } from "./check-clones.ts";
import { checkEnvironment } from "./check-environment.ts";
import { checkExecRefs } from "./check-exec-refs.ts";
import { checkGitLocks } from "./check-git-locks.ts";
import { checkHead } from "./check-head.ts";
import { checkImports } from "./check-imports.ts";
import { checkLabels } from "./check-labels.ts";
import { checkLeftovers } from "./check-leftovers.ts";
import { checkObjects } from "./check-objects.ts";
import { checkPlaces } from "./check-places.ts";
import { checkQueue } from "./check-queue.ts";
import { checkPathLocks } from "./check-path-locks.ts";
import { checkRefs } from "./check-refs.ts";
import { checkRemotes } from "./check-remotes.ts";
import { checkRunRecords } from "./check-run-records.ts";
import { checkRuns } from "./check-runs.ts";
import { checkStash } from "./check-stash.ts";
import { checkWorktrees } from "./check-worktrees.ts";
import type { Check, Examination, Finding, Severity } from "./finding.ts";

/** Options of {@link examineProject}. */
export interface ExamineOptions {
  /** Repairs what can be repaired without losing anything. Default `false`. */
  readonly fix?: boolean;
  /** Asks remotes whether they answer. Default `false`: nothing goes to the network. */
  readonly withNetwork?: boolean;
  /** Milliseconds since the epoch. Default: now. */
  readonly nowMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A finding with what became of it. */
export interface ExaminedFinding extends Omit<Finding, "fix"> {
  /** `--fix` repairs it. */
  readonly isFixable: boolean;
  /** `fixed`, `failed` with the reason, or `open`. */
  readonly state: "fixed" | "failed" | "open";
  readonly failure?: string;
}

/** In the order in which repairs are made: HEAD before the refs that tell where it was. */
const CHECKS: readonly Check[] = [
  ...[
    checkEnvironment,
    checkGitLocks,
    checkHead,
    checkExecRefs,
    checkStash,
    checkPathLocks,
    checkWorktrees,
    checkPlaces,
  ],
  ...[
    checkClones,
    checkRuns,
    checkRunRecords,
    checkQueue,
    checkRefs,
    checkLabels,
    checkImports,
    checkObjects,
    checkLeftovers,
    checkCache,
    checkRemotes,
  ],
];

const ORDER: readonly Severity[] = ["error", "leftover", "note"];

/**
 * Looks for what crashed runs of either tool left behind, and for what will be in the way. Repairs are made while the
 * project is locked, so that no other command is in the middle of something.
 *
 * @returns The worst first.
 */
export async function examineProject(
  project: Project,
  options: ExamineOptions = {},
): Promise<readonly ExaminedFinding[]> {
  const { withNetwork = false, nowMs = Date.now(), signal } = options;
  const dvc = openData(project);
  const dvcDir = join(project.dvcRoot, ".dvc");
  const examination: Examination = { project, dvc, dvcDir, nowMs, withNetwork, signal };
  const examine = async (): Promise<readonly ExaminedFinding[]> => {
    // Everything is looked at before anything is repaired: a repair takes away what tells of other things.
    const found: Finding[] = [];
    for (const check of CHECKS) found.push(...(await check(examination)));
    const findings: ExaminedFinding[] = [];
    for (const finding of found) findings.push(await settle(finding, options.fix === true));
    return findings;
  };
  const findings = options.fix === true && dvc !== undefined ? await withProjectLock(dvc, examine) : await examine();
  return ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

async function settle({ fix, ...finding }: Finding, isFixing: boolean): Promise<ExaminedFinding> {
  const isFixable = fix !== undefined;
  if (!isFixing || fix === undefined) return { ...finding, isFixable, state: "open" };
  try {
    await fix();
    return { ...finding, isFixable, state: "fixed" };
  } catch (error) {
    // One repair that fails must not keep the others from being made.
    return { ...finding, isFixable, state: "failed", failure: error instanceof Error ? error.message : String(error) };
  }
}

function openData(project: Project): DvcProject | undefined {
  try {
    return openDvcProject(project.dvcRoot, project.repo.env);
  } catch (error) {
    if (error instanceof NotADvcProjectError) return undefined;
    throw error;
  }
}
