import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { prepareDvcFolder } from "../../packages/experiments/src/prepare-dvc-folder.ts";
import { openProject } from "@waymark/experiments";
import { hashFileSync } from "@waymark/store";
import { dataRepo } from "../pipeline/data-project.ts";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { waymark } from "../support/cli.ts";

describe("init", () => {
  it("writes and stages what dvc init does", async () => {
    const repo = gitRepo();
    const { code, stdout, stderr } = await runHere(repo.root, ["init"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("Initialized the project in");
    expect(repo.git("diff", "--cached", "--name-only").split("\n")).toEqual([
      ".dvc/.gitignore",
      ".dvc/config",
      ".dvcignore",
    ]);
    expect(repo.read(".dvc/config")).toBe("");
    expect(hashFileSync(repo.path(".dvc/.gitignore")).md5).toBe("a5d6c4bb3813b904789a8a68767d076c");
    expect(hashFileSync(repo.path(".dvcignore")).md5).toBe("34659c119a2634fe318cd6a4822df435");
    expect(existsSync(repo.path(".dvc/tmp/btime"))).toBe(true);
  });

  it("does without Git when told to, and says so in the configuration", async () => {
    const repo = gitRepo();
    expect((await runHere(repo.root, ["init", "--no-scm", "-q"])).stderr).toBe("");
    expect(repo.read(".dvc/config")).toBe("[core]\n    no_scm = True\n");
    expect(repo.has(".dvc/.gitignore")).toBe(false);
    expect(repo.git("diff", "--cached", "--name-only")).toBe("");
  });

  it("needs --subdir below the root of a repository", async () => {
    const repo = gitRepo();
    mkdirSync(repo.path("sub/deep"), { recursive: true });
    const refused = await runHere(repo.path("sub/deep"), ["init"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/is not the root of its Git repository[^]*--subdir/);
    expect((await runHere(repo.root, ["init", "--subdir", "sub/deep"])).code).toBe(0);
    expect(repo.git("diff", "--cached", "--name-only")).toContain("sub/deep/.dvc/config");
  });

  it("refuses outside of Git, where a project is, and where Git ignores it", async () => {
    const repo = gitRepo();
    const outside = join(repo.root, "..", `${repo.root.split("/").at(-1)}-outside`);
    expect((await runHere(repo.path(".git"), ["init"])).code).toBe(1);
    expect(existsSync(outside)).toBe(false);
    await runHere(repo.root, ["init"]);
    repo.write(".dvc/cache/files/md5/aa/b", "data");
    const again = await runHere(repo.root, ["init"]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/exists[^]*`-f`/);
    expect((await runHere(repo.root, ["init", "-f"])).code).toBe(0);
    expect(repo.has(".dvc/cache")).toBe(false);
    const hidden = gitRepo({ ".gitignore": ".dvc\n" });
    const refused = await runHere(hidden.root, ["init"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/is ignored by Git[^]*!\.dvc/);
    expect((await runHere(repo.root, ["init", "--subdir", "--no-scm"])).code).toBe(255);
  });

  it("keeps the cache of experiments that were made before", async () => {
    const repo = gitRepo();
    prepareDvcFolder(openProject(repo.root, GIT_TEST_ENV));
    repo.write(".dvc/cache/files/md5/aa/b", "data");
    expect(repo.git("status", "--porcelain", "--", ".dvc")).toBe("");
    expect((await runHere(repo.root, ["init"])).code).toBe(0);
    expect(repo.has(".dvc/cache/files/md5/aa/b")).toBe(true);
    expect(repo.git("diff", "--cached", "--name-only")).toContain(".dvc/config");
    expect(repo.read(".git/info/exclude")).not.toContain(".dvc");
  });
});

describe("root and version", () => {
  it("tell where the project is", async () => {
    const repo = dataRepo({ "a/b/c": "" });
    expect((await runHere(repo.path("a/b"), ["root"])).stdout).toBe("../..\n");
    expect((await runHere(repo.root, ["root"])).stdout).toBe(".\n");
    const outside = await runHere(gitRepo().root, ["root"]);
    expect(outside.code).toBe(253);
    expect(outside.stderr).toMatch(/No '\.dvc' folder[^]*waymark init/);
  });

  it("tell what is installed, with and without a project", async () => {
    const repo = dataRepo();
    const inside = await runHere(repo.root, ["version"]);
    expect(inside.code).toBe(0);
    expect(inside.stdout).toMatch(/^Waymark version: \d+\.\d+\.\d+\n-+\nPlatform: Node /);
    expect(inside.stdout).toMatch(/\nRepo: dvc, git\n$/);
    repo.write(".dvc/cache/x", "");
    expect((await runHere(repo.root, ["version"])).stdout).toMatch(/\nCache types: .*symlink\n/);
    expect(repo.git("status", "--porcelain")).toBe("");
    expect((await runHere(gitRepo().root, ["version"])).stdout).not.toContain("Repo:");
  });
});

describe("check-ignore", () => {
  const files = {
    ".dvcignore": "# note\n*.tmp\n!keep.tmp\nbuild/\n  spaced  \n",
    "sub/.dvcignore": "/only\n",
    "sub/deep/only": "",
    "build/a": "",
    "other/.dvc/config": "",
    "other/data": "",
  };

  it("prints what is kept out, and exits 1 when nothing is", async () => {
    const repo = dataRepo(files);
    const check = async (...args: readonly string[]) => {
      const { code, stdout } = await runHere(repo.root, ["check-ignore", ...args]);
      return [code, ...stdout.split("\n").filter(Boolean)];
    };
    expect(await check("a.tmp", "keep.tmp", "b.txt")).toEqual([0, "a.tmp"]);
    expect(await check("keep.tmp", "b.txt")).toEqual([1]);
    expect(await check("build/a", "build", "builds", "nowhere/spaced")).toEqual([
      0,
      "build/a",
      "build",
      "nowhere/spaced",
    ]);
    expect(await check("sub/only", "sub/deep/only", "other/data", ".git", ".dvc/config")).toEqual([
      0,
      "sub/only",
      "other/data",
      ".git",
      ".dvc/config",
    ]);
    expect(await check("../outside", ".")).toEqual([1]);
  });

  it("prints the line that decides", async () => {
    const repo = dataRepo(files);
    const details = async (cwd: string, ...args: readonly string[]) =>
      (await runHere(repo.path(cwd), ["check-ignore", "-d", ...args])).stdout;
    expect(await details("", "a.tmp", "keep.tmp", "b.txt", "build/a")).toBe(
      ".dvcignore:2:*.tmp\ta.tmp\n.dvcignore:3:!keep.tmp\tkeep.tmp\n.dvcignore:4:build/\tbuild/a\n",
    );
    expect(await details("sub", "only", "a.tmp")).toBe("sub/.dvcignore:1:/only\tonly\n.dvcignore:2:*.tmp\ta.tmp\n");
    expect(await details("", "-n", "b.txt")).toBe("::\tb.txt\n");
    expect(await details("", ".git", ".dvc", "other/data")).toBe(
      ":.git\t.git\n:.dvc/\t.dvc\nin sub_repo:other\tother/data\n",
    );
  });

  it("takes patterns as DVC does: with all that lies below, also to bring it back", async () => {
    const repo = dataRepo({ ".dvcignore": "*.csv\n!raw\ncut/**\ntop/*\n", "raw/a.csv": "", "cut/x": "", "top/y": "" });
    const { stdout } = await runHere(repo.root, [
      ...["check-ignore", "-d", "-n", "raw/a.csv", "b.csv", "cut", "cut/x", "top", "top/y"],
    ]);
    expect(stdout).toBe(
      ".dvcignore:2:!raw\traw/a.csv\n.dvcignore:1:*.csv\tb.csv\n.dvcignore:3:cut/**\tcut\n" +
        ".dvcignore:3:cut/**\tcut/x\n::\ttop\n.dvcignore:4:top/*\ttop/y\n",
    );
  });

  it("reads paths from standard input, up to an empty line", async () => {
    const repo = dataRepo(files);
    const { code, stdout } = await waymark(["check-ignore", "--stdin"], {
      cwd: repo.root,
      env: GIT_TEST_ENV,
      input: "a.tmp\nb.txt\n\nlater.tmp\n",
    });
    expect([code, stdout]).toEqual([0, "a.tmp\n"]);
  });

  it("refuses options that do not go together, with DVC's exit code", async () => {
    const repo = dataRepo();
    for (const args of [[], ["--stdin", "a"], ["-n", "a"], ["-a", "a"]]) {
      expect((await runHere(repo.root, ["check-ignore", ...args])).code).toBe(255);
    }
    expect((await runHere(repo.root, ["check-ignore", "--nonsense"])).code).toBe(254);
  });
});
