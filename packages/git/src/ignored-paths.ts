import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";

/**
 * Returns those of the paths that Git's ignore rules hide, whether Git tracks them or not.
 *
 * @param paths - Relative to the root of the work tree, `/` between parts.
 */
export function listIgnoredPaths(repo: GitRepository, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const { stdout } = runGitSync(repo, ["check-ignore", "-z", "--no-index", "--stdin"], {
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

/**
 * Returns those of the paths that the user's index holds a file at, or files below: they are Git's to keep.
 *
 * @param paths - Relative to the root of the work tree, `/` between parts.
 */
export function listTrackedPaths(repo: GitRepository, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const specs = paths.map((path) => `:(top,literal)${path}`);
  const { stdout } = runGitSync(repo, ["ls-files", "-z", "--cached", "--", ...specs]);
  const tracked = stdout.toString().split("\0");
  return new Set(paths.filter((path) => tracked.some((file) => file === path || file.startsWith(`${path}/`))));
}
