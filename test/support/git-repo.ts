import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Variables for Git that nothing on the machine has a say in. */
export const GIT_TEST_ENV: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

/** A real Git repository in a folder that goes away with the test. */
export class GitRepo {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Runs Git and returns what it prints, without the line end. */
  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], {
      cwd: this.root,
      env: GIT_TEST_ENV,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).replace(/\n$/u, "");
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  has(path: string): boolean {
    return existsSync(this.path(path));
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true });
  }

  /** Commits everything that is not ignored and returns the commit. */
  commitAll(message: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
    return this.head();
  }

  head(): string {
    return this.git("rev-parse", "HEAD");
  }

  /** Lists the files of a revision with their content. */
  files(revision: string): Record<string, string> {
    const paths = this.git("ls-tree", "-r", "-z", "--name-only", revision).split("\0").filter(Boolean);
    return Object.fromEntries(paths.map((path) => [path, this.git("show", `${revision}:${path}`)]));
  }

  /** HEAD, what is staged, and the refs of the user; unlike {@link fingerprint}, not when files were looked at. */
  staged(): string {
    return [
      readFileSync(this.path(".git", "HEAD"), "utf8"),
      this.git("ls-files", "--stage"),
      this.git("stash", "list"),
      this.git("for-each-ref", "refs/heads", "refs/tags"),
    ].join("\n---\n");
  }

  /** What must not change while experiments are made: HEAD, index, stash, and the state of the files. */
  fingerprint(): string {
    return [
      readFileSync(this.path(".git", "HEAD"), "utf8"),
      this.git("ls-files", "--stage", "--debug"),
      this.git("stash", "list"),
      this.git("rev-parse", "HEAD"),
      this.git("for-each-ref", "refs/heads", "refs/tags"),
    ].join("\n---\n");
  }
}

/** Makes a repository with one commit that holds `files`. */
export function gitRepo(files: Readonly<Record<string, string>> = { "train.js": "// train\n" }): GitRepo {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-repo-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const repo = new GitRepo(root);
  repo.git("init", "--quiet", "--initial-branch", "main");
  repo.git("config", "gc.auto", "0");
  repo.git("config", "maintenance.auto", "false");
  for (const [path, content] of Object.entries(files)) repo.write(path, content);
  if (Object.keys(files).length > 0) repo.commitAll("start");
  return repo;
}
