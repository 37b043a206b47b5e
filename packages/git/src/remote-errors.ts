import { GitCommandError, type GitFailure } from "./errors.ts";
import { withoutPasswords } from "./remote-url.ts";

/** A remote could not be reached, or refused to talk. */
export class GitRemoteError extends GitCommandError {
  override readonly code = "GIT_REMOTE_FAILED";
  /** As the user named it; without a password. */
  readonly remote: string;

  constructor(failure: GitFailure, remote: string) {
    const name = withoutPasswords(remote);
    super(
      { ...failure, stderr: withoutPasswords(failure.stderr) },
      `Cannot talk to the Git remote '${name}': ${explainFailure(failure)}`,
      hintFor(failure.stderr, name),
    );
    this.remote = name;
  }
}

/** A ref that was asked for is not at the remote any more. */
export class RemoteRefGoneError extends GitCommandError {
  override readonly code = "REMOTE_REF_GONE";

  constructor(failure: GitFailure, remote: string) {
    super(
      failure,
      `Refs of the Git remote '${withoutPasswords(remote)}' changed while they were fetched`,
      "Run the command again: it starts from the new state.",
    );
  }
}

/** A remote lists more refs than anyone can work with. */
export class TooManyRefsError extends GitCommandError {
  override readonly code = "TOO_MANY_REFS";

  constructor(failure: GitFailure, remote: string, limit: number) {
    super(
      failure,
      `The Git remote '${withoutPasswords(remote)}' lists more than ${limit} refs of experiments`,
      "Remove experiments that nobody needs there.",
    );
  }
}

/** Finds the line that says what went wrong: the last one that Git marks, or else the first that says anything. */
export function explainFailure({ stderr, signal, exitCode }: GitFailure): string {
  const lines = stderr.split(/[\r\n]+/u).map((line) => line.trim());
  const marked = lines.filter((line) => /^(?:fatal|error|ERROR|remote: error):/u.test(line));
  // What follows the real reason is a general remark.
  const reason = marked.find((line) => !line.includes("Could not read from remote repository")) ?? marked.at(-1);
  const first = reason ?? lines.find((line) => line !== "" && !line.startsWith("To "));
  return withoutPasswords(first ?? `Git ended with ${signal ?? String(exitCode)}`);
}

function hintFor(stderr: string, remote: string): string {
  if (/terminal prompts disabled|Authentication failed|could not read (?:Username|Password)/iu.test(stderr)) {
    return `Log in once with Git itself (\`git ls-remote ${remote}\`), or set up a credential helper.`;
  }
  if (/Permission denied|Host key verification failed/iu.test(stderr)) {
    return `Check your SSH key and the server's: \`git ls-remote ${remote}\` must work without a question.`;
  }
  return `Check the name or address: \`git remote -v\` lists remotes, and \`git ls-remote ${remote}\` must work.`;
}
