import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { remoteUrl } from "./remote-url.ts";
import { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";

/**
 * Works with an empty repository that goes away afterwards: to see what a remote has without anything of ours.
 *
 * @param work - Takes the repository.
 */
export async function withScratchRepository<T>(
  repo: GitRepository,
  work: (scratch: GitRepository) => Promise<T>,
): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "waymark-scratch-")));
  try {
    const { env, objectFormat } = repo;
    runGitSync({ root: folder, env }, [
      "init",
      "--quiet",
      "--bare",
      "--template=",
      `--object-format=${objectFormat}`,
      ".",
    ]);
    const facts = { root: folder, gitDir: folder, commonDir: folder, objectFormat, isShallow: false, env };
    return await work(new GitRepository(facts));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the address of a remote as seen from any folder. */
export function absoluteRemoteUrl(repo: GitRepository, remote: string): string {
  const url = remoteUrl(repo, remote);
  // `host:path` is SSH, unless a slash stands before the colon.
  const isAddress = /^[^/]*:/u.test(url);
  return isAddress || isAbsolute(url) ? url : resolve(repo.root, url);
}
