import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashBytes } from "@waymark/store";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere, type Answer } from "../support/in-process.ts";
import { emptyProject, sourceRepo, temporaryFolder } from "../support/source-repo.ts";

async function run(project: GitRepo, ...args: readonly string[]): Promise<Answer> {
  const answer = await runHere(project.root, args);
  expect([answer.code, answer.code === 0 ? "" : answer.stderr]).toEqual([0, ""]);
  return answer;
}

async function codeOf(project: GitRepo, ...args: readonly string[]): Promise<number> {
  return (await runHere(project.root, args)).code;
}

/** Everything in a project but what Git and DVC keep for themselves. */
function filesOf(project: GitRepo): readonly string[] {
  return readdirSync(project.root).filter((name) => ![".git", ".dvc", ".dvcignore", "readme.md"].includes(name));
}

describe("import", () => {
  test("tracks a folder of another repository with the commit it came from", async () => {
    const { repo, second } = sourceRepo();
    const project = emptyProject();
    const { stderr } = await run(project, "import", repo.root, "data");
    expect(stderr).toBe(
      `Importing 'data (${repo.root})' -> 'data'\nTo track the changes with Git:\n  git add .gitignore data.dvc\n`,
    );
    expect(project.read("data.dvc").replace(/^md5: .*\n/u, "")).toBe(
      [
        "frozen: true",
        "deps:",
        "- path: data",
        "  repo:",
        `    url: ${repo.root}`,
        `    rev_lock: ${second}`,
        "outs:",
        "- md5: 06cf6328f4375de7bfbc45ed15d5421b.dir",
        "  size: 6",
        "  nfiles: 2",
        "  hash: md5",
        "  path: data",
        "",
      ].join("\n"),
    );
    expect([project.read("data/train.csv"), project.read("data/sub/x.txt")]).toEqual(["a,b\n", "c\n"]);
    expect(project.read(".gitignore")).toBe("/data\n");
    expect(project.has(".dvc/cache/files/md5/06/cf6328f4375de7bfbc45ed15d5421b.dir")).toBe(true);
    expect((await run(project, "status")).stdout).toContain("up to date");
  });

  test("takes a revision, a part of a folder, and what Git keeps", async () => {
    const { repo, first } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "deep/er/model.bin", "--rev", "v1", "-o", "old.bin");
    expect(project.read("old.bin")).toBe("m\n");
    expect(project.read("old.bin.dvc")).toContain(`    rev: v1\n    rev_lock: ${first}\n`);
    await run(project, "import", repo.root, "data/sub");
    expect(filesOf(project)).toContain("sub");
    expect(project.read("sub.dvc")).toContain("md5: 8c7be70d383cb7df82dd411e322bf373.dir");
    await run(project, "import", repo.root, "code/t.py");
    expect(project.read("t.py.dvc")).not.toContain("isexec");
    await run(project, "import", repo.root, "deep");
    expect(readdirSync(project.path("deep/er")).toSorted()).toEqual([".gitignore", "model.bin"]);
  });

  test("clones what is elsewhere, and takes the data from its remote", async () => {
    const { repo, storage, second } = sourceRepo();
    rmSync(repo.path(".dvc/cache"), { recursive: true });
    const project = emptyProject();
    await run(project, "import", `file://${repo.root}`, "data");
    expect(project.read("data/train.csv")).toBe("a,b\n");
    expect(project.read("data.dvc")).toContain(second);
    rmSync(join(storage, "files"), { recursive: true });
    const failed = await runHere(project.root, ["import", `file://${repo.root}`, "deep/er/model.bin"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(`The data of 'deep/er/model.bin', `);
    expect(failed.stderr).toContain(`looked in ${project.path(".dvc/cache")}, ${storage}`);
    expect(project.has("model.bin.dvc") || project.has("model.bin")).toBe(false);
  });

  test("uses another remote or settings of it, and records them", async () => {
    const { repo, storage } = sourceRepo();
    const other = temporaryFolder("other");
    rmSync(repo.path(".dvc/cache"), { recursive: true });
    const project = emptyProject();
    await run(project, "import", repo.root, "data", "--remote-config", `url=${storage}`);
    expect(project.read("data.dvc")).toContain(`    remote:\n      url: ${storage}\n`);
    const empty = ["import", repo.root, "data", "-o", "x", "--remote-config", `url=${other}`];
    rmSync(project.path(".dvc/cache"), { recursive: true });
    expect(await codeOf(project, ...empty)).toBe(1);
    project.write("more.config", `['remote "second"']\n    url = ${storage}\n`);
    await run(project, "import", repo.root, "data", "-o", "y", "--config", "more.config", "--remote", "second");
    expect(project.read("y.dvc")).toContain("    config: more.config\n    remote: second\n");
  });

  test("with --no-download records where the data is, and with --no-exec not even that", async () => {
    const { repo, second } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "data", "--no-download");
    await run(project, "import", repo.root, "data", "-o", "later", "--no-exec");
    expect(filesOf(project)).toEqual([".gitignore", "data.dvc", "later.dvc"]);
    expect(project.read("data.dvc")).toContain(`rev_lock: ${second}\nouts:\n- hash: md5\n  path: data\n`);
    expect(project.read("later.dvc")).toBe(
      `frozen: true\ndeps:\n- path: data\n  repo:\n    url: ${repo.root}\nouts:\n- hash: md5\n  path: later\n`,
    );
    await run(project, "update", "later.dvc");
    expect(project.read("later/train.csv")).toBe("a,b\n");
  });

  test("keeps the address relative to the project", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    mkdirSync(project.path("sub"));
    symlinkSync(repo.root, project.path("source"));
    expect((await runHere(project.path("sub"), ["import", "../source", "data"])).code).toBe(0);
    expect(project.read("sub/data.dvc")).toContain("    url: source\n");
    await run(project, "update", "sub/data.dvc");
  });

  test("refuses what is there, tracked, outside, or not in a folder", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "data");
    const again = await runHere(project.root, ["import", repo.root, "data"]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("The folder 'data' is there already") });
    project.write("data/train.csv", "mine\n");
    await run(project, "import", "-f", repo.root, "data");
    expect(project.read("data/train.csv")).toBe("a,b\n");
    expect(await codeOf(project, "import", repo.root, "top.txt", "-o", "data/top.txt")).toBe(1);
    expect(await codeOf(project, "import", repo.root, "top.txt", "-o", "../top.txt")).toBe(1);
    expect(await codeOf(project, "import", repo.root, "top.txt", "-o", "no/top.txt")).toBe(1);
    expect(await codeOf(project, "import", repo.root, "nope")).toBe(1);
    expect(await codeOf(project, "import", "nonexistent", "x")).toBe(1);
    expect(await codeOf(project, "import", repo.root)).toBe(254);
    expect(await codeOf(project, "import", repo.root, "data", "--no-exec", "--no-download")).toBe(254);
    expect((await runHere(temporaryFolder("plain"), ["import", repo.root, "data"])).code).toBe(253);
    expect(filesOf(project)).toEqual([".gitignore", "data", "data.dvc"]);
  });

  test("never writes outside of its place, whatever the other repository says", async () => {
    const { repo } = sourceRepo();
    const manifest = Buffer.from('[{"md5": "2cd6ee2c70b0bde53fbe6cac3c8b8bb1", "relpath": "../../escaped.txt"}]');
    const { md5 } = hashBytes(manifest);
    repo.write(`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}.dir`, manifest);
    repo.write("evil.dvc", `outs:\n- md5: ${md5}.dir\n  hash: md5\n  path: evil\n`);
    repo.commitAll("evil");
    const project = emptyProject();
    const { code, stderr } = await runHere(project.root, ["import", repo.root, "evil"]);
    expect(code).toBe(1);
    expect(stderr).toContain("is not a path inside the folder");
    expect(existsSync(join(project.root, "../escaped.txt"))).toBe(false);
  });

  test("gives back what it would have replaced when the new data cannot be kept", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    project.write("data/mine.txt", "mine\n");
    // A file where the cache should be: nothing can be stored.
    project.write(".dvc/cache", "in the way\n");
    expect(await codeOf(project, "import", "-f", repo.root, "data")).not.toBe(0);
    expect(readdirSync(project.path("data"))).toEqual(["mine.txt"]);
    expect(project.has("data.dvc")).toBe(false);
  });

  test("clears away what killed imports left, a week later", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    for (const name of ["import-old", "import-new"]) project.write(`.dvc/tmp/waymark/${name}/data`, "x");
    const longAgo = Date.now() / 1000 - 8 * 24 * 3600;
    utimesSync(project.path(".dvc/tmp/waymark/import-old"), longAgo, longAgo);
    await run(project, "import", repo.root, "top.txt");
    const left = readdirSync(project.path(".dvc/tmp/waymark")).filter((name) => name.startsWith("import-"));
    expect(left).toEqual(["import-new"]);
  });

  test("notices data that was damaged", async () => {
    const { repo, storage } = sourceRepo();
    const object = "files/md5/2c/d6ee2c70b0bde53fbe6cac3c8b8bb1";
    for (const path of [repo.path(".dvc/cache", object), join(storage, object)]) {
      chmodSync(path, 0o644);
      writeFileSync(path, "x\n");
    }
    const project = emptyProject();
    const { code, stderr } = await runHere(project.root, ["import", repo.root, "data"]);
    expect(code).toBe(1);
    expect(stderr).toContain("is damaged");
    expect(project.has("data")).toBe(false);
  });
});

