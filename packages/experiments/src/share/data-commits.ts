import { diffCommits, type GitRepository, runGit } from "@waymark/git";
import type { ExperimentRef } from "../experiment-ref.ts";

/** Files that say what data a commit has. */
const DATA_FILE = /(?:^|\/)(?:dvc\.yaml|dvc\.lock|\.dvcignore|[^/]*\.dvc)"?$/u;
/** Files whose values a template may put into the path of an output. */
const VALUE_FILE = /\.(?:ya?ml|json|toml|py)"?$/u;
const PIPELINE_FILE = /(?:^|\/)dvc\.yaml"?$/u;

/**
 * Chooses commits whose data is that of all: of those that have the same data files as another one, one is enough to
 * know it. Thousands of experiments that differ in their params and metrics alone are then as quick to read as one.
 *
 * @param chains - Commits of each experiment.
 */
export async function chooseDataCommits(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  chains: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const all = [...new Set(chains.flat())];
  const pairs = new Map(
    experiments.flatMap(({ baseline }, at) => (chains[at] ?? []).map((commit) => [commit, { commit, base: baseline }])),
  );
  // One or two are read as quickly as they are compared.
  if (pairs.size <= 2) return all;
  const bases = [...new Set(experiments.map(({ baseline }) => baseline))];
  const [changes, isTemplated] = await Promise.all([diffCommits(repo, [...pairs.values()]), hasTemplates(repo, bases)]);
  if (changes === undefined) return all;
  const chosen = new Map<string, string>();
  for (const [at, { commit, base }] of [...pairs.values()].entries()) {
    const changed = changes[at] ?? [];
    // A pipeline that was changed may have become a template.
    const isRelevant = (path: string): boolean =>
      DATA_FILE.test(path) ||
      (VALUE_FILE.test(path) && (isTemplated || changed.some((file) => PIPELINE_FILE.test(file.path))));
    const relevant = changed.filter(({ path }) => isRelevant(path)).map(({ path, content }) => `${content}\t${path}`);
    const key = [base, ...relevant].join("\n");
    if (!chosen.has(key)) chosen.set(key, commit);
  }
  return [...chosen.values()];
}

/** So many commits are looked through at once: they are arguments. */
const AT_ONCE = 200;

async function hasTemplates(repo: GitRepository, commits: readonly string[]): Promise<boolean> {
  for (let at = 0; at < commits.length; at += AT_ONCE) {
    const some = commits.slice(at, at + AT_ONCE);
    // Only what lies at the top or in a folder of it, by its name; binary or not.
    const { exitCode } = await runGit(
      repo,
      ["grep", "--quiet", "--text", "-F", "${", ...some, "--", ":(glob)**/dvc.yaml"],
      {
        env: { GIT_NO_LAZY_FETCH: "1" },
        allowedExitCodes: [0, 1, 128],
      },
    );
    if (exitCode !== 1) return true;
  }
  return false;
}
