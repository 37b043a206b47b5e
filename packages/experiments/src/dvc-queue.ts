import { type GitRepository, readRef } from "@waymark/git";

/** Names the newest of what DVC has queued; it goes with the last one. */
const QUEUE_REF = "refs/exps/celery/stash";

/** Tells whether DVC has experiments in its queue that have not been taken. */
export function hasDvcQueue(repo: GitRepository): boolean {
  return readRef(repo, QUEUE_REF) !== undefined;
}
