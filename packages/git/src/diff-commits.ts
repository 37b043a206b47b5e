import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/** A commit with the one it is compared with. */
export interface CommitPair {
  readonly commit: string;
  readonly base: string;
}

/** One file in which a commit differs from another. */
export interface ChangedFile {
  /** As Git prints it: quoted where it holds control characters. */
  readonly path: string;
  /** Mode and id of the file in the commit; an id of zeros where it is not there. */
  readonly content: string;
}

/**
 * Compares many commits with others, in one process and without reading a single file.
 *
 * @returns For each pair the files that differ, in order of paths; `undefined` when a commit is not here.
 */
export async function diffCommits(
  repo: GitRepository,
  pairs: readonly CommitPair[],
): Promise<readonly (readonly ChangedFile[])[] | undefined> {
  if (pairs.length === 0) return [];
  const { exitCode, stdout } = await runGit(
    repo,
    ["diff-tree", "--stdin", "-r", "--raw", "--no-renames", "--no-abbrev"],
    {
      input: pairs.map(({ commit, base }) => `${commit} ${base}\n`).join(""),
      env: { GIT_NO_LAZY_FETCH: "1" },
      allowedExitCodes: [0, 128],
    },
  );
  if (exitCode !== 0) return undefined;
  const changes = new Map<string, ChangedFile[]>();
  let current: ChangedFile[] = [];
  for (const line of stdout.toString().split("\n")) {
    if (line.startsWith(":")) {
      // `:<mode> <mode> <id> <id> <letter>\t<path>`, old before new.
      const [facts = "", path = ""] = line.split("\t");
      const [, mode = "", , id = ""] = facts.slice(1).split(" ");
      current.push({ path, content: `${mode} ${id}` });
    } else if (line !== "") {
      // The commit's own line comes first; one without changes has none.
      current = [];
      changes.set(line.split(" ")[0] ?? "", current);
    }
  }
  return pairs.map(({ commit }) => changes.get(commit) ?? []);
}
