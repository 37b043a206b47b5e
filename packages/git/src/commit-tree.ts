import { formatCommit, type Signature } from "./commit.ts";
import { parseGitDate } from "./git-date.ts";
import { readIdentity, type CommitIdentity } from "./identity.ts";
import { writeObjects } from "./loose-objects.ts";
import { objectId, type NewObject } from "./object.ts";
import type { GitRepository } from "./repository.ts";

/** A commit to be made. */
export interface NewCommit {
  /** Id of the tree. */
  readonly tree: string;
  /** Ids of the parents, first parent first. */
  readonly parents: readonly string[];
  /** Stored as given: no line end is added. */
  readonly message: string;
  /** Default: what {@link readIdentity} answers. */
  readonly identity?: CommitIdentity;
  /** Default: `GIT_AUTHOR_DATE` and `GIT_COMMITTER_DATE` when set, else now. */
  readonly date?: Date;
  /** The commit survives power loss once the call returned. Default `true`. */
  readonly durable?: boolean;
}

/**
 * Writes a commit object, without starting a process: no hook runs, nothing is signed, no ref moves.
 *
 * @returns Its id.
 * @throws {@link IdentityMissingError} when nobody can be named as its author.
 */
export function commitTree(repo: GitRepository, commit: NewCommit): string {
  const object = formatNewCommit(repo, commit);
  writeObjects(repo, [object], { durable: commit.durable ?? true });
  return objectId(object, repo.objectFormat);
}

/**
 * Makes the object of a new commit without writing it.
 *
 * @throws {@link IdentityMissingError} when nobody can be named as its author.
 */
export function formatNewCommit(repo: GitRepository, commit: Omit<NewCommit, "durable">): NewObject {
  const identity = commit.identity ?? readIdentity(repo);
  const moment = momentOf(commit.date ?? new Date());
  const sign = (role: "author" | "committer"): Signature => {
    const given = commit.date === undefined ? repo.env[`GIT_${role.toUpperCase()}_DATE`] : undefined;
    return { ...identity[role], ...((given ? parseGitDate(given) : undefined) ?? moment) };
  };
  const data = formatCommit({
    tree: commit.tree,
    parents: commit.parents,
    author: sign("author"),
    committer: sign("committer"),
    // A NUL would hide the rest of the message from Git.
    message: commit.message.replaceAll("\0", ""),
  });
  return { type: "commit", data };
}

function momentOf(date: Date): Pick<Signature, "timeSeconds" | "offsetMinutes"> {
  return { timeSeconds: Math.floor(date.getTime() / 1000), offsetMinutes: -date.getTimezoneOffset() };
}
