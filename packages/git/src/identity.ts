import { IdentityMissingError } from "./errors.ts";
import type { GitRepository } from "./repository.ts";

/** Who commits. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Author and committer of a new commit. */
export interface CommitIdentity {
  readonly author: Identity;
  readonly committer: Identity;
}

/**
 * Reads who commits here: the environment (`GIT_AUTHOR_NAME` and its kin) before the configuration, as Git does.
 * Nothing is made up from the login name.
 *
 * @throws {@link IdentityMissingError} when a name or an e-mail address is missing.
 */
export function readIdentity(repo: GitRepository): CommitIdentity {
  return { author: identityOf(repo, "author"), committer: identityOf(repo, "committer") };
}

function identityOf(repo: GitRepository, role: "author" | "committer"): Identity {
  const prefix = `GIT_${role.toUpperCase()}`;
  const name = clean(
    repo.env[`${prefix}_NAME`] || repo.config.get(`${role}.name`) || repo.config.get("user.name") || "",
  );
  const email = clean(
    repo.env[`${prefix}_EMAIL`] ||
      repo.config.get(`${role}.email`) ||
      repo.config.get("user.email") ||
      repo.env["EMAIL"] ||
      "",
  );
  if (name === "") throw new IdentityMissingError("no user name is set");
  if (email === "") throw new IdentityMissingError("no e-mail address is set");
  return { name, email };
}

/** What Git does to a name: no angle brackets or control characters inside, no punctuation around. */
function clean(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- control characters would break the commit's header lines
      .replace(/[<>\u0000-\u001f]/g, "")
      .replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, "")
  );
}
