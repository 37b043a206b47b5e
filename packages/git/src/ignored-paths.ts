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

/** More paths than this are not named one by one: a command line has an end. */
const MOST_NAMED = 200;

/**
 * Returns those of the paths that the user's index holds a file at, or files below: they are Git's to keep.
 *
 * @param paths - Relative to the root of the work tree, `/` between parts.
 */
export function listTrackedPaths(repo: GitRepository, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const specs = paths.length > MOST_NAMED ? [] : paths.map((path) => `:(top,literal)${path}`);
  const { stdout } = runGitSync(repo, ["ls-files", "-z", "--cached", "--", ...specs]);
  const tracked = new Set<string>();
  for (const file of stdout.toString().split("\0")) {
    // Once a folder is known, those above it are.
    for (let end = file.length; end > 0; end = file.lastIndexOf("/", end - 1)) {
      const path = file.slice(0, end);
      if (tracked.has(path)) break;
      tracked.add(path);
    }
  }
  return new Set(paths.filter((path) => tracked.has(path)));
}
