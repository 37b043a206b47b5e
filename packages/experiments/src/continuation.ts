import { basename } from "node:path/posix";
import { type KeepPolicy, parsePythonJson } from "@waymark/core";
import { readObjectsSync } from "@waymark/git";
import { type ChainCommit, countOwn } from "./chain.ts";
import { type Origin, ownCommitsUpTo } from "./find-origin.ts";
import { readSummaryNumber } from "./keep.ts";
import { readListedObjects } from "./listed-objects.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { findRelevantChanges } from "./relevant-changes.ts";
import type { RunCommit } from "./run-chain.ts";
import type { TrackerOrigin } from "./run-tracker.ts";
import { formatCheckpointSelector } from "./selector.ts";
import { createSnapshotIndex, stageMissing, stageWorkspace } from "./snapshot.ts";

/** Whether a resumed run goes on as the same experiment, as far as one can tell before it logs its params. */
export type Continuation =
  | { readonly kind: "continue" }
  | {
      readonly kind: "fork";
      /** True when it forks whatever happens to code and params until then. */
      readonly isCertain: boolean;
      /** In words: why. */
      readonly reason: string;
    };

const NAMED_FILES = 3;

/**
 * Tells what resuming a checkpoint in the workspace as it is would do. Nothing is changed.
 *
 * @param ownPaths - What the run writes beside its live folder, relative to the repository.
 */
export function planContinuation(
  project: Project,
  origin: Origin,
  dir: string,
  ownPaths: readonly string[] = [],
): Continuation {
  const { point, chain, experiment, isNewest } = origin;
  const tip = chain[0];
  if (!isNewest) {
    return { kind: "fork", isCertain: true, reason: `${experiment.name} has newer checkpoints` };
  }
  if (tip?.trailers.status === "finished") {
    return { kind: "fork", isCertain: true, reason: `${experiment.name} is finished` };
  }
  const changed = findWorkspaceChanges(project, point, dir, ownPaths);
  if (changed.length === 0) return { kind: "continue" };
  const named = changed.slice(0, NAMED_FILES).join(", ");
  const more = changed.length > NAMED_FILES ? ` and ${changed.length - NAMED_FILES} more` : "";
  const verb = changed.length === 1 ? "differs" : "differ";
  return { kind: "fork", isCertain: false, reason: `${named}${more} ${verb} from that checkpoint` };
}

/** Says what resuming does, in one sentence. */
export function describeContinuation(origin: Origin, continuation: Continuation): string {
  const selector = formatCheckpointSelector(origin.experiment.name, origin.point.trailers.step);
  switch (continuation.kind) {
    case "continue":
      return `${selector} goes on as the same experiment, unless params change.`;
    case "fork":
      return `${selector} goes on as a new experiment, because ${continuation.reason}; ${origin.experiment.name} stays as it is.`;
  }
}

/** Prepares what a tracker goes on from. */
export function toTrackerOrigin(
  project: Project,
  origin: Origin,
  options: { readonly mustFork: boolean; readonly forkName: string | undefined; readonly keep: KeepPolicy },
): TrackerOrigin {
  const own = ownCommitsUpTo(origin);
  const point = toRunCommit(origin.point);
  const isForked = countOwn(origin.chain) < origin.chain.length;
  const first = origin.chain[countOwn(origin.chain) - 1];
  return {
    point,
    chain: {
      base: isForked ? (first?.commit.parents[0] ?? point.id) : origin.experiment.baseline,
      forkedFrom: first?.trailers.forkedFrom,
      commits: options.keep.kind === "all" ? own.map(toRunCommit) : withPolicyFacts(project, own, options.keep),
    },
    tip: origin.experiment.tip,
    mustFork: options.mustFork,
    forkName: options.forkName,
  };
}

function toRunCommit(commit: ChainCommit): RunCommit {
  return {
    ...{ id: commit.id, tree: commit.commit.tree, parent: commit.commit.parents[0] ?? "" },
    ...{ trailers: commit.trailers, value: undefined, objects: [] },
  };
}

/** What a policy that drops checkpoints has to know of them: the metric, and which objects they need. */
function withPolicyFacts(project: Project, commits: readonly ChainCommit[], keep: KeepPolicy): RunCommit[] {
  const specs = commits.map(({ id, trailers }) => `${id}:${summaryPath(trailers.folder)}`);
  const summaries = keep.kind === "best" ? readObjectsSync(project.repo, specs) : [];
  const objects = readListedObjects(project, commits);
  return commits.map((commit, index) => ({
    ...toRunCommit(commit),
    value: keep.kind === "best" ? readValue(summaries[index]?.data, keep.metric) : undefined,
    objects: objects[index] ?? [],
  }));
}

function summaryPath(folder: string | undefined): string {
  return folder === undefined || folder === "." ? "metrics.json" : `${folder}/metrics.json`;
}

function readValue(data: Buffer | undefined, metric: string): number | undefined {
  if (data === undefined) return undefined;
  try {
    return readSummaryNumber(parsePythonJson(data.toString()), metric);
  } catch {
    // A summary that cannot be read never makes a checkpoint the best one.
    return undefined;
  }
}

function findWorkspaceChanges(
  project: Project,
  point: ChainCommit,
  dir: string,
  ownPaths: readonly string[],
): string[] {
  const index = createSnapshotIndex(project);
  try {
    stageWorkspace(project, index, { paths: [] });
    stageMissing(project, index, point.commit.tree);
    const { folder, checkpoints } = point.trailers;
    const own = {
      folder: toRepositoryPath(project.root, dir),
      paths: [...(checkpoints ?? []), ...(folder === undefined || folder === "." ? [] : [folder]), ...ownPaths],
    };
    // What the logger writes is written anew, and its params are those of the run before until it logs its own.
    const params = own.folder === "" ? "params.yaml" : `${own.folder ?? ""}/params.yaml`;
    return findRelevantChanges(project.repo, point.commit.tree, index.writeTree(), own).filter(
      (path) => path !== params && basename(path) !== "dvc.yaml",
    );
  } finally {
    index[Symbol.dispose]();
  }
}
