import { type GitRepository, runGitSync } from "@waymark/git";

/** Finds out which of some untracked paths Git ignores. Paths are relative to the root. */
export function listIgnored(repo: GitRepository, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const { stdout } = runGitSync(repo, ["check-ignore", "-z", "--stdin"], {
    // A name that starts with ':' would be read as pathspec magic.
    input: paths.map((path) => `./${path}\0`).join(""),
    allowedExitCodes: [0, 1],
  });
  return new Set(
    stdout
      .toString()
      .split("\0")
      .filter((path) => path !== "")
      .map((path) => path.slice(2)),
  );
}
