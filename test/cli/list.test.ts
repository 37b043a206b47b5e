import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { initDvcFolder } from "@waymark/store";
import { gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { sourceRepo, temporaryFolder } from "../support/source-repo.ts";

async function list(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(cwd, ["list", ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("list", () => {
  test("shows Git's files and DVC's data side by side", async () => {
    const { repo } = sourceRepo();
    repo.write("untracked.txt", "new\n");
    const cwd = temporaryFolder("cwd");
    expect((await list(cwd, repo.root)).split("\n")).toEqual([
      ...[".dvcignore", ".gitignore", "code", "data", "data.dvc", "deep", "link.py", "top.txt", "untracked.txt", ""],
    ]);
    expect(await list(cwd, repo.root, "data")).toBe("sub\ntrain.csv\n");
    expect(await list(cwd, repo.root, "data/train.csv")).toBe("train.csv\n");
    expect(await list(cwd, repo.root, "--dvc-only")).toBe("data\ndeep\n");
    expect(await list(cwd, repo.root, "-R", "--dvc-only")).toBe("data/sub/x.txt\ndata/train.csv\ndeep/er/model.bin\n");
    expect(await runHere(cwd, ["ls", repo.root, "data"])).toMatchObject({ code: 0, stdout: "sub\ntrain.csv\n" });
  });

  test("goes as deep as asked, in lines or as a tree", async () => {
    const { repo } = sourceRepo();
    expect(await list(repo.root, repo.root, "data", "-R", "-L", "1")).toBe("sub\ntrain.csv\n");
    expect(await list(repo.root, ".", "-R", "-L", "2", "--dvc-only")).toBe("data/sub\ndata/train.csv\ndeep/er\n");
    expect(await list(repo.root, ".", "-T", "--dvc-only")).toBe(
      [
        ".",
        "├── data",
        "│   ├── sub",
        "│   │   └── x.txt",
        "│   └── train.csv",
        "└── deep",
        "    └── er",
        "        └── model.bin",
        "",
      ].join("\n"),
    );
    expect(await list(repo.root, ".", "deep", "-T", "-L", "1")).toBe("deep\n└── er\n");
  });

  test("shows a revision without touching the files", async () => {
    const { repo, first } = sourceRepo();
    const before = repo.fingerprint();
    const output = await list(repo.root, ".", "-R", "--rev", "v1", "--show-hash", "--dvc-only");
    expect(output).toBe(
      [
        "2cd6ee2c70b0bde53fbe6cac3c8b8bb1  data/sub/x.txt",
        "f69f5b72bc79a92dc70c63c9aa142e36  data/train.csv",
        "69b64623f86def16ce17d454b8be41ae  deep/er/model.bin",
        "",
      ].join("\n"),
    );
    expect(await list(repo.root, ".", "-R", "--rev", first.slice(0, 10), "--show-hash", "--dvc-only")).toBe(output);
    expect(await list(repo.root, ".", "--size", "--rev", "HEAD")).toContain("  3  top.txt\n");
    expect(repo.fingerprint()).toBe(before);
  });

  test("prints JSON in DVC's shape", async () => {
    const { repo } = sourceRepo();
    const entries = JSON.parse(await list(repo.root, ".", "--rev", "HEAD", "--json")) as { path: string }[];
    expect(entries.find(({ path }) => path === "data")).toEqual({
      ...{ isout: true, isdir: true, isexec: false, size: 6, path: "data" },
      md5: "06cf6328f4375de7bfbc45ed15d5421b.dir",
    });
    expect(JSON.parse(await list(repo.root, ".", "code", "--json"))).toEqual([
      { isout: false, isdir: false, isexec: true, size: 6, md5: null, path: "t.py" },
    ]);
    expect(JSON.parse(await list(repo.root, ".", "link.py", "--json"))).toEqual([
      { isout: false, isdir: false, isexec: false, size: 6, md5: null, path: "link.py" },
    ]);
  });

  test("takes paths from where one is, inside of the repository", async () => {
    const { repo } = sourceRepo();
    expect(await list(repo.path("code"), "..", "t.py")).toBe("t.py\n");
    expect(await list(repo.path("code"), ".", "../data")).toBe("sub\ntrain.csv\n");
    expect((await runHere(repo.path("code"), ["list", "..", "data"])).code).toBe(1);
  });

  test("clones what is elsewhere, and finds what a folder holds in its remote", async () => {
    const { repo } = sourceRepo();
    const output = await list(temporaryFolder("cwd"), `file://${repo.root}`, "-R");
    expect(output).toContain("data/sub/x.txt\ndata/train.csv\n");
    expect(output).toContain("code/t.py\n");
  });

  test("shows projects inside of a repository", async () => {
    const repo = gitRepo({ "a.txt": "a\n" });
    mkdirSync(repo.path("inner"));
    initDvcFolder(repo.path("inner"));
    writeFileSync(
      join(repo.path("inner"), "big.bin.dvc"),
      "outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n  path: big.bin\n",
    );
    repo.commitAll("project");
    expect(await list(repo.root, `file://${repo.root}`, "-R", "--dvc-only", "--size")).toBe("6  inner/big.bin\n");
  });

  test("hides what .dvcignore hides", async () => {
    const { repo } = sourceRepo();
    repo.write(".dvcignore", "*.py\n");
    expect(await list(repo.root, ".", "code")).toBe("");
    expect(await list(repo.root, ".")).not.toContain("link.py");
  });

  test("says what is wrong, with DVC's exit codes", async () => {
    const { repo } = sourceRepo();
    const code = async (...args: readonly string[]): Promise<number> => (await runHere(repo.root, args)).code;
    expect(await runHere(repo.root, ["list", ".", "nope"])).toEqual({
      ...{ code: 1, stdout: "" },
      stderr: "error: There is no 'nope' in '.'\nhint: See what there is: `waymark list .`.\n",
    });
    expect(await code("list", ".", "../outside")).toBe(1);
    expect(await code("list", ".", "--rev", "nope")).toBe(1);
    expect(await code("list", "nonexistent")).toBe(1);
    expect(await code("list", "/nonexistent/repo")).toBe(1);
    expect(await code("list", ".", "--tree", "--json")).toBe(255);
    expect(await code("list")).toBe(254);
    expect(await code("list", ".", "-L", "x")).toBe(254);
    expect(await code("list", ".", "--remote-config", "x")).toBe(254);
  });
});

describe("list-url", () => {
  test("lists a folder of this machine, with sizes and as a tree", async () => {
    const folder = temporaryFolder("url");
    mkdirSync(join(folder, "dir/sub"), { recursive: true });
    writeFileSync(join(folder, "a.txt"), "a".repeat(2000));
    writeFileSync(join(folder, "dir/sub/c"), "c\n");
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runHere(folder, ["list-url", ...args]);
      expect([code, stderr]).toEqual([0, ""]);
      return stdout;
    };
    expect(await run(folder)).toBe("a.txt\ndir\n");
    expect(await run(".", "-R", "--size")).toBe("1.95k  a.txt\n    2  dir/sub/c\n");
    expect(await run(".", "-T")).toBe(".\n├── a.txt\n└── dir\n    └── sub\n        └── c\n");
    expect(await run(".", "-R", "-L", "1")).toBe("a.txt\ndir\n");
    expect(await run("a.txt")).toBe("a.txt\n");
  });

  test("of a remote needs its name only", async () => {
    const { repo, storage } = sourceRepo();
    writeFileSync(join(storage, "extra.txt"), "x");
    expect((await runHere(repo.root, ["ls-url", "remote://st"])).stdout).toBe("extra.txt\nfiles\n");
  });

  test("of nothing, or with settings nobody knows, fails", async () => {
    const folder = temporaryFolder("url");
    expect((await runHere(folder, ["list-url", "nope"])).code).toBe(255);
    const wrong = await runHere(folder, ["list-url", ".", "--fs-config", "regoin=x"]);
    expect(wrong.code).toBe(255);
    expect(wrong.stderr).toContain("there is no key 'regoin'");
  });
});
