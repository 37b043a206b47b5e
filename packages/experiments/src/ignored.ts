import { type GitRepository, runGitSync } from "@waymark/git";

/** Finds out which of some untracked paths Git ignores. Paths are relative to the root. */
export function listIgnored(repo: GitRepository, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const { stdout } = runGitSync(repo, ["check-ignore", "-z", "--stdin"], {
    input: `${paths.join("\0")}\0`,
    allowedExitCodes: [0, 1],
  });
  return new Set(
    stdout
      .toString()
      .split("\0")
      .filter((path) => path !== ""),
  );
}
