import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataRepo } from "../pipeline/data-project.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

async function add(repo: GitRepo, ...args: readonly string[]): Promise<Answer> {
  return runHere(repo.root, ["add", ...args]);
}

function write(repo: GitRepo, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) repo.write(path, text);
}

/** What must be as before after a refusal. */
function state(repo: GitRepo): unknown {
  return [repo.git("status", "--porcelain", "-uall"), repo.has(".gitignore") ? repo.read(".gitignore") : ""];
}

describe("add", () => {
  it("stores files and folders, records them as DVC does, and has Git ignore them", async () => {
    const repo = dataRepo();
    write(repo, { "data/train.csv": "a,b\n1,2\n", "data/test.csv": "a,b\n3,4\n", "data/sub/readme.txt": "note\n" });
    write(repo, { "hello.txt": "hello\n", "run.sh": "#!/bin/sh\n" });
    chmodSync(repo.path("run.sh"), 0o755);
    const { code, stdout, stderr } = await add(repo, "data", "hello.txt", "run.sh");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("git add .gitignore data.dvc hello.txt.dvc run.sh.dvc");
    expect(repo.read("data.dvc")).toBe(
      "outs:\n- md5: bd9bfcaee72c7addb469323026812f67.dir\n  size: 21\n  nfiles: 3\n  hash: md5\n  path: data\n",
    );
    expect(repo.read("hello.txt.dvc")).toBe(
      "outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n  path: hello.txt\n",
    );
    expect(repo.read("run.sh.dvc")).toContain("  isexec: true\n");
    expect(repo.read(".gitignore")).toBe("/data\n/hello.txt\n/run.sh\n");
    const object = repo.path(".dvc/cache/files/md5/b1/946ac92492d2347c6235b4d2611184");
    expect(lstatSync(object).mode & 0o777).toBe(0o444);
    expect(repo.read(".dvc/cache/files/md5/bd/9bfcaee72c7addb469323026812f67.dir")).toContain(
      '"relpath": "sub/readme.txt"',
    );
  });

  it("keeps comments and annotations when it adds again, and is silent when nothing changed", async () => {
    const repo = dataRepo();
    write(repo, { "a.txt": "one" });
    await add(repo, "a.txt");
    repo.write("a.txt.dvc", `# mine\n${repo.read("a.txt.dvc")}  desc: what it is\n`);
    repo.write("a.txt", "two!");
    await add(repo, "a.txt");
    expect(repo.read("a.txt.dvc")).toMatch(/^# mine\nouts:\n- md5: \w+\n {2}size: 4\n.*\n {2}desc: what it is\n$/s);
    const before = state(repo);
    expect((await add(repo, "a.txt")).stderr).toBe("");
    expect(state(repo)).toEqual(before);
  });

  it("gives the cache the very files where it links by hard links, whole folders and parts of them", async () => {
    const repo = dataRepo();
    repo.write(".dvc/config", "[cache]\n    type = hardlink\n");
    write(repo, { "data/x": "xx", "data/sub/y": "yy", one: "1", twin: "1" });
    const inodes = (): readonly number[] => ["data/x", "data/sub/y", "one"].map((at) => lstatSync(repo.path(at)).ino);
    const before = inodes();
    expect((await add(repo, "data", "one", "twin")).code).toBe(0);
    expect(inodes()).toEqual(before);
    expect(lstatSync(repo.path("twin")).ino).toBe(lstatSync(repo.path("one")).ino);
    expect(lstatSync(repo.path("data/x")).mode & 0o777).toBe(0o444);
    write(repo, { "data/sub/z": "zz" });
    const { ino } = lstatSync(repo.path("data/sub/z"));
    expect((await add(repo, "data/sub")).code).toBe(0);
    expect(lstatSync(repo.path("data/sub/z"))).toMatchObject({ ino, nlink: 2 });
  });

  it("updates a tracked folder at one place only", async () => {
    const repo = dataRepo();
    write(repo, { "data/x": "x", "data/sub/y": "y", "data/z": "z" });
    await add(repo, "data");
    write(repo, { "data/sub/y": "new y", "data/sub/more": "more", "data/z": "changed, and not asked for" });
    repo.remove("data/x");
    expect((await runHere(repo.path("data"), ["add", "sub"])).code).toBe(0);
    expect(repo.read("data.dvc")).toMatch(/size: 11\n {2}nfiles: 4\n/);
    expect((await add(repo, "data/x")).code).toBe(0);
    expect(repo.read("data.dvc")).toMatch(/size: 10\n {2}nfiles: 3\n/);
    expect(repo.has("data/x.dvc")).toBe(false);
    const { stdout } = await runHere(repo.root, ["data", "status", "--granular", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ uncommitted: { modified: ["data/", "data/z"] } });
    expect((await add(repo, "data/nowhere")).code).toBe(1);
  });

  it("records without storing with --no-commit", async () => {
    const repo = dataRepo();
    write(repo, { "a.txt": "one", "d/x": "x" });
    expect((await add(repo, "--no-commit", "a.txt", "d")).code).toBe(0);
    expect(repo.read("a.txt.dvc")).toContain("md5: f97c5d29941bfb1b2fdab0874906ab82");
    expect(existsSync(repo.path(".dvc/cache/files/md5"))).toBe(false);
  });

  it("takes patterns with --glob, and says when nothing matches", async () => {
    const repo = dataRepo();
    write(repo, { "m/1.pt": "1", "m/2.pt": "2", "m/deep/3.pt": "3", "m/.4.pt": "4", "m/readme": "" });
    repo.git("add", "m/readme");
    expect((await add(repo, "--glob", "m/*.pt")).code).toBe(0);
    expect(readdirSync(repo.path("m")).filter((name) => name.endsWith(".dvc"))).toEqual(["1.pt.dvc", "2.pt.dvc"]);
    expect((await add(repo, "--glob", "**/[!12].pt")).code).toBe(0);
    expect(repo.has("m/deep/3.pt.dvc")).toBe(true);
    const none = await add(repo, "--glob", "nothing*");
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("Nothing matches 'nothing*'");
  });

  it("links files as configured, and leaves them with --no-relink", async () => {
    const repo = dataRepo();
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    write(repo, { "a.txt": "one", "b.txt": "two", "d/x": "x" });
    await add(repo, "--no-relink", "b.txt");
    await add(repo, "a.txt", "d");
    expect(lstatSync(repo.path("b.txt")).isSymbolicLink()).toBe(false);
    expect(lstatSync(repo.path("a.txt")).isSymbolicLink()).toBe(true);
    expect(lstatSync(repo.path("d/x")).isSymbolicLink()).toBe(true);
    expect(repo.read("a.txt")).toBe("one");
    await runHere(repo.root, ["unprotect", "a.txt", "d"]);
    for (const path of ["a.txt", "d/x"]) {
      expect(lstatSync(repo.path(path)).isFile()).toBe(true);
      writeFileSync(repo.path(path), "edited");
    }
    expect(repo.read(".dvc/cache/files/md5/f9/7c5d29941bfb1b2fdab0874906ab82")).toBe("one");
    expect((await runHere(repo.root, ["unprotect", "nowhere"])).code).toBe(255);
  });

  it("stages what it wrote when the configuration says so", async () => {
    const repo = dataRepo();
    repo.write(".dvc/config", "[core]\n    autostage = true\n");
    write(repo, { "a.txt": "one" });
    expect((await add(repo, "a.txt")).stderr).toBe("");
    expect(repo.git("diff", "--cached", "--name-only").split("\n")).toEqual([".gitignore", "a.txt.dvc"]);
  });

  it("works without Git", async () => {
    const repo = dataRepo();
    repo.write(".dvc/config", "[core]\n    no_scm = True\n");
    write(repo, { "a.txt": "one" });
    expect((await add(repo, "a.txt")).code).toBe(0);
    expect(repo.has(".gitignore")).toBe(false);
  });
});

describe("add --out and --to-remote", () => {
  it("copies data from elsewhere to its place", async () => {
    const repo = dataRepo();
    const outside = `${repo.root}-outside`;
    mkdirSync(join(repo.root, ".git", "elsewhere"));
    const source = repo.path(".git/elsewhere/ext.txt");
    writeFileSync(source, "ext\n");
    expect(existsSync(outside)).toBe(false);
    expect((await add(repo, "-o", "out1", source)).code).toBe(0);
    expect(repo.read("out1")).toBe("ext\n");
    expect(repo.read("out1.dvc")).toContain("path: out1");
    const again = await add(repo, "-o", "out1", source);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/exists already[^]*--force/);
    writeFileSync(source, "newer\n");
    expect((await add(repo, "-f", "-o", "out1", source)).code).toBe(0);
    expect(repo.read("out1")).toBe("newer\n");
    mkdirSync(repo.path("folder"));
    expect((await add(repo, "-o", "folder", source)).code).toBe(0);
    expect(repo.read("folder/ext.txt")).toBe("newer\n");
  });

  it("sends data to a remote and keeps nothing here", async () => {
    const repo = dataRepo();
    repo.write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = ../.git/store\n");
    write(repo, { ".git/big/a": "a", ".git/big/sub/b": "b" });
    expect((await add(repo, "--to-remote", "-o", "big", repo.path(".git/big"))).code).toBe(0);
    expect(repo.has("big")).toBe(false);
    expect(repo.has(".dvc/cache/files")).toBe(false);
    const md5 = /md5: (\w+\.dir)/.exec(repo.read("big.dvc"))?.[1] ?? "";
    expect(repo.has(`.git/store/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`)).toBe(true);
    expect(repo.has(".git/store/files/md5/0c/c175b9c0f1b6a831c399e269772661")).toBe(true);
    expect(repo.read(".gitignore")).toBe("/big\n");
  });

  it("refuses options that do not go together", async () => {
    const repo = dataRepo();
    write(repo, { a: "a", b: "b" });
    for (const args of [
      ["-o", "c", "a", "b"],
      ["-o", "c", "--glob", "a"],
      ["--to-remote", "--no-commit", "a"],
      ["-r", "store", "a"],
      ["--remote-jobs", "2", "a"],
    ]) {
      expect((await add(repo, ...args)).code).toBe(1);
    }
    expect((await add(repo)).code).toBe(254);
  });
});

