import { type GitRepository, readHead, RefChangedError, updateRefs } from "@waymark/git";
import { type BaselineSelection, resolveBaselines } from "./baselines.ts";
import { CannotRemoveCheckpointError, ExperimentMovedError } from "./errors.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefs } from "./experiments.ts";
import { findExperiment, requireExperiments } from "./find-experiment.ts";
import { parseCheckpointSelector } from "./selector.ts";

/** Which experiments to remove: names, or those of a selection of commits. */
export type RemoveSelection =
  | { readonly names: readonly string[] }
  | { readonly baselines: Pick<BaselineSelection, "allCommits" | "revisions" | "count"> };

/** Options of {@link planRemoval}. */
export interface RemoveOptions {
  /** Removes every experiment of the repository but the selected ones. Default false. */
  readonly keep?: boolean;
}

/**
 * Finds what a removal would take away.
 *
 * @throws {@link CannotRemoveCheckpointError} for `NAME@STEP`; an error naming every unknown name.
 */
export async function planRemoval(
  repo: GitRepository,
  selection: RemoveSelection,
  options: RemoveOptions = {},
): Promise<ExperimentRef[]> {
  const experiments = await listExperimentRefs(repo);
  const selected = await select(repo, selection, experiments);
  if (options.keep !== true) return selected;
  const kept = new Set(selected.map((experiment) => experiment.ref));
  return experiments.filter((experiment) => !kept.has(experiment.ref));
}

/**
 * Removes experiments in one transaction: all, or none when one of them moved meanwhile. Their commits and their files
 * in the cache stay until `git gc` and `dvc gc`.
 *
 * @throws {@link ExperimentMovedError}
 */
export function removeExperiments(repo: GitRepository, experiments: readonly ExperimentRef[]): void {
  try {
    updateRefs(
      repo,
      experiments.map(({ ref, tip }) => ({ ref, newId: null, oldId: tip })),
    );
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    throw new ExperimentMovedError(experiments.map((experiment) => experiment.name).join(", "), error);
  }
}

async function select(
  repo: GitRepository,
  selection: RemoveSelection,
  experiments: readonly ExperimentRef[],
): Promise<ExperimentRef[]> {
  const head = readHead(repo).commit;
  if ("names" in selection) {
    for (const name of selection.names) refuseCheckpoint(name, experiments, head);
    return requireExperiments(selection.names, experiments, head);
  }
  if (selection.baselines.allCommits === true) return [...experiments];
  const wanted = new Set(await resolveBaselines(repo, selection.baselines));
  return experiments.filter((experiment) => wanted.has(experiment.baseline));
}

function refuseCheckpoint(text: string, experiments: readonly ExperimentRef[], head: string | undefined): void {
  const { name, step } = parseCheckpointSelector(text);
  if (step === undefined || experiments.some((experiment) => experiment.name === text)) return;
  if (findExperiment(name, experiments, head) !== undefined) throw new CannotRemoveCheckpointError(text, name);
}
