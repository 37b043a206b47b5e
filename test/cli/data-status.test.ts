import { rmSync, utimesSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { dataRepo, openData } from "../pipeline/data-project.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

let repo: GitRepo;

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(repo.root, args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function status(...args: readonly string[]): Promise<unknown> {
  return JSON.parse(await run("data", "status", "--json", ...args)) as unknown;
}

async function diff(...args: readonly string[]): Promise<unknown> {
  return JSON.parse(await run("diff", "--json", ...args)) as unknown;
}

beforeEach(async () => {
  repo = dataRepo();
  for (const [path, text] of Object.entries({ "data/x": "x", "data/sub/y": "y", "f.txt": "f" })) repo.write(path, text);
  await run("add", "data", "f.txt");
});

describe("data status", () => {
  it("runs no filter that the repository's own settings name", async () => {
    repo.write(".gitattributes", "* filter=theirs\n");
    repo.write("plain.txt", "a\n");
    repo.commitAll("attributes");
    for (const name of ["clean", "process"]) repo.git("config", `filter.theirs.${name}`, "touch pwned; cat");
    repo.git("config", "filter.theirs.required", "true");
    // As long, and of another time: only its content tells whether it changed.
    utimesSync(repo.path("plain.txt"), 0, 0);
    await status();
    await run("plots", "diff");
    expect(repo.has("pwned")).toBe(false);
  });

  it("is empty when nothing changed, and counts a commit that was not made", async () => {
    expect(await status()).toEqual({ committed: { added: ["data/", "f.txt"] } });
    expect(await status("--granular")).toEqual({ committed: { added: ["data/", "data/sub/y", "data/x", "f.txt"] } });
    repo.commitAll("data");
    expect(await status()).toEqual({});
    expect(await status("--unchanged", "--granular")).toEqual({
      unchanged: ["data/", "data/sub/y", "data/x", "f.txt"],
    });
    expect(await run("data", "status")).toBe("No changes.\n");
  });

  it("tells what was added, modified, deleted and renamed, by folder and by file", async () => {
    repo.commitAll("data");
    repo.write("data/sub/y", "changed");
    repo.write("data/new", "new");
    repo.git("mv", "README.md", "READ.md");
    await run("move", "f.txt", "g.txt");
    repo.write("data/x2", "x");
    repo.remove("data/x");
    expect(await status()).toEqual({
      committed: { renamed: [{ old: "f.txt", new: "g.txt" }] },
      uncommitted: { modified: ["data/"] },
    });
    expect(await status("--granular")).toMatchObject({
      uncommitted: {
        added: ["data/new"],
        modified: ["data/", "data/sub/y"],
        renamed: [{ old: "data/x", new: "data/x2" }],
      },
    });
    expect(await run("data", "status", "--granular", "--untracked-files")).toBe(`DVC committed changes:
  (git commit the corresponding dvc files to update the repo)
        renamed: f.txt -> g.txt

DVC uncommitted changes:
  (use "waymark commit <file>..." to track changes)
  (use "waymark checkout <file>..." to discard changes)
        modified: data/
        modified: data/sub/y
        added: data/new
        renamed: data/x -> data/x2

Untracked files:
  (use "git add <file> ..." or "waymark add <file>..." to commit to git or to dvc)
        g.txt.dvc
(there are other changes not tracked by dvc, use "git status" to see)
`);
  });

  it("tells what the cache lacks, and what nobody can know then", async () => {
    repo.commitAll("data");
    const { cache } = openData(repo);
    const manifest = /md5: (\w+\.dir)/.exec(repo.read("data.dvc"))?.[1] ?? "";
    rmSync(cache.objectPath(manifest));
    expect(await status()).toEqual({ not_in_cache: ["data/"] });
    rmSync(repo.path(".dvc/cache"), { recursive: true });
    expect(await status("--granular")).toEqual({
      not_in_cache: ["data/", "f.txt"],
      uncommitted: { unknown: ["data/sub/", "data/sub/y", "data/x"] },
    });
  });

  it("takes files and folders as targets, and lists files that nobody tracks", async () => {
    repo.write("data/x", "changed");
    repo.write("f.txt", "changed");
    repo.write("loose.txt", "");
    expect(await status("--granular", "data")).toMatchObject({ uncommitted: { modified: ["data/", "data/x"] } });
    expect(await status("--granular", "data/x")).toEqual({
      committed: { added: ["data/x"] },
      uncommitted: { modified: ["data/x"] },
    });
    expect(await status("--untracked-files", "all")).toMatchObject({
      untracked: [".gitignore", "data.dvc", "f.txt.dvc", "loose.txt"],
    });
    expect(await status("--untracked-files", "no")).not.toHaveProperty("untracked");
    expect((await runHere(repo.root, ["data", "status", "--untracked-files", "some"])).code).toBe(254);
  });

  it("asks a remote with --not-in-remote", async () => {
    expect((await runHere(repo.root, ["data", "status", "--not-in-remote"])).code).not.toBe(0);
    repo.write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = ../.git/store\n");
    expect(await status("--not-in-remote")).toMatchObject({ not_in_remote: ["data/", "f.txt"] });
    repo.write(".git/store/files/md5/8f/a14cdd754f91cc6554c9e71929cce7", "f");
    expect(await status("--not-in-remote", "--granular")).toMatchObject({
      not_in_remote: ["data/", "data/sub/y", "data/x"],
    });
  });

  it("works before the first commit and without Git", async () => {
    repo.git("update-ref", "-d", "HEAD");
    expect(await status()).toEqual({ committed: { added: ["data/", "f.txt"] } });
    repo.write(".dvc/config", "[core]\n    no_scm = True\n");
    expect(await status("--unchanged")).toEqual({ unchanged: ["data/", "f.txt"] });
  });
});

describe("diff", () => {
  it("compares the workspace with a commit, file by file", async () => {
    repo.commitAll("data");
    expect(await diff()).toEqual({});
    expect(await run("diff")).toBe("");
    repo.write("data/sub/y", "changed");
    repo.write("data/new", "new");
    repo.remove("f.txt");
    repo.remove("data/x");
    expect(await diff()).toEqual({
      added: [{ path: "data/new" }],
      deleted: [{ path: "data/x" }, { path: "f.txt" }],
      modified: [{ path: "data/" }, { path: "data/sub/y" }],
      renamed: [],
      "not in cache": [],
    });
    expect(await run("diff", "--show-hash")).toBe(`Added:
    22af645d  data/new

Deleted:
    9dd4e461  data/x
    8fa14cdd  f.txt

Modified:
    4ebbac49..8f6b9f41  data/
    41529076..8977dfac  data/sub/y

files summary: 1 added, 2 deleted, 1 modified
`);
    expect(await run("diff", "--md")).toBe(`| Status   | Path       |
|----------|------------|
| added    | data/new   |
| deleted  | data/x     |
| deleted  | f.txt      |
| modified | data/      |
| modified | data/sub/y |

`);
  });

  it("compares two commits, and finds what was renamed", async () => {
    const one = repo.commitAll("one");
    await run("move", "f.txt", "g.txt");
    repo.commitAll("two");
    expect(await diff(one, "HEAD")).toEqual({
      added: [],
      deleted: [],
      modified: [],
      renamed: [{ path: { old: "f.txt", new: "g.txt" } }],
    });
    expect(await diff("HEAD", "main")).toEqual({});
    expect(await run("diff", one)).toContain("    f.txt -> g.txt\n\nfiles summary: 1 renamed\n");
  });

  it("limits itself to targets, and refuses those that are nowhere", async () => {
    repo.commitAll("one");
    repo.write("data/x", "changed");
    repo.write("f.txt", "changed");
    expect(await diff("--targets", "data/x")).toMatchObject({ modified: [{ path: "data/x" }] });
    expect(await diff("--targets", "f.txt")).toMatchObject({ modified: [{ path: "f.txt" }] });
    expect((await runHere(repo.root, ["diff", "--targets", "nowhere"])).code).toBe(255);
    expect((await runHere(repo.root, ["diff", "nowhere"])).code).toBe(1);
  });

  it("tells what the cache lacks, unless told not to", async () => {
    repo.commitAll("one");
    rmSync(repo.path(".dvc/cache"), { recursive: true });
    expect(await diff("--show-hash")).toMatchObject({
      "not in cache": [{ path: "data/" }, { path: "f.txt", hash: "8fa14cdd754f91cc6554c9e71929cce7" }],
    });
    expect(await diff("--hide-missing")).not.toHaveProperty("not in cache");
  });

  it("has nothing to say without commits", async () => {
    repo.git("update-ref", "-d", "HEAD");
    expect(await diff()).toEqual({});
  });
});