describe("update", () => {
  test("brings what is new in the other repository, and nothing else", async () => {
    const { repo, track } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "deep/er/model.bin");
    await run(project, "import", repo.root, "data", "--rev", "v1");
    const before = project.read("data.dvc");
    repo.write("deep/er/model.bin", "m3\n");
    track("deep/er/model.bin");
    const third = repo.commitAll("three");
    const { stderr } = await run(project, "update", "model.bin.dvc", "data.dvc");
    expect(stderr).toBe(
      "'model.bin.dvc' is updated.\n'data.dvc' didn't change, skipping\n" +
        "To track the changes with Git:\n  git add model.bin.dvc\n",
    );
    expect(project.read("model.bin")).toBe("m3\n");
    expect(project.read("model.bin.dvc")).toContain(third);
    expect(project.read("data.dvc")).toBe(before);
  });

  test("follows another revision, and records it", async () => {
    const { repo, first } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "deep/er/model.bin");
    await run(project, "update", "model.bin.dvc", "--rev", "v1");
    expect(project.read("model.bin")).toBe("m\n");
    // As DVC does, which leaves what stands there in its order.
    expect(project.read("model.bin.dvc")).toContain(`    rev_lock: ${first}\n    rev: v1\n`);
    await run(project, "update", "model.bin.dvc", "--rev", first);
    expect(project.read("model.bin.dvc")).toContain(`    rev_lock: ${first}\n    rev: ${first}\n`);
  });

  test("brings back data that is gone, keeping comments and notes of the file", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "data");
    project.write("data.dvc", `# ours\n${project.read("data.dvc")}  desc: train set # here\n`);
    rmSync(project.path("data"), { recursive: true });
    await run(project, "update", "-R", ".");
    expect(project.read("data/train.csv")).toBe("a,b\n");
    expect(project.read("data.dvc")).toMatch(/^# ours\n/u);
    expect(project.read("data.dvc")).toContain("  desc: train set # here\n");
  });

  test("with --no-download forgets the old data", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "deep/er/model.bin", "--rev", "v1");
    await run(project, "update", "model.bin.dvc", "--rev", "main", "--no-download");
    expect(project.read("model.bin.dvc")).toMatch(/outs:\n- hash: md5\n {2}path: model.bin\n$/u);
  });

  test("says what it cannot update, with DVC's exit codes", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    project.write("own.txt", "1\n");
    await run(project, "add", "own.txt");
    await run(project, "import", repo.root, "data");
    expect((await run(project, "update", "own.txt.dvc")).stderr).toContain("'own.txt.dvc' imports nothing");
    expect(await codeOf(project, "update", "nope.dvc")).toBe(1);
    expect(await codeOf(project, "update", "data.dvc", "--to-remote")).toBe(1);
    expect(await codeOf(project, "update", "data.dvc", "-r", "x")).toBe(1);
    expect(await codeOf(project, "update", "data.dvc", "--to-remote", "--no-download")).toBe(1);
    expect(await codeOf(project, "update", "data.dvc", "--rev", "nope")).toBe(1);
    expect(await codeOf(project, "update")).toBe(254);
  });
});

