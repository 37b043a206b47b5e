import { type GitRepository, listRefs, parseCommit, readObjectsSync } from "@waymark/git";
import { OperationNotFoundError } from "./errors.ts";
import { type Operation, OPERATION_NAMESPACE, operationId, parseOperation } from "./operation.ts";

/** An operation as a listing shows it. */
export interface ListedOperation extends Operation {
  /** Another operation took it back, and was not taken back itself. */
  readonly isUndone: boolean;
}

/** Lists the operations that can be undone, newest first. What is no record of an operation is passed over. */
export async function listOperations(repo: GitRepository): Promise<ListedOperation[]> {
  const refs = (await listRefs(repo, [OPERATION_NAMESPACE.slice(0, -1)])).filter(({ name }) => operationId(name));
  const objects = readObjectsSync(
    repo,
    refs.map(({ id }) => id),
  );
  const operations = refs.flatMap(({ name: ref, id: commit }, index): Operation[] => {
    const object = objects[index];
    const parsed = object?.type === "commit" ? parseCommit(object.data) : undefined;
    const record = parsed === undefined ? undefined : parseOperation(parsed.message);
    return record === undefined ? [] : [{ ...record, id: operationId(ref) ?? "", ref, commit }];
  });
  const undone = findUndone(operations);
  return operations
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .map((operation) => ({ ...operation, isUndone: undone.has(operation.id) }));
}

/**
 * Finds the operation a user means.
 *
 * @param text - An id, or as much of its beginning or end as tells it apart; `undefined` means the newest that is neither
 *   undone nor an undo itself.
 * @throws {@link OperationNotFoundError}
 */
export function findOperation(operations: readonly ListedOperation[], text: string | undefined): ListedOperation {
  if (text === undefined) {
    const last = operations.find(({ kind, isUndone }) => kind !== "undo" && !isUndone);
    if (last === undefined) throw new OperationNotFoundError(undefined, 0);
    return last;
  }
  const exact = operations.filter(({ id, ref }) => id === text || ref === text);
  const found = exact.length > 0 ? exact : operations.filter(({ id }) => id.startsWith(text) || id.endsWith(text));
  const [first] = found;
  if (text === "" || first === undefined || found.length > 1) throw new OperationNotFoundError(text, found.length);
  return first;
}

/** An operation is undone when a later one took it back, unless that was taken back in turn. */
function findUndone(operations: readonly Operation[]): ReadonlySet<string> {
  const undone = new Set<string>();
  // Newest first: whether an undo stands is known before what it took back is looked at.
  for (const { id, undoes } of [...operations].sort((a, b) => (a.id < b.id ? 1 : -1))) {
    if (undoes === undefined || undone.has(id)) continue;
    undone.add(undoes);
  }
  return undone;
}
