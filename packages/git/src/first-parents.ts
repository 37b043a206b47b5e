import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/**
 * Lists the commits that lead to tips along first parents, and are in no history of `stops`, in one process.
 *
 * @returns The first parent of each; `undefined` for one that has none. What is not here is left out.
 */
export async function readFirstParents(
  repo: GitRepository,
  tips: readonly string[],
  stops: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  if (tips.length === 0) return new Map();
  const input = [...new Set(tips), ...new Set(stops.map((stop) => `^${stop}`))];
  const { stdout } = await runGit(
    repo,
    ["rev-list", "--first-parent", "--parents", "--ignore-missing", "--stdin"],
    // History that is cut off ends the list early; what was listed before stands.
    { input: `${input.join("\n")}\n`, allowedExitCodes: [0, 128] },
  );
  const parents = new Map<string, string | undefined>();
  for (const line of stdout.toString().split("\n")) {
    const [commit = "", parent] = line.split(" ");
    if (commit !== "") parents.set(commit, parent);
  }
  return parents;
}
