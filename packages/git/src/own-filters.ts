import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/**
 * Makes variables with which Git runs none of the filters that the repository's own configuration names: whoever packed
 * the repository wrote it, and what only reads runs nothing of theirs. Filters that the user or the machine has set up,
 * as Git LFS is, go on working.
 */
export async function withoutOwnFilters(repo: GitRepository): Promise<Readonly<Record<string, string>>> {
  const args = ["config", "--local", "--includes", "--null", "--name-only", "--get-regexp", "^filter\\."];
  const { stdout } = await runGit(repo, args, { allowedExitCodes: [0, 1] });
  const keys = stdout.toString().split("\0").filter(Boolean);
  const drivers = new Set(keys.map((key) => key.slice(0, key.lastIndexOf("."))));
  const settings = [...drivers].flatMap((driver) => [
    ...["clean", "smudge", "process"].map((name) => [`${driver}.${name}`, ""] as const),
    [`${driver}.required`, "false"] as const,
  ]);
  if (settings.length === 0) return {};
  // Behind those of the user; names of drivers may hold anything, which the command line could not tell.
  const known = Number(repo.env["GIT_CONFIG_COUNT"] ?? 0) || 0;
  const entries = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${known + at}`, key] as const,
    [`GIT_CONFIG_VALUE_${known + at}`, value] as const,
  ]);
  return Object.fromEntries([["GIT_CONFIG_COUNT", `${known + settings.length}`], ...entries]);
}
