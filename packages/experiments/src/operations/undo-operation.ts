import { type GitRepository, listRefsSync, readObjectFacts, type RefUpdate } from "@waymark/git";
import { parseExperimentRef } from "../experiment-ref.ts";
import { parseLabelRef } from "../labels/label-refs.ts";
import type { Project } from "../project.ts";
import { followRenames } from "../run-folders.ts";
import { undoApply, type UndoApplyOptions } from "../workspace/undo-apply.ts";
import { OperationLostError, OperationOvertakenError } from "./errors.ts";
import { findOperation, type ListedOperation, listOperations } from "./list-operations.ts";
import { type RefChange, restorableType } from "./operation.ts";
import { recordedUpdate } from "./recorded-update.ts";

/** Options of {@link undoOperation}. */
export interface UndoOptions extends UndoApplyOptions {
  /** Says what would be undone, and does nothing. Default false. */
  readonly isDryRun?: boolean;
}

/** What {@link undoOperation} did, or would do. */
export interface UndoneOperation {
  /** What was taken back. */
  readonly operation: ListedOperation;
  /** Changes of refs that took it back. Those that others had made by then are left out. */
  readonly changes: readonly RefChange[];
  /** Files that were written or removed, relative to the repository. Empty in a dry run. */
  readonly paths: readonly string[];
  /** Id of the operation that takes this back in turn; `undefined` in a dry run, or when there was nothing to do. */
  readonly record: string | undefined;
}

/**
 * Takes an operation back: refs, and the workspace where it changed files. That is an operation itself, so an undo can
 * be undone.
 *
 * @param text - Its id, or a part that tells it apart; `undefined` means the newest that is neither undone nor an undo.
 * @throws {@link OperationOvertakenError} when refs were changed since, unless `force` is given: what they name is
 *   kept then; {@link OperationLostError} when Git has cleared away what is to come back; `OperationNotFoundError`; what
 *   `undoApply` throws. Nothing has been changed then.
 */
export async function undoOperation(
  project: Project,
  text: string | undefined,
  options: UndoOptions = {},
): Promise<UndoneOperation> {
  const { repo } = project;
  const operation = findOperation(await listOperations(repo), text);
  const changes = planChanges(repo, operation, options.force ?? false);
  await requireObjects(repo, operation, changes);
  const isDone = changes.length === 0 && operation.isUndone;
  if (options.isDryRun === true || isDone) return { operation, changes, paths: [], record: undefined };
  const { paths, record } = await carryOut(project, operation, changes, options);
  followRenames(project, changes);
  return { operation, changes, paths, record };
}

/** Names what undoing an operation is: taking an undo back is doing it again. */
export function describeUndo({ kind, summary }: Pick<ListedOperation, "kind" | "summary">): string {
  const [verb = "", ...rest] = summary.split(" ");
  const isKnown = kind === "undo" && (verb === "undo" || verb === "redo");
  if (!isKnown) return `undo ${summary}`;
  return `${verb === "undo" ? "redo" : "undo"} ${rest.join(" ")}`;
}

async function carryOut(
  project: Project,
  operation: ListedOperation,
  updates: readonly RefUpdate[],
  options: UndoOptions,
): Promise<{ readonly paths: readonly string[]; readonly record: string }> {
  const { id, workspace } = operation;
  const summary = describeUndo(operation);
  if (workspace === undefined) {
    const record = await recordedUpdate(project.repo, "undo", summary, updates, { undoes: id });
    return { paths: [], record: record.id };
  }
  const undone = await undoApply(project, { id, summary, updates, workspace }, options);
  return { paths: undone.paths, record: undone.operation.id };
}

function planChanges(repo: GitRepository, operation: ListedOperation, force: boolean): RefChange[] {
  const now = new Map(listRefsSync(repo, ["refs/exps", "refs/waymark"]).map(({ name, id }) => [name, id]));
  const changes: RefChange[] = [];
  const moved: { readonly ref: string; readonly what: string }[] = [];
  for (const { ref, oldId, newId } of operation.changes) {
    const current = now.get(ref) ?? null;
    if (current === oldId) continue;
    if (current !== newId) moved.push({ ref, what: describeMove(ref, current, newId) });
    changes.push({ ref, oldId: current, newId: oldId });
  }
  if (moved.length > 0 && !force) {
    throw new OperationOvertakenError(
      operation.summary,
      moved.map(({ ref }) => ref),
      moved.map(({ what }) => what),
    );
  }
  return changes;
}

function describeMove(ref: string, current: string | null, expected: string | null): string {
  const what = describeRef(ref);
  if (current === null) return `${what} was removed`;
  return expected === null ? `${what} was made anew (${current.slice(0, 7)})` : `${what} is ${current.slice(0, 7)} now`;
}

function describeRef(ref: string): string {
  const experiment = parseExperimentRef(ref);
  if (experiment !== undefined) return `'${experiment.name}' of ${experiment.baseline.slice(0, 7)}`;
  const label = parseLabelRef(ref);
  const labelled = label === undefined ? undefined : parseExperimentRef(label.experimentRef);
  if (label === undefined || labelled === undefined) return `'${ref}'`;
  return `${label.kind === "tags" ? "the tags" : "the note"} of '${labelled.name}' of ${labelled.baseline.slice(0, 7)}`;
}

/** What comes back must be here, and be what such a ref names. */
async function requireObjects(
  repo: GitRepository,
  operation: ListedOperation,
  changes: readonly RefChange[],
): Promise<void> {
  const wanted = changes.flatMap(({ ref, newId }) => (newId === null ? [] : [{ ref, id: newId }]));
  const facts = await readObjectFacts(
    repo,
    wanted.map(({ id }) => id),
  );
  const lost = wanted.filter(({ ref }, index) => facts[index]?.type !== restorableType(ref));
  if (lost.length === 0) return;
  throw new OperationLostError(
    operation.summary,
    lost.map(({ ref, id }) => `${describeRef(ref)}: ${id.slice(0, 7)}`),
  );
}
