import { isValidExperimentName } from "@waymark/core";
import { type GitRepository, listRefs, readHead, RefChangedError, type RefUpdate } from "@waymark/git";
import { ExperimentExistsError, ExperimentMovedError, InvalidExperimentNameError } from "./errors.ts";
import { type ExperimentRef, formatExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefs } from "./experiments.ts";
import { requireExperiments } from "./find-experiment.ts";
import { labelRefs, NOTE_NAMESPACE, TAG_NAMESPACE } from "./labels/label-refs.ts";
import type { Operation, OperationKind } from "./operations/operation.ts";
import { recordedUpdate } from "./operations/recorded-update.ts";
import type { Project } from "./project.ts";
import { followRenames, refuseRunningExperiments } from "./run-folders.ts";

/** Options of {@link renameExperiment}. */
export interface RenameOptions {
  /** Replaces an experiment that has the new name already; `exp undo` brings it back. Default false. */
  readonly force?: boolean;
}

/** What {@link renameExperiment} did. */
export interface RenamedExperiment {
  /** As it was. */
  readonly experiment: ExperimentRef;
  /** Its ref now. */
  readonly ref: string;
  /** `undefined` when it has that name already. */
  readonly operation: Operation | undefined;
}

/** An experiment that moves to another ref. */
export interface ExperimentMove {
  readonly experiment: ExperimentRef;
  readonly to: { readonly name: string; readonly baseline: string };
  /** What the new ref names. */
  readonly tip: string;
}

/** How {@link moveExperiments} does it, and what it is called. */
export interface MoveOptions extends RenameOptions {
  readonly kind: OperationKind;
  readonly summary: string;
}

/**
 * Gives an experiment another name: its ref, its tags, its note and the live folder of its run change together.
 *
 * @param name - Its name or full ref.
 * @throws `ExperimentsNotFoundError`; {@link InvalidExperimentNameError}; {@link ExperimentExistsError} without `force`;
 *   `RunInProgressError` while a process goes on making it; {@link ExperimentMovedError}.
 */
export async function renameExperiment(
  project: Project,
  name: string,
  newName: string,
  options: RenameOptions = {},
): Promise<RenamedExperiment> {
  const { repo } = project;
  if (!isValidExperimentName(newName)) throw new InvalidExperimentNameError(newName);
  const [experiment] = requireExperiments([name], await listExperimentRefs(repo), readHead(repo).commit);
  if (experiment === undefined) throw new InvalidExperimentNameError(name);
  const { baseline, tip, ref } = experiment;
  if (experiment.name === newName) return { experiment, ref, operation: undefined };
  const operation = await moveExperiments(project, [{ experiment, to: { name: newName, baseline }, tip }], {
    ...{ kind: "rename", summary: `rename '${experiment.name}' to '${newName}'`, ...options },
  });
  return { experiment, ref: formatExperimentRef(baseline, newName), operation };
}

/**
 * Moves experiments to other refs, with their labels, in one transaction.
 *
 * @throws {@link ExperimentExistsError}, `RunInProgressError`, {@link ExperimentMovedError}; nothing was changed then.
 */
export async function moveExperiments(
  project: Project,
  moves: readonly ExperimentMove[],
  { kind, summary, force = false }: MoveOptions,
): Promise<Operation> {
  const { repo } = project;
  const experiments = moves.map(({ experiment }) => experiment);
  const known = await readKnownRefs(repo);
  const taken = new Set<string>();
  const replaced = moves.flatMap(({ to }) => {
    const ref = formatExperimentRef(to.baseline, to.name);
    const tip = known.get(ref);
    // Two of one name cannot come to stand on one commit, force or not.
    if (taken.has(ref)) throw new ExperimentExistsError(to.name, to.baseline);
    taken.add(ref);
    if (tip === undefined) return [];
    if (!force) throw new ExperimentExistsError(to.name, to.baseline);
    return [{ ref, tip, ...to }];
  });
  refuseRunningExperiments(project, [...experiments, ...replaced]);
  try {
    const operation = await recordedUpdate(
      repo,
      kind,
      summary,
      moves.flatMap((move) => listUpdates(move, known)),
    );
    followRenames(project, operation.changes);
    return operation;
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    throw new ExperimentMovedError(experiments.map(({ name }) => name).join("', '"), error);
  }
}

/** Tip and labels of an experiment, and whatever stood in the new place. */
function listUpdates({ experiment, to, tip }: ExperimentMove, known: ReadonlyMap<string, string>): RefUpdate[] {
  const newRef = formatExperimentRef(to.baseline, to.name);
  const updates: RefUpdate[] = [
    { ref: experiment.ref, newId: null, oldId: experiment.tip },
    { ref: newRef, newId: tip, oldId: known.get(newRef) ?? null },
  ];
  const targets = labelRefs(newRef);
  for (const [index, ref] of labelRefs(experiment.ref).entries()) {
    const target = targets[index] as string;
    const [label, replaced] = [known.get(ref) ?? null, known.get(target) ?? null];
    if (label !== null) updates.push({ ref, newId: null, oldId: label });
    if (label !== replaced) updates.push({ ref: target, newId: label, oldId: replaced });
  }
  return updates;
}

async function readKnownRefs(repo: GitRepository): Promise<ReadonlyMap<string, string>> {
  const prefixes = ["refs/exps", TAG_NAMESPACE.slice(0, -1), NOTE_NAMESPACE.slice(0, -1)];
  return new Map((await listRefs(repo, prefixes)).map(({ name, id }) => [name, id]));
}