describe("pull of imports", () => {
  test("brings them from where they came, at the commit that is recorded", async () => {
    const { repo, track } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "deep/er/model.bin");
    await run(project, "import", repo.root, "code", "--no-download");
    const records = [project.read("model.bin.dvc"), project.read("code.dvc")];
    repo.write("deep/er/model.bin", "m3\n");
    track("deep/er/model.bin");
    repo.write("code/new.py", "new\n");
    repo.commitAll("three");
    for (const path of ["model.bin", ".dvc/cache"]) rmSync(project.path(path), { recursive: true });
    const { stdout } = await run(project, "pull");
    expect(stdout).toContain("A\tcode/\nA\tmodel.bin\n");
    expect(project.read("model.bin")).toBe("m\nm2\n");
    expect(readdirSync(project.path("code"))).toEqual(["t.py"]);
    expect([project.read("model.bin.dvc"), project.read("code.dvc")]).toEqual(records);
  });

  test("says which could not be had", async () => {
    const { repo } = sourceRepo();
    const project = emptyProject();
    await run(project, "import", repo.root, "data");
    for (const path of ["data", ".dvc/cache"]) rmSync(project.path(path), { recursive: true });
    rmSync(repo.root, { recursive: true });
    const { code, stderr } = await runHere(project.root, ["pull"]);
    expect(code).toBe(1);
    expect(stderr).toContain("data");
    expect(project.has("data")).toBe(false);
  });
});