describe("add refuses", () => {
  it.each<readonly [string, (repo: GitRepo) => void, readonly string[], RegExp]>([
    ["what is not there", () => {}, ["nowhere"], /does not exist/],
    ["what Git tracks", () => {}, ["README.md"], /Git tracks it already[^]*git rm -r --cached README\.md/],
    ["what lies outside", () => {}, ["../outside"], /outside of the project/],
    ["the project itself", () => {}, ["."], /the project itself/],
    ["its own files", (repo) => repo.write("x.dvc", "outs: []\n"), ["x.dvc"], /describes data/],
    [
      "what .dvcignore hides",
      (repo) => write(repo, { ".dvcignore": "*.tmp\n", "a.tmp": "" }),
      ["a.tmp"],
      /\.dvcignore:1:\*\.tmp/,
    ],
    ["the .dvc folder", () => {}, [".dvc/config"], /kept out by :\.dvc\//],
    ["a link to a folder", (repo) => symlinkSync(".git", repo.path("link")), ["link"], /symbolic link to a folder/],
    [
      "what is behind a link to a folder",
      (repo) => {
        write(repo, { "real/x": "" });
        symlinkSync("real", repo.path("link"));
      },
      ["link/x"],
      /'link' is a symbolic link to a folder/,
    ],
    ["a link to nothing", (repo) => symlinkSync("gone", repo.path("broken")), ["broken"], /does not exist/],
    [
      "an output of a stage",
      (repo) => write(repo, { "dvc.yaml": "stages:\n  train:\n    cmd: x\n    outs:\n    - out\n", "out/x": "" }),
      ["out/x"],
      /'out' is an output of stage 'train'[^]*waymark repro/,
    ],
    [
      "a folder around tracked data",
      (repo) =>
        write(repo, { "d/x": "", "d/x.dvc": "outs:\n- {md5: d41d8cd98f00b204e9800998ecf8427e, hash: md5, path: x}\n" }),
      ["d"],
      /'d\/x' in it is tracked by 'd\/x\.dvc'[^]*waymark remove d\/x\.dvc/,
    ],
    [
      "two targets of which one holds the other",
      (repo) => write(repo, { "d/x": "" }),
      ["d", "d/x"],
      /overlaps with 'd'/,
    ],
    [
      "a .dvc file that Git ignores",
      (repo) => write(repo, { ".gitignore": "*.dvc\n", a: "" }),
      ["a"],
      /would be ignored by Git/,
    ],
    [
      "a second target that is not there, and leaves the first alone",
      (repo) => write(repo, { a: "" }),
      ["a", "nowhere"],
      /nowhere/,
    ],
  ])("%s", async (_, prepare, args, message) => {
    const repo = dataRepo();
    prepare(repo);
    const before = state(repo);
    const { code, stderr } = await add(repo, ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(state(repo)).toEqual(before);
  });

  it("a .dvcignore inside, with DVC's code for what it does not foresee", async () => {
    const repo = dataRepo();
    write(repo, { "d/.dvcignore": "", "d/x": "" });
    const before = state(repo);
    const { code, stderr } = await add(repo, "d");
    expect(stderr).toContain(".dvcignore may not lie inside");
    expect(code).toBe(255);
    expect(state(repo)).toEqual(before);
  });

  it("a second target that cannot be read, and leaves the first alone", async () => {
    const repo = dataRepo();
    write(repo, { a: "", "d/x": "" });
    symlinkSync("gone", repo.path("d/broken"));
    const before = state(repo);
    expect((await add(repo, "a", "d")).code).toBe(1);
    expect(state(repo)).toEqual(before);
  });

  it("a second target, and leaves the first no link into a cache that nothing protects", async () => {
    const repo = dataRepo();
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    write(repo, { a: "a", "d/x": "" });
    symlinkSync("gone", repo.path("d/broken"));
    expect((await add(repo, "a", "d")).code).toBe(1);
    expect(lstatSync(repo.path("a")).isSymbolicLink()).toBe(false);
  });

  it("outside of a project, with DVC's exit code", async () => {
    const repo = dataRepo();
    repo.remove(".dvc");
    expect((await add(repo, "README.md")).code).toBe(253);
  });
});
