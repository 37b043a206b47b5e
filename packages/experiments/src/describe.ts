import { type GitRepository, type Head, runGit } from "@waymark/git";

/**
 * Names commits as DVC does: the current branch for HEAD, otherwise a tag, otherwise a branch.
 *
 * @returns Only the commits that have a name.
 */
export async function describeCommits(repo: GitRepository, head: Head): Promise<ReadonlyMap<string, string>> {
  const format = "%(refname)%00%(objectname)%00%(*objectname)";
  const { stdout } = await runGit(repo, ["for-each-ref", `--format=${format}`, "refs/heads", "refs/tags"]);
  const tags = new Map<string, string>();
  const branches = new Map<string, string>();
  for (const line of stdout.toString().split("\n")) {
    const [ref, id, peeledId] = line.split("\0");
    if (ref === undefined || id === undefined) continue;
    const isTag = ref.startsWith("refs/tags/");
    const commit = peeledId === undefined || peeledId === "" ? id : peeledId;
    const names = isTag ? tags : branches;
    if (!names.has(commit)) names.set(commit, ref.slice(isTag ? "refs/tags/".length : "refs/heads/".length));
  }
  const names = new Map([...branches, ...tags]);
  if (head.commit !== undefined && head.branch !== undefined) names.set(head.commit, head.branch);
  return names;
}
