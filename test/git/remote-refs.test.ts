import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  areAncestors,
  diffCommits,
  fetchObjects,
  GitRemoteError,
  type GitRepository,
  listRemoteRefs,
  listRemotes,
  openRepository,
  pushRefs,
  RemoteRefGoneError,
  TooManyRefsError,
} from "@waymark/git";
import { beforeEach, describe, expect, test } from "vitest";
import { GIT_TEST_ENV, GitRepo, gitRepo } from "../support/git-repo.ts";

let ours: GitRepo;
let repo: GitRepository;
let hub: GitRepo;

beforeEach(() => {
  ours = gitRepo({ "a.txt": "a\n" });
  hub = new GitRepo(ours.path("hub.git"));
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch", "main", hub.root], { env: GIT_TEST_ENV });
  ours.git("remote", "add", "origin", "hub.git");
  ours.write(".git/info/exclude", "*.git\n");
  const opened = openRepository(ours.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("no repository");
  repo = opened;
});

function commit(parent: string, message: string): string {
  return ours.git("commit-tree", "HEAD^{tree}", "-p", parent, "-m", message);
}

function at(place: GitRepo): Record<string, string> {
  const lines = place.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

describe("pushRefs", () => {
  test("makes, moves and removes refs in one push, and says what became of each", async () => {
    const first = commit(ours.head(), "first");
    const second = commit(first, "second");
    const other = commit(ours.head(), "other");
    await pushRefs(repo, "origin", [
      { ref: "refs/x/a", newId: first, oldId: null },
      { ref: "refs/x/b", newId: first, oldId: null },
      { ref: "refs/x/c", newId: first, oldId: null },
    ]);
    const results = await pushRefs(repo, "origin", [
      { ref: "refs/x/a", newId: second, oldId: first, isFastForward: true },
      { ref: "refs/x/b", newId: other, oldId: first },
      { ref: "refs/x/c", newId: null, oldId: first },
      { ref: "refs/y/d", newId: other, oldId: null },
    ]);
    expect([...results.values()].map(({ kind }) => kind)).toEqual(["done", "done", "done", "done"]);
    expect(at(hub)).toEqual({ "refs/x/a": second, "refs/x/b": other, "refs/y/d": other });
    // Nothing of it stays here.
    expect(readdirSync(ours.path(".git", "waymark"))).toEqual([]);
    expect(at(ours)).toEqual({ "refs/heads/main": ours.head() });
  });

  test("changes nothing that somebody else changed meanwhile", async () => {
    const first = commit(ours.head(), "first");
    const theirs = commit(ours.head(), "theirs");
    for (const name of ["new", "moved", "forced", "gone"]) {
      ours.git("push", "--quiet", "hub.git", `${theirs}:refs/x/${name}`);
    }
    const results = await pushRefs(repo, "origin", [
      { ref: "refs/x/new", newId: first, oldId: null },
      { ref: "refs/x/moved", newId: commit(first, "next"), oldId: first, isFastForward: true },
      { ref: "refs/x/forced", newId: first, oldId: ours.head() },
      { ref: "refs/x/gone", newId: null, oldId: first },
      { ref: "refs/x/fine", newId: first, oldId: null },
    ]);
    expect(Object.fromEntries([...results].map(([ref, { kind }]) => [ref, kind]))).toEqual({
      ...{ "refs/x/new": "moved", "refs/x/moved": "moved", "refs/x/forced": "moved", "refs/x/gone": "moved" },
      "refs/x/fine": "done",
    });
    expect(new Set(Object.values(at(hub)))).toEqual(new Set([theirs, first]));
  });

  test("replaces texts, which have no history, only with a lease", async () => {
    const blob = (text: string): string => {
      writeFileSync(ours.path("text"), text);
      return ours.git("hash-object", "-w", "text");
    };
    const [one, two, three] = [blob("one"), blob("two"), blob("three")];
    await pushRefs(repo, "origin", [{ ref: "refs/x/note", newId: one, oldId: null }]);
    const stale = await pushRefs(repo, "origin", [{ ref: "refs/x/note", newId: three, oldId: two }]);
    expect(stale.get("refs/x/note")).toEqual({ kind: "moved" });
    await pushRefs(repo, "origin", [{ ref: "refs/x/note", newId: two, oldId: one }]);
    expect(at(hub)).toEqual({ "refs/x/note": two });
  });

  test("heeds addresses that the user set for pushing, and no mirror, tag, hook or default", async () => {
    const elsewhere = new GitRepo(ours.path("elsewhere.git"));
    execFileSync("git", ["init", "--quiet", "--bare", elsewhere.root], { env: GIT_TEST_ENV });
    ours.git("config", "url.elsewhere.git.insteadOf", "short:");
    ours.git("config", "remote.origin.pushurl", "short:");
    ours.git("config", "remote.origin.mirror", "true");
    ours.git("config", "push.followTags", "true");
    ours.git("tag", "--annotate", "--message", "x", "v1");
    writeFileSync(ours.path(".git", "hooks", "pre-push"), "#!/bin/sh\ntouch pwned\nexit 1\n", { mode: 0o755 });
    await pushRefs(repo, "origin", [{ ref: "refs/x/a", newId: ours.head(), oldId: null }]);
    expect(at(elsewhere)).toEqual({ "refs/x/a": ours.head() });
    expect([at(hub), existsSync(ours.path("pwned"))]).toEqual([{}, false]);
  });

  test("fails as a whole when nobody answers", async () => {
    const push = pushRefs(repo, "/nowhere/hub.git", [{ ref: "refs/x/a", newId: ours.head(), oldId: null }]);
    await expect(push).rejects.toThrow(GitRemoteError);
    await expect(push).rejects.toThrow(/'\/nowhere\/hub\.git' does not appear to be a git repository/u);
  });

  test("works from a shallow clone", async () => {
    ours.write("b.txt", "b\n");
    ours.commitAll("more");
    ours.git("push", "--quiet", "hub.git", "main");
    const folder = ours.path("shallow");
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${hub.root}`, folder], { env: GIT_TEST_ENV });
    const shallow = new GitRepo(folder);
    const made = shallow.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x");
    const opened = openRepository(folder, { env: GIT_TEST_ENV });
    if (opened === undefined) throw new Error("no repository");
    await pushRefs(opened, "origin", [{ ref: "refs/x/a", newId: made, oldId: null }]);
    expect(at(hub)["refs/x/a"]).toBe(made);
  });
});

describe("listRemoteRefs", () => {
  test("takes only refs of whole prefixes with names that Git would take here", async () => {
    ours.git("push", "--quiet", "hub.git", "HEAD:refs/exps/a/b", "HEAD:refs/exps2/a", "HEAD:refs/heads/refs/exps/x");
    expect(await listRemoteRefs(repo, "origin", ["refs/exps"])).toEqual([{ name: "refs/exps/a/b", id: ours.head() }]);
  });

  test("stops at a remote that offers more than anybody can use", async () => {
    ours.git("push", "--quiet", "hub.git", ...[1, 2, 3].map((name) => `HEAD:refs/exps/${name}`));
    await expect(listRemoteRefs(repo, "origin", ["refs/exps"], { limit: 2 })).rejects.toThrow(TooManyRefsError);
    expect(await listRemoteRefs(repo, "origin", ["refs/exps"], { limit: 3 })).toHaveLength(3);
  });

  test("ends when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(listRemoteRefs(repo, "origin", ["refs/exps"], { signal })).rejects.toThrow("enough");
  });

  test("asks no question where nobody sits: a server that wants a password fails at once", async () => {
    const env = { ...GIT_TEST_ENV, GIT_SSH_COMMAND: "sh -c 'read answer < /dev/tty'" };
    const opened = openRepository(ours.root, { env });
    if (opened === undefined) throw new Error("no repository");
    await expect(listRemoteRefs(opened, "ssh://host/x.git", ["refs/exps"])).rejects.toThrow(GitRemoteError);
  });
});

test("fetchObjects brings what was listed and sets no ref, whatever refspecs are configured", async () => {
  const made = commit(ours.head(), "x");
  ours.git("push", "--quiet", "hub.git", `${made}:refs/exps/a`);
  const other = gitRepo({ "b.txt": "b\n" });
  other.git("remote", "add", "origin", hub.root);
  other.git("config", "--add", "remote.origin.fetch", "+refs/exps/*:refs/exps/*");
  const opened = openRepository(other.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("no repository");
  await fetchObjects(opened, "origin", [made]);
  expect(other.git("cat-file", "-t", made)).toBe("commit");
  expect(at(other)).toEqual({ "refs/heads/main": other.head() });
  expect(existsSync(join(other.root, ".git", "FETCH_HEAD"))).toBe(false);
  await expect(fetchObjects(opened, "origin", ["1".repeat(40)])).rejects.toThrow(RemoteRefGoneError);
});

test("areAncestors answers for many pairs at once, also for commits that are not here", async () => {
  const base = ours.head();
  const first = commit(base, "1");
  const second = commit(first, "2");
  const other = commit(base, "other");
  const ask = (ancestor: string, descendant: string): { ancestor: string; descendant: string; base: string } => {
    return { ancestor, descendant, base };
  };
  expect(
    await areAncestors(repo, [
      ...[ask(first, second), ask(second, first), ask(other, second), ask("1".repeat(40), second)],
      ...[ask(base, second), ask(second, second), ask(second, base)],
    ]),
  ).toEqual([true, false, false, false, true, true, false]);
});

test("diffCommits tells in which files many commits differ from others", async () => {
  const base = ours.head();
  ours.write("a.txt", "changed\n");
  ours.write("é/b.txt", "new\n");
  const changed = ours.commitAll("changed");
  const id = (path: string): string => `100644 ${ours.git("rev-parse", `HEAD:${path}`)}`;
  expect(
    await diffCommits(repo, [
      { commit: changed, base },
      { commit: base, base },
    ]),
  ).toEqual([
    [
      { path: "a.txt", content: id("a.txt") },
      { path: "é/b.txt", content: id("é/b.txt") },
    ],
    [],
  ]);
  expect(await diffCommits(repo, [{ commit: changed, base: "1".repeat(40) }])).toBeUndefined();
});

test("listRemotes names those that have an address", () => {
  ours.git("remote", "add", "with.dots", "/x");
  ours.git("config", "remote.pushDefault", "origin");
  const opened = openRepository(ours.root, { env: GIT_TEST_ENV });
  expect(opened === undefined ? [] : listRemotes(opened)).toEqual(["origin", "with.dots"]);
});
