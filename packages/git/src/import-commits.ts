import { randomBytes } from "node:crypto";
import { formatSignature } from "./commit.ts";
import { readIdentity } from "./identity.ts";
import { syncObjectFolders } from "./loose-objects.ts";
import { type RefUpdate, updateRefs } from "./refs.ts";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";
import { requireTreePath } from "./tree-path.ts";

/** A commit to be made from a tree that is there, with some files changed, and the new ref that names it. */
export interface CommitToImport {
  /** Full name; it must not exist. */
  readonly ref: string;
  /** More refs for the same commit, which must not exist either. Default: none. */
  readonly alsoRefs?: readonly string[];
  readonly parent: string;
  /** Id of the tree to start from. */
  readonly tree: string;
  readonly message: string;
  /** Content of files by path; `null` takes one away. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

/** Names the ref that an import has while it goes on, and that one leaves which is killed. */
export function newImportRef(nowMs: number): string {
  return `refs/waymark/import-${nowMs.toString(36)}-${randomBytes(6).toString("hex")}`;
}

/** Tells when an import began that has this ref, in milliseconds since the epoch; `undefined` for any other ref. */
export function importTime(ref: string): number | undefined {
  const [, moment] = /^refs\/waymark\/import-([0-9a-z]{8,9})-[0-9a-f]{12}$/u.exec(ref) ?? [];
  return moment === undefined ? undefined : Number.parseInt(moment, 36);
}

/**
 * Makes many commits and their refs with two processes, however many there are: all of them, or none when one of the
 * refs exists.
 *
 * @returns The ids of the commits, in their order.
 * @throws `RefChangedError`; `InvalidTreePathError`; `IdentityMissingError`.
 */
export function importCommits(
  repo: GitRepository,
  commits: readonly CommitToImport[],
  options: { readonly date?: Date } = {},
): readonly string[] {
  if (commits.length === 0) return [];
  // Every commit of an import needs a branch. Ours is one that goes with the transaction that makes the real refs.
  const branch = newImportRef(Date.now());
  const identity = readIdentity(repo);
  const date = options.date ?? new Date();
  const moment = { timeSeconds: Math.floor(date.getTime() / 1000), offsetMinutes: -date.getTimezoneOffset() };
  const author = formatSignature({ ...identity.author, ...moment });
  const committer = formatSignature({ ...identity.committer, ...moment });
  const stream = Buffer.concat(
    commits.flatMap((commit, at) => formatImport(commit, { branch, mark: at + 1, author, committer })),
  );
  const beganMs = Date.now();
  const { stdout } = runGitSync(repo, ["fast-import", "--quiet", "--date-format=raw", "--force", "--done"], {
    input: Buffer.concat([stream, Buffer.from("done\n")]),
  });
  syncObjectFolders(repo, beganMs);
  const ids = stdout.toString().trim().split("\n");
  const refs = commits.flatMap(({ ref: first, alsoRefs = [] }, at) =>
    [first, ...alsoRefs].map((ref): RefUpdate => ({ ref, newId: ids[at] ?? null, oldId: null })),
  );
  try {
    updateRefs(repo, [...refs, { ref: branch, newId: null, oldId: undefined }]);
  } catch (error) {
    updateRefs(repo, [{ ref: branch, newId: null, oldId: undefined }]);
    throw error;
  }
  return ids;
}

interface ImportPlace {
  readonly branch: string;
  readonly mark: number;
  readonly author: string;
  readonly committer: string;
}

function formatImport(commit: CommitToImport, { branch, mark, author, committer }: ImportPlace): readonly Buffer[] {
  const message = Buffer.from(commit.message.replaceAll("\0", ""));
  const parts = [
    Buffer.from(
      `commit ${branch}\nmark :${mark}\nauthor ${author}\ncommitter ${committer}\ndata ${message.byteLength}\n`,
    ),
    message,
    Buffer.from(`\nfrom ${commit.parent}\nM 040000 ${commit.tree} ""\n`),
  ];
  for (const [path, data] of commit.files) {
    requireTreePath(path);
    if (data === null) parts.push(Buffer.from(`D ${quote(path)}\n`));
    else
      parts.push(Buffer.from(`M 100644 inline ${quote(path)}\ndata ${data.byteLength}\n`), Buffer.from(data), NEWLINE);
  }
  parts.push(Buffer.from(`\nget-mark :${mark}\n`));
  return parts;
}

const NEWLINE = Buffer.from("\n");

/** A C string: a path may hold line breaks and quotes. */
function quote(path: string): string {
  return `"${path.replace(/["\\]/gu, "\\$&").replaceAll("\n", "\\n")}"`;
}
