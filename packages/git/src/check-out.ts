import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { GitCommandError } from "./errors.ts";
import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/** What a process that was killed leaves in the Git folder of a work tree, and what a half-done merge or rebase keeps there. */
const UNFINISHED = [
  ...["index.lock", "HEAD.lock", "config.worktree.lock"],
  ...["MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "CHERRY_PICK_HEAD", "REVERT_HEAD", "AUTO_MERGE"],
  ...["rebase-merge", "rebase-apply", "sequencer", "BISECT_LOG", "logs"],
];

/** Settings that decide how bytes of a commit become files. */
const FILE_SETTINGS =
  /^(?:core\.(?:autocrlf|eol|symlinks|filemode|ignorecase|precomposeunicode|attributesfile|sparsecheckout|sparsecheckoutcone)|filter\..*)$/u;

/** Options of {@link checkOutCommit}. */
export interface CheckOutOptions {
  /** The commit that the files come from so far; `undefined` for a work tree without files, or when nobody knows. */
  readonly from: string | undefined;
  /** Variables on top of those of the repository. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Makes all tracked files of a work tree those of a commit, and detaches its HEAD there, whatever happened in it before.
 * Only what differs is written, on all cores; filters run as they do for the user, hooks do not. Files that Git does not
 * track stay, except where a tracked one belongs.
 *
 * The work tree must be nobody else's: locks in its Git folder are removed.
 */
export async function checkOutCommit(tree: GitRepository, commit: string, options: CheckOutOptions): Promise<void> {
  const { from, env = {} } = options;
  for (const name of UNFINISHED) rmSync(join(tree.gitDir, name), { recursive: true, force: true });
  // Git takes a file for up to date whose content is the same, although its attributes turn it into other bytes now.
  if (from === undefined || (from !== commit && (await hasOtherAttributes(tree, from, commit)))) {
    rmSync(join(tree.gitDir, "index"), { force: true });
  }
  await runGit(tree, ["checkout", "--quiet", "--force", "--detach", "--no-recurse-submodules", commit, "--"], {
    config: ["checkout.workers=0", "core.logAllRefUpdates=false"],
    env,
  });
}

/**
 * Sums up what beside the content of commits decides how their files look: settings, attributes and patterns of this
 * repository. As long as it stays the same, files that were checked out stay as they are.
 */
export function fileSettingsDigest(repo: GitRepository): string {
  const hash = createHash("sha256");
  for (const [key, value] of repo.configEntries) if (FILE_SETTINGS.test(key)) hash.update(`${key}=${value}\0`);
  const attributes = repo.config.get("core.attributesfile");
  const files = [
    join(repo.commonDir, "info", "attributes"),
    join(repo.gitDir, "info", "sparse-checkout"),
    ...(attributes === undefined ? [] : [attributes.replace(/^~(?=\/)/u, repo.env["HOME"] ?? "~")]),
  ];
  for (const path of files) hash.update(`\0${readBytes(path)?.toString("hex") ?? "-"}`);
  return hash.digest("hex");
}

async function hasOtherAttributes(tree: GitRepository, from: string, to: string): Promise<boolean> {
  try {
    const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to];
    const { stdout } = await runGit(tree, args);
    return stdout
      .toString()
      .split("\0")
      .some((path) => path === ".gitattributes" || path.endsWith("/.gitattributes"));
  } catch (error) {
    // The commit before was collected: nothing can be said of it.
    if (error instanceof GitCommandError) return true;
    throw error;
  }
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES")) return undefined;
    throw error;
  }
}
