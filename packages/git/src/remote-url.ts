import { TrackerError } from "@waymark/core/errors";
import type { GitRepository } from "./repository.ts";

/** Text that cannot name a remote, or a transport that runs commands. */
export class InvalidGitRemoteError extends TrackerError {
  override readonly code = "INVALID_GIT_REMOTE";

  constructor(remote: string, why: string) {
    super(`${JSON.stringify(withoutPasswords(remote))} cannot be a Git remote: ${why}`, {
      hint: "Give the name of a remote (`git remote -v` lists them), a path or a URL.",
    });
  }
}

/** Takes passwords out of the URLs in a text. */
export function withoutPasswords(text: string): string {
  return text.replace(/(\w+:\/\/[^/@:\s]*):[^/@\s]*@/gu, "$1:***@");
}

/**
 * Makes sure that what a user typed for a remote reaches Git as a remote: no option, no command.
 *
 * @throws {@link InvalidGitRemoteError}
 */
export function requireGitRemote(remote: string): void {
  if (remote.trim() === "") throw new InvalidGitRemoteError(remote, "it is empty");
  if (remote.startsWith("-")) throw new InvalidGitRemoteError(remote, "it begins with '-', as options do");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/u.test(remote)) throw new InvalidGitRemoteError(remote, "it has control characters");
  // `ext::sh -c …` is a program to run, and `fd::7` a file this process has open.
  if (/^(?:ext|fd)::/iu.test(remote)) throw new InvalidGitRemoteError(remote, "such transports run commands");
}

/** Returns where Git fetches from under a remote's name; what is no configured name is a URL itself. A password may be in it. */
export function remoteUrl(repo: GitRepository, remote: string): string {
  return repo.config.get(`remote.${remote}.url`) ?? remote;
}

/** Lists the names of the configured remotes. */
export function listRemotes(repo: GitRepository): readonly string[] {
  const names = [...repo.config.keys()].map((key) => /^remote\.(.+)\.url$/u.exec(key)?.[1]);
  return names.filter((name) => name !== undefined);
}
