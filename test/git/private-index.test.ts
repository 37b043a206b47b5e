import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gitProcessCount, openRepository, PrivateIndex, type GitRepository } from "@waymark/git";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

function open(repo: GitRepo): GitRepository {
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("not a repository");
  return opened;
}

/** The tree that `git add --update` and `git write-tree` make, on an index of their own. */
function treeOfGit(repo: GitRepo, forced: readonly string[] = []): string {
  const index = repo.path(".git", "index");
  repo.git("read-tree", "--empty");
  rmSync(index);
  repo.git("add", "--force", "--", ...forced);
  return repo.git("write-tree");
}

describe("PrivateIndex", () => {
  it("takes up edits, deletions, modes, links, staged and announced files, and leaves the user's state alone", () => {
    const repo = gitRepo({ edited: "1", deleted: "2", "mode.sh": "3", kept: "4", swapped: "5", "dir/file": "6" });
    repo.write("edited", "changed");
    repo.remove("deleted");
    chmodSync(repo.path("mode.sh"), 0o755);
    repo.remove("swapped");
    symlinkSync("kept", repo.path("swapped"));
    repo.write("staged", "new");
    repo.git("add", "staged");
    repo.write("announced", "soon");
    repo.git("add", "--intent-to-add", "announced");
    repo.write("untracked", "no");
    repo.remove("dir");
    repo.write("dir", "now a file");
    const before = repo.fingerprint();
    using index = new PrivateIndex(open(repo));
    index.stageTracked();
    const tree = index.writeTree();
    expect(repo.fingerprint()).toBe(before);
    expect(
      repo
        .git("ls-tree", "-r", tree)
        .split("\n")
        .map((line) => line.replace(/ [0-9a-f]{40}\t/, " ")),
    ).toEqual([
      "100644 blob announced",
      "100644 blob edited",
      "100644 blob kept",
      "100755 blob mode.sh",
      "100644 blob staged",
      "120000 blob swapped",
    ]);
    repo.git("fsck", "--strict");
  });

  it("puts a tracked file back that was changed back", () => {
    const repo = gitRepo({ a: "1" });
    using index = new PrivateIndex(open(repo));
    repo.write("a", "2");
    index.stageTracked();
    expect(repo.git("show", `${index.writeTree()}:a`)).toBe("2");
    repo.write("a", "1");
    index.stageTracked();
    expect(index.writeTree()).toBe(repo.git("rev-parse", "HEAD^{tree}"));
  });

  it("notices an edit that keeps size and second", () => {
    const repo = gitRepo({ a: "1" });
    using index = new PrivateIndex(open(repo));
    for (const content of ["2", "3", "4", "5"]) {
      repo.write("a", content);
      index.stageTracked();
      index.stage(["a"]);
      expect(repo.git("show", `${index.writeTree()}:a`)).toBe(content);
    }
  });

  it("takes folders with what their own rules do not hide, ignored from outside or not", () => {
    const repo = gitRepo({ ".gitignore": "live/\n*.log\n" });
    repo.write("live/metrics.json", "{}");
    repo.write("live/run.log", "kept: the rule stands outside");
    repo.write("live/.waymark/.gitignore", "*\n");
    repo.write("live/.waymark/run.json", "{}");
    repo.write("live/artifacts/.gitignore", "/model.bin\n");
    repo.write("live/artifacts/model.bin", "big");
    repo.write("live/artifacts/model.bin.dvc", "outs:");
    repo.write("live/odd/.gitignore", "*.tmp\n!keep.tmp\n");
    repo.write("live/odd/x.tmp", "hidden");
    repo.write("live/odd/keep.tmp", "kept");
    repo.write("live/nested/.git/HEAD", "ref: refs/heads/main");
    repo.write("live/nested/file", "of another repository");
    using index = new PrivateIndex(open(repo), { exclude: (path) => path.endsWith("secret.env") });
    repo.write("live/secret.env", "left out");
    index.stage(["live"]);
    expect(repo.git("ls-tree", "-r", "--name-only", index.writeTree(), "live/").split("\n")).toEqual([
      "live/artifacts/.gitignore",
      "live/artifacts/model.bin.dvc",
      "live/metrics.json",
      "live/odd/.gitignore",
      "live/odd/keep.tmp",
      "live/run.log",
    ]);
    repo.remove("live/metrics.json");
    index.stage(["live"]);
    expect(repo.git("ls-tree", "-r", "--name-only", index.writeTree(), "live/")).not.toContain("metrics.json");
  });

  it("commits names of any kind", () => {
    const names = ["a b", "-rf", "é/naïve", "日本/😀.bin", "tab\tname", "line\nbreak", '"quoted"', "back\\slash", "*"];
    const repo = gitRepo({});
    for (const name of names) repo.write(name, `of ${name}`);
    using index = new PrivateIndex(open(repo));
    index.stage(names);
    const { commit, tree } = index.commit({ parents: [], message: "odd" });
    expect(tree).toBe(treeOfGit(repo, names));
    expect(repo.git("ls-tree", "-r", "-z", "--name-only", commit).split("\0").filter(Boolean).sort()).toEqual(
      names.sort(),
    );
  });

  it("stores what the user's own git add would: line ends and filters", () => {
    const repo = gitRepo({ ".gitattributes": "*.txt text\n*.up filter=upper\n" });
    repo.git("config", "filter.upper.clean", "tr a-z A-Z");
    repo.write("crlf.txt", "a\r\nb\r\n");
    repo.write("crlf.bin", "a\r\nb\r\n");
    repo.write('"x" y.up', "loud");
    using index = new PrivateIndex(open(repo));
    index.stage(["crlf.txt", "crlf.bin", '"x" y.up', ".gitattributes"]);
    expect(index.writeTree()).toBe(treeOfGit(repo, ["."]));
  });

  it("starts one process for a commit in steady state, and none where it may leave the look at tracked files out", () => {
    const repo = gitRepo({ a: "1" });
    using index = new PrivateIndex(open(repo));
    const commit = (step: number, thrifty: boolean): number => {
      const before = gitProcessCount();
      repo.write("live/metrics.json", `{"step": ${step}}`);
      const looked = index.stageTracked({ thrifty });
      index.stage(["live"]);
      index.commit({ parents: [repo.head()], message: `step ${step}` });
      // How long a look took decides whether the thrifty one is left out; what it costs is the same either way.
      return gitProcessCount() - before - (thrifty && looked ? 1 : 0);
    };
    commit(0, false);
    expect([commit(1, false), commit(2, true), commit(3, true)]).toEqual([1, 0, 0]);
  });

  it("follows the user's index when it changes in between", () => {
    const repo = gitRepo({ a: "1" });
    using index = new PrivateIndex(open(repo));
    repo.write("live/x", "x");
    index.stage(["live"]);
    index.stageTracked();
    index.writeTree();
    repo.write("b", "new");
    repo.git("add", "b");
    index.stageTracked();
    expect(Object.keys(repo.files(index.writeTree()))).toEqual(["a", "b", "live/x"]);
  });

  it("takes files in conflict as the work tree has them", () => {
    const repo = gitRepo({ a: "base\n" });
    repo.git("checkout", "--quiet", "-b", "other");
    repo.write("a", "other\n");
    repo.commitAll("other");
    repo.git("checkout", "--quiet", "main");
    repo.write("a", "main\n");
    repo.commitAll("main");
    expect(() => repo.git("merge", "--quiet", "other")).toThrow(/merge/);
    const before = repo.git("ls-files", "--unmerged");
    using index = new PrivateIndex(open(repo));
    index.stageTracked();
    expect(repo.git("show", `${index.writeTree()}:a`)).toContain("<<<<<<<");
    expect(repo.git("ls-files", "--unmerged")).toBe(before);
  });

  it("records the commit a submodule is at", () => {
    const repo = gitRepo({ a: "1" });
    mkdirSync(repo.path("sub"));
    repo.git("init", "--quiet", "--initial-branch", "main", "sub");
    repo.git("-C", "sub", "commit", "--quiet", "--allow-empty", "--message", "one");
    repo.git("-c", "advice.addEmbeddedRepo=false", "add", "sub");
    repo.git("commit", "--quiet", "--message", "with sub");
    repo.git("-C", "sub", "commit", "--quiet", "--allow-empty", "--message", "two");
    using index = new PrivateIndex(open(repo));
    index.stageTracked();
    expect(repo.git("ls-tree", index.writeTree(), "sub")).toContain(repo.git("-C", "sub", "rev-parse", "HEAD"));
  });

  it.each(["--cone", "--no-cone", "--sparse-index"])("keeps what a sparse checkout leaves out, with %s", (mode) => {
    const repo = gitRepo({ "src/a": "1", "src/b": "2", "big/deep/c": "3", d: "4" });
    const cone = mode === "--no-cone" ? ["--no-cone", "/*", "!/big/"] : ["--cone", "src"];
    repo.git("sparse-checkout", "set", ...(mode === "--sparse-index" ? [mode] : []), ...cone);
    repo.write("src/a", "edited");
    repo.write("src/staged", "new");
    repo.git("add", "src/staged");
    repo.write("src/announced", "soon");
    repo.git("add", "--intent-to-add", "src/announced");
    const before = repo.fingerprint();
    using index = new PrivateIndex(open(repo));
    index.stageTracked();
    const tree = index.writeTree();
    expect(repo.git("diff-tree", "-r", "--name-status", "HEAD", tree).split("\n")).toEqual([
      ...["M\tsrc/a", "A\tsrc/announced", "A\tsrc/staged"],
    ]);
    expect(index.stagedPaths).toEqual(new Set(["big/deep/c", "d", "src/a", "src/announced", "src/b", "src/staged"]));
    expect(repo.fingerprint()).toBe(before);
    expect(readdirSync(repo.root)).not.toContain("big");
  });

  it("works in a linked work tree, with its own index", () => {
    const repo = gitRepo({ a: "1" });
    const linked = repo.path("..", `linked-${repo.root.split("-").at(-1)}`);
    repo.git("worktree", "add", "--quiet", "--detach", linked);
    const opened = openRepository(linked, { env: GIT_TEST_ENV });
    if (opened === undefined) throw new Error("not a repository");
    using index = new PrivateIndex(opened);
    index.stageTracked();
    expect(index.writeTree()).toBe(repo.git("rev-parse", "HEAD^{tree}"));
    repo.git("worktree", "remove", "--force", linked);
  });

  it("clears its copies away, and those of processes that died", () => {
    const repo = gitRepo({ a: "1" });
    const opened = open(repo);
    const folder = repo.path(".git", "waymark");
    {
      using index = new PrivateIndex(opened);
      index.stageTracked();
      const [name = ""] = readdirSync(folder);
      expect(name).toMatch(/^index-/);
      repo.write(`.git/waymark/${name.replace(/-\d+-\d+$/, "-999999999-1")}`, "left by a dead process");
    }
    {
      using index = new PrivateIndex(opened);
      index.stageTracked();
      expect(readdirSync(folder)).toHaveLength(1);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
