import { rmSync, utimesSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  findRevision,
  gitProcessCount,
  GitLockedError,
  isValidRefName,
  listRefs,
  listRefsSync,
  openRepository,
  readRef,
  RefChangedError,
  resolveRevision,
  updateRefs,
  type GitRepository,
} from "@waymark/git";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

function open(repo: GitRepo): GitRepository {
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("not a repository");
  return opened;
}

describe("updateRefs", () => {
  it("creates, moves and deletes refs, loose and packed", async () => {
    const repo = gitRepo();
    const opened = open(repo);
    const first = repo.head();
    const second = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "two");
    updateRefs(opened, [{ ref: "refs/exps/aa/one", newId: first, oldId: null }]);
    expect(readRef(opened, "refs/exps/aa/one")).toBe(first);
    repo.git("pack-refs", "--all");
    expect(repo.has(".git/refs/exps/aa/one")).toBe(false);
    expect(readRef(opened, "refs/exps/aa/one")).toBe(first);
    updateRefs(opened, [{ ref: "refs/exps/aa/one", newId: second, oldId: first }]);
    expect(await listRefs(opened, ["refs/exps"])).toEqual([{ name: "refs/exps/aa/one", id: second }]);
    updateRefs(opened, [{ ref: "refs/exps/aa/one", newId: null, oldId: second }]);
    expect(readRef(opened, "refs/exps/aa/one")).toBeUndefined();
    expect(listRefsSync(opened, ["refs/exps"])).toEqual([]);
  });

  it("changes nothing when one of several refs has moved, and names it", () => {
    const repo = gitRepo();
    const opened = open(repo);
    const id = repo.head();
    const other = repo.git("commit-tree", "HEAD^{tree}", "-m", "other");
    updateRefs(opened, [{ ref: "refs/exps/b", newId: id, oldId: null }]);
    const change = (): void =>
      updateRefs(opened, [
        { ref: "refs/exps/a", newId: id, oldId: null },
        { ref: "refs/exps/b", newId: other, oldId: other },
      ]);
    expect(change).toThrow(RefChangedError);
    expect(change).toThrow("'refs/exps/b' was changed by another process");
    expect(listRefsSync(opened, ["refs/exps"])).toEqual([{ name: "refs/exps/b", id }]);
    expect(() => updateRefs(opened, [{ ref: "refs/exps/b", newId: other, oldId: null }])).toThrow(RefChangedError);
  });

  it("names a lock that stays, with its age", () => {
    const repo = gitRepo();
    const opened = open(repo);
    repo.write(".git/refs/exps/a.lock", "");
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(repo.path(".git/refs/exps/a.lock"), hourAgo, hourAgo);
    let error: unknown;
    try {
      updateRefs(opened, [{ ref: "refs/exps/a", newId: repo.head(), oldId: null }]);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(GitLockedError);
    expect(String(error)).toMatch(/refs\/exps\/a\.lock', 60 min old/);
  });

  it("refuses names that Git or a shell could take for something else", () => {
    const repo = gitRepo();
    const opened = open(repo);
    for (const ref of [
      "refs/exps/a b",
      "refs/exps/a\nrefs/heads/main",
      "-d",
      "refs/exps/..",
      "refs/exps/x.lock",
      "main",
    ]) {
      expect(isValidRefName(ref)).toBe(false);
      expect(() => updateRefs(opened, [{ ref, newId: repo.head(), oldId: null }])).toThrow("not a valid name");
    }
  });

  it("agrees with Git about which names are valid", () => {
    const repo = gitRepo();
    const names = ["refs/exps/a", "refs/exps/-a", "refs/exps/é", "refs/exps/.a", "refs/exps/a.", "refs/exps/a@{b"];
    for (const name of [...names, "refs/exps/@", "refs/exps/a//b", "refs/exps/a/", "refs/exps/a.lock/b", "refs/a~1"]) {
      let accepted = true;
      try {
        repo.git("check-ref-format", name);
      } catch {
        accepted = false;
      }
      expect([name, isValidRefName(name)]).toEqual([name, accepted]);
    }
  });
});

describe("resolveRevision", () => {
  it("finds HEAD without a process: on a branch, detached, packed, in a worktree", () => {
    const repo = gitRepo();
    const first = repo.head();
    const worktree = join(repo.root, "..", `${basename(repo.root)}-worktree`);
    repo.git("worktree", "add", "--quiet", "-b", "other", worktree);
    const second = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "two");
    repo.git("update-ref", "refs/heads/other", second);
    const ask = (root: string): string | undefined => {
      const opened = openRepository(root, { env: GIT_TEST_ENV });
      const before = gitProcessCount();
      const found = opened === undefined ? undefined : findRevision(opened, "HEAD");
      expect(gitProcessCount()).toBe(before);
      return found;
    };
    expect([ask(repo.root), ask(worktree)]).toEqual([first, second]);
    repo.git("pack-refs", "--all", "--prune");
    expect([ask(repo.root), ask(worktree)]).toEqual([first, second]);
    repo.git("checkout", "--quiet", "--detach");
    expect(ask(repo.root)).toBe(first);
    rmSync(worktree, { recursive: true });
  });

  it("finds no HEAD before the first commit", () => {
    const repo = gitRepo();
    repo.git("checkout", "--quiet", "--orphan", "empty");
    expect(findRevision(open(repo), "HEAD")).toBeUndefined();
  });

  it("resolves branches, pieces of ids and expressions, and nothing else", () => {
    const repo = gitRepo();
    const first = repo.head();
    repo.write("b.txt", "b");
    repo.commitAll("two");
    const opened = open(repo);
    expect(resolveRevision(opened, "main~1")).toBe(first);
    expect(resolveRevision(opened, first.slice(0, 10))).toBe(first);
    expect(findRevision(opened, "HEAD:b.txt")).toBeUndefined();
    expect(findRevision(opened, "--all")).toBeUndefined();
    expect(findRevision(opened, "HEAD\nmain")).toBeUndefined();
    expect(() => resolveRevision(opened, "nope")).toThrow("No revision 'nope'");
  });
});
