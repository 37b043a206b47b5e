import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GitCommandError, gitProcessCount, GitMissingError, openRepository, runGitSync } from "@waymark/git";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";

describe("openRepository", () => {
  it("finds the work tree from a folder inside it with one process", () => {
    const repo = gitRepo({ "sub/deep/a.txt": "a" });
    const before = gitProcessCount();
    const opened = openRepository(repo.path("sub", "deep"), { env: GIT_TEST_ENV });
    expect(gitProcessCount() - before).toBe(1);
    expect(opened).toMatchObject({
      root: repo.root,
      gitDir: repo.path(".git"),
      commonDir: repo.path(".git"),
      objectFormat: "sha1",
      isShallow: false,
    });
    expect(opened?.head).toEqual({ commit: repo.head(), branch: "main" });
  });

  it("answers undefined outside a work tree and in a bare repository", () => {
    const repo = gitRepo();
    mkdirSync(repo.path("bare"));
    repo.git("init", "--quiet", "--bare", "bare");
    expect(openRepository("/", { env: GIT_TEST_ENV })).toBeUndefined();
    expect(openRepository(repo.path("bare"), { env: GIT_TEST_ENV })).toBeUndefined();
    expect(openRepository(repo.path("not-there"), { env: GIT_TEST_ENV })).toBeUndefined();
  });

  it("knows a repository without commits, and a detached HEAD", () => {
    const empty = gitRepo({});
    expect(openRepository(empty.root, { env: GIT_TEST_ENV })?.head).toEqual({ commit: undefined, branch: "main" });
    const repo = gitRepo();
    repo.git("checkout", "--quiet", "--detach");
    expect(openRepository(repo.root, { env: GIT_TEST_ENV })?.head).toEqual({ commit: repo.head(), branch: undefined });
  });

  it("tells a linked work tree from its repository", () => {
    const repo = gitRepo();
    repo.git("worktree", "add", "--quiet", "-b", "other", "../linked-" + repo.root.split("-").at(-1));
    const linked = repo.git("worktree", "list", "--porcelain").split("worktree ").at(-1)?.split("\n")[0] ?? "";
    const opened = openRepository(linked, { env: GIT_TEST_ENV });
    expect(opened?.commonDir).toBe(repo.path(".git"));
    expect(opened?.gitDir).toContain(".git/worktrees/");
    expect(opened?.head.branch).toBe("other");
    repo.git("worktree", "remove", "--force", linked);
  });

  it("says that experiments need sha1", () => {
    const repo = gitRepo({});
    mkdirSync(repo.path("wide"));
    repo.git("init", "--quiet", "--object-format=sha256", "wide");
    const opened = openRepository(repo.path("wide"), { env: GIT_TEST_ENV });
    expect(opened?.objectFormat).toBe("sha256");
    expect(() => opened?.requireSha1()).toThrow(/uses sha256 object ids/);
  });
});

describe("runGitSync", () => {
  it("runs on the given repository whatever variables of Git surround it", () => {
    const repo = gitRepo();
    const other = gitRepo({ "other.txt": "other" });
    const env = { ...GIT_TEST_ENV, GIT_DIR: other.path(".git"), GIT_INDEX_FILE: "/nonexistent", GIT_WORK_TREE: "/" };
    const opened = openRepository(repo.root, { env });
    expect(opened?.root).toBe(repo.root);
    expect(opened?.headCommit).toBe(repo.head());
    expect(runGitSync({ root: repo.root, env }, ["ls-files"]).stdout.toString()).toBe("train.js\n");
  });

  it("keeps command, exit code and messages of what failed", () => {
    const repo = gitRepo();
    const error = catchError(() =>
      runGitSync({ root: repo.root, env: GIT_TEST_ENV }, ["rev-parse", "--verify", "nope"]),
    );
    expect(error).toBeInstanceOf(GitCommandError);
    expect(error).toMatchObject({ exitCode: 128, args: ["rev-parse", "--verify", "nope"] });
    expect((error as GitCommandError).stderr).toContain("Needed a single revision");
  });

  it("says that Git is not installed", () => {
    const repo = gitRepo();
    const error = catchError(() => runGitSync({ root: repo.root, env: { PATH: "/nonexistent" } }, ["version"]));
    expect(error).toBeInstanceOf(GitMissingError);
  });

  it("runs neither hooks nor fsmonitor nor signing programs of the repository", () => {
    const repo = gitRepo();
    const mark = repo.path("marker");
    repo.write("evil.sh", `#!/bin/sh\ntouch ${mark}\n`);
    repo.git("update-index", "--chmod=+x", "--add", "evil.sh");
    for (const hook of ["reference-transaction", "post-index-change", "pre-commit", "post-commit"]) {
      repo.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch ${mark}\n`);
      runInShell(repo.root, `chmod +x .git/hooks/${hook} evil.sh`);
    }
    repo.git("config", "core.fsmonitor", repo.path("evil.sh"));
    repo.git("config", "gpg.program", repo.path("evil.sh"));
    repo.git("config", "commit.gpgSign", "true");
    repo.git("config", "diff.external", repo.path("evil.sh"));
    repo.remove("marker");
    const place = { root: repo.root, env: GIT_TEST_ENV };
    runGitSync(place, ["status", "--porcelain"]);
    runGitSync(place, ["update-ref", "refs/exps/x", repo.head()]);
    runGitSync(place, ["diff-files", "--raw"]);
    expect(repo.has("marker")).toBe(false);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function runInShell(cwd: string, command: string): void {
  runGitSync({ root: cwd, env: GIT_TEST_ENV }, ["-c", `alias.sh=!sh -c '${command}'`, "sh"]);
}
