import { type GitRepository, runGit } from "@waymark/git";
import type { ExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefs } from "./experiments.ts";

/** Experiments whose baseline is on no branch or tag any more, because it was amended, rebased or squashed. */
export interface OrphanedBaseline {
  readonly baseline: string;
  /** In the order of their refs. */
  readonly experiments: readonly ExperimentRef[];
  /** The commit itself is not in this repository: the experiments were fetched without it. */
  readonly isMissing: boolean;
}

/**
 * Finds baselines that neither HEAD nor a branch, a tag or a remote's branch leads to. One process answers for all.
 *
 * @param experiments - Default: all of the repository.
 */
export async function listOrphanedBaselines(
  repo: GitRepository,
  experiments?: readonly ExperimentRef[],
): Promise<OrphanedBaseline[]> {
  const groups = new Map<string, ExperimentRef[]>();
  for (const experiment of experiments ?? (await listExperimentRefs(repo))) {
    const group = groups.get(experiment.baseline);
    if (group === undefined) groups.set(experiment.baseline, [experiment]);
    else group.push(experiment);
  }
  if (groups.size === 0) return [];
  const unreachable = await listUnreachable(repo, [...groups.keys()]);
  return [...groups].flatMap(([baseline, group]): OrphanedBaseline[] => {
    const state = unreachable.get(baseline);
    return state === undefined ? [] : [{ baseline, experiments: group, isMissing: state === "missing" }];
  });
}

/**
 * Lists those of some commits that nothing leads to.
 *
 * `rev-list` stops where branches begin, so it walks what they do not have, which is what was rewritten, and not history.
 */
async function listUnreachable(
  repo: GitRepository,
  commits: readonly string[],
): Promise<ReadonlyMap<string, "orphaned" | "missing">> {
  const here = await listHere(repo, commits);
  const missing = commits.filter((commit) => !here.has(commit)).map((commit) => [commit, "missing"] as const);
  const present = commits.filter((commit) => here.has(commit));
  if (present.length === 0) return new Map(missing);
  const refs = await listTips(repo);
  const { stdout } = await runGit(repo, ["rev-list", "--ignore-missing", "--stdin"], {
    input: `${[...present, ...refs.map((id) => `^${id}`)].join("\n")}\n`,
    // History that is cut off ends the list; what was listed before stands.
    allowedExitCodes: [0, 128],
  });
  const listed = new Set(stdout.toString().split("\n"));
  const orphaned = present.filter((commit) => listed.has(commit)).map((commit) => [commit, "orphaned"] as const);
  return new Map([...orphaned, ...missing]);
}

async function listHere(repo: GitRepository, commits: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout } = await runGit(repo, ["cat-file", "--batch-check", "--buffer"], {
    input: `${commits.join("\n")}\n`,
    env: { GIT_NO_LAZY_FETCH: "1" },
  });
  const lines = stdout.toString().split("\n");
  return new Set(lines.flatMap((line) => /^([0-9a-f]+) commit /u.exec(line)?.[1] ?? []));
}

/** Commits of HEAD, branches, remote branches and tags; the heads of other work trees too. */
async function listTips(repo: GitRepository): Promise<string[]> {
  const { stdout } = await runGit(repo, [
    ...["for-each-ref", "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname)"],
    ...["refs/heads", "refs/remotes", "refs/tags"],
  ]);
  const tips = stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [type, id, peeledType, peeledId] = line.split(" ");
      if (type === "commit" && id !== undefined) return [id];
      return peeledType === "commit" && peeledId !== undefined ? [peeledId] : [];
    });
  const head = repo.headCommit;
  return [...new Set(head === undefined ? tips : [...tips, head])];
}
