import { readObjectFacts } from "./object-facts.ts";
import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/** Options of {@link listObjects}. */
export interface ListObjectsOptions {
  /** Only the commits themselves, with all of their trees and blobs; not their parents. Default `false`. */
  readonly isWithoutParents?: boolean;
  /** Commits whose objects are left out. */
  readonly exclude?: readonly string[];
}

/** What commits are made of. */
export interface ListedObjects {
  /** Ids of commits, trees and blobs that are here. */
  readonly present: readonly string[];
  /** Ids of those that are not, or that are something else than they should be. */
  readonly missing: readonly string[];
}

/**
 * Lists the objects that commits are made of, and which of them are missing. Nothing is fetched that a partial clone
 * lacks.
 *
 * @param commits - Full ids.
 */
export async function listObjects(
  repo: GitRepository,
  commits: readonly string[],
  options: ListObjectsOptions = {},
): Promise<ListedObjects> {
  const { isWithoutParents = false, exclude = [] } = options;
  if (commits.length === 0) return { present: [], missing: [] };
  const parents = isWithoutParents ? ["--no-walk=unsorted"] : [];
  const facts = await readObjectFacts(repo, commits);
  const { stdout, stderr } = await runGit(
    repo,
    ["rev-list", "--objects", "--missing=print", "--no-object-names", "--ignore-missing", ...parents, "--stdin"],
    {
      input: `${[...commits, ...exclude.map((id) => `^${id}`)].join("\n")}\n`,
      env: { GIT_NO_LAZY_FETCH: "1" },
      // A commit whose parent is missing ends the list early; what was listed before it stands.
      allowedExitCodes: [0, 128],
    },
  );
  const present = new Set<string>();
  // Git passes over commits it was asked for and does not have.
  const missing = new Set(commits.filter((_, at) => facts[at] === undefined));
  // What is there and cannot be read is only complained about.
  for (const [, id = ""] of stderr.matchAll(/^(?:error|fatal): .*\b([0-9a-f]{40,64})\b/gmu)) missing.add(id);
  for (const line of stdout.toString().split("\n")) {
    if (line.startsWith("?")) missing.add(line.slice(1));
    else if (line !== "" && !missing.has(line)) present.add(line);
  }
  return { present: [...present], missing: [...missing] };
}
