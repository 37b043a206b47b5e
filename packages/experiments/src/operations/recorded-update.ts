import {
  commitTree,
  formatTree,
  type GitRepository,
  listRefs,
  readObjectFacts,
  readRef,
  RefChangedError,
  type RefUpdate,
  updateRefs,
  writeObjects,
} from "@waymark/git";
import { expireListed } from "./expire-operations.ts";
import {
  formatOperation,
  newOperationId,
  type Operation,
  OPERATION_NAMESPACE,
  type OperationKind,
  type OperationWorkspace,
  type RefChange,
} from "./operation.ts";

/** More of what {@link recordedUpdate} is to record. */
export interface RecordOptions {
  /** Commits and blobs that must stay although no ref names them any more, besides the old values of the refs. */
  readonly keepObjects?: readonly string[];
  /** What is done to files. Both its commits are kept. */
  readonly workspace?: OperationWorkspace | undefined;
  /** The operation that this one takes back. */
  readonly undoes?: string | undefined;
  /** Changes of refs that go with the others, and are not brought back: what a run in progress means by them is over. */
  readonly alongside?: readonly RefUpdate[];
  /** Default: now. */
  readonly now?: Date;
}

/** Records are made by the program, and need nobody's name. */
const NOBODY = { name: "waymark", email: "waymark@localhost" };
/** How often an id may be taken already. */
const ATTEMPTS = 8;

/**
 * Changes refs and records how to take that back, in one transaction: either both happen, or neither.
 *
 * ```
 *   refs/waymark/trash/<id> ─▶ commit ─parents─▶ commits that refs named before
 *                                │ └─ tree ────▶ blobs they named before (tags, notes)
 *                                └─ message: what was done to which ref, as JSON
 * ```
 *
 * A ref whose old value is `undefined` is looked up first: nothing is changed that was not recorded.
 *
 * @param summary - One line for people, without the verb's subject: `remove 'brave-bat'`.
 * @throws `RefChangedError` when a ref has not its old value; nothing was changed then.
 */
export async function recordedUpdate(
  repo: GitRepository,
  kind: OperationKind,
  summary: string,
  updates: readonly RefUpdate[],
  options: RecordOptions = {},
): Promise<Operation> {
  const changes = updates.map(({ ref, newId, oldId }): RefChange => {
    return { ref, newId, oldId: oldId === undefined ? (readRef(repo, ref) ?? null) : oldId };
  });
  const now = options.now ?? new Date();
  const { workspace, undoes, alongside = [] } = options;
  const record = { kind, summary, timeMs: now.getTime(), changes, workspace, undoes };
  const old = changes.flatMap(({ oldId }) => oldId ?? []);
  const kept = [
    ...old,
    ...(workspace === undefined ? [] : [workspace.commit, workspace.applied]),
    ...(options.keepObjects ?? []),
  ];
  const [known, { tree, parents }] = await Promise.all([
    listRefs(repo, [OPERATION_NAMESPACE.slice(0, -1)]),
    holdObjects(repo, kept),
  ]);
  const identity = { author: NOBODY, committer: NOBODY };
  const commit = commitTree(repo, { tree, parents, identity, date: now, message: formatOperation(record) });
  for (let attempt = 1; ; attempt += 1) {
    const id = newOperationId(now);
    const ref = `${OPERATION_NAMESPACE}${id}`;
    try {
      updateRefs(repo, [...changes, ...alongside, { ref, newId: commit, oldId: null }]);
    } catch (error) {
      if (!(error instanceof RefChangedError) || error.ref !== ref || attempt === ATTEMPTS) throw error;
      continue;
    }
    expireListed(repo, known, now);
    return { ...record, id, ref, commit };
  }
}

/** Makes a tree of blobs and a list of commits, of those that are here: Git's clean-up spares what a commit leads to. */
async function holdObjects(
  repo: GitRepository,
  ids: readonly string[],
): Promise<{ readonly tree: string; readonly parents: readonly string[] }> {
  const facts = await readObjectFacts(repo, [...new Set(ids)]);
  const commits = new Set<string>();
  const blobs = new Set<string>();
  for (const fact of facts) {
    if (fact?.type === "commit") commits.add(fact.id);
    if (fact?.type === "blob") blobs.add(fact.id);
  }
  const entries = [...blobs].map((id) => ({ rawName: id, mode: "100644" as const, id }));
  const [tree = ""] = writeObjects(repo, [{ type: "tree", data: formatTree(entries) }]);
  return { tree, parents: [...commits] };
}
