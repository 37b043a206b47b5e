import {
  type GitRef,
  GitLockedError,
  type GitRepository,
  listRefsSync,
  RefChangedError,
  updateRefs,
} from "@waymark/git";
import { OPERATION_NAMESPACE, operationId, operationTime } from "./operation.ts";

/** How long operations can be undone, in days. */
export const OPERATION_DAYS = 30;

const DAY_MS = 24 * 3600 * 1000;

/**
 * Forgets operations of long ago. What they kept goes with Git's next clean-up.
 *
 * @param days - Age from which on they go. Default 30.
 * @returns Ids of those that are gone.
 */
export function expireOperations(repo: GitRepository, days: number = OPERATION_DAYS, now: Date = new Date()): string[] {
  return expireListed(repo, listRefsSync(repo, [OPERATION_NAMESPACE.slice(0, -1)]), now, days);
}

/** Lists the ids of operations that are older than so many days. */
export function listExpired(refs: readonly GitRef[], now: Date, days: number = OPERATION_DAYS): string[] {
  const limit = now.getTime() - days * DAY_MS;
  return refs.flatMap(({ name }) => {
    const id = operationId(name);
    return id !== undefined && (operationTime(id) ?? limit) < limit ? [id] : [];
  });
}

/** As {@link expireOperations}, of refs that were listed already. */
export function expireListed(
  repo: GitRepository,
  refs: readonly GitRef[],
  now: Date,
  days: number = OPERATION_DAYS,
): string[] {
  const expired = listExpired(refs, now, days);
  const idOf = new Map(refs.map(({ name, id }) => [name, id]));
  try {
    updateRefs(
      repo,
      expired.map((id) => `${OPERATION_NAMESPACE}${id}`).map((ref) => ({ ref, newId: null, oldId: idOf.get(ref) })),
    );
    return expired;
  } catch (error) {
    // Somebody else clears them away just now.
    if (error instanceof RefChangedError || error instanceof GitLockedError) return [];
    throw error;
  }
}
