import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashBytes } from "@waymark/store";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere, type Answer } from "../support/in-process.ts";
import { emptyProject, temporaryFolder } from "../support/source-repo.ts";

const md5 = (text: string): string => hashBytes(Buffer.from(text)).md5;
const objectAt = (root: string, name: string): string => join(root, "files/md5", name.slice(0, 2), name.slice(2));

async function run(project: GitRepo, ...args: readonly string[]): Promise<Answer> {
  const answer = await runHere(project.root, args);
  expect([answer.code, answer.code === 0 ? "" : answer.stderr]).toEqual([0, ""]);
  return answer;
}

/** A project with a file, a folder of three, and a remote that is empty. */
async function filledProject(): Promise<{ project: GitRepo; remote: string }> {
  const project = emptyProject();
  const remote = temporaryFolder("remote");
  project.write("a.txt", "a\n");
  for (const name of ["1", "2", "sub/3"]) project.write(`d/${name}`, `${name}\n`);
  await run(project, "add", "a.txt", "d");
  await run(project, "remote", "add", "-d", "r", remote);
  project.commitAll("data");
  return { project, remote };
}

function forget(project: GitRepo, ...paths: readonly string[]): void {
  for (const path of [".dvc/cache", ...paths]) project.remove(path);
}

describe("push and pull", () => {
  test("carry data to a remote and back, and say what DVC says", async () => {
    const { project } = await filledProject();
    expect((await run(project, "push")).stdout).toBe("5 files pushed\n");
    expect((await run(project, "push")).stdout).toBe("Everything is up to date.\n");
    forget(project, "a.txt", "d");
    expect((await run(project, "fetch", "a.txt")).stdout).toBe("1 file fetched\n");
    expect(project.has("a.txt")).toBe(false);
    const pulled = await run(project, "pull");
    expect(pulled.stdout.split("\n").slice(0, 2).toSorted()).toEqual(["A\ta.txt", "A\td/"]);
    expect(pulled.stdout).toContain("\n4 files fetched and 4 files added\n");
    expect(project.read("d/sub/3")).toBe("sub/3\n");
    expect((await run(project, "pull")).stdout).toBe("Everything is up to date.\n");
    expect((await run(project, "status")).stdout).toContain("up to date");
  });

  test("carry a part of a folder, whose manifest waits for the rest", async () => {
    const { project, remote } = await filledProject();
    expect((await run(project, "push", "d/1")).stdout).toBe("1 file pushed\n");
    expect(existsSync(objectAt(remote, md5("1\n")))).toBe(true);
    expect((await run(project, "push", "d")).stdout).toBe("3 files pushed\n");
    forget(project, "a.txt", "d");
    // The manifest and the file.
    expect((await run(project, "pull", "d/sub")).stdout).toContain("2 files fetched and 1 file added");
    expect([project.has("d/sub/3"), project.has("d/1")]).toEqual([true, false]);
  });

  test("leave alone what is bound to another remote or not to be pushed", async () => {
    const { project, remote } = await filledProject();
    const other = temporaryFolder("other");
    await run(project, "remote", "add", "second", other);
    project.write("a.txt.dvc", `${project.read("a.txt.dvc")}  remote: second\n`);
    project.write("d.dvc", `${project.read("d.dvc")}  push: false\n`);
    expect((await run(project, "push", "-r", "r")).stdout).toBe("Everything is up to date.\n");
    expect((await run(project, "push")).stdout).toBe("1 file pushed\n");
    expect([readdirSync(remote), readdirSync(other)]).toEqual([[], ["files"]]);
  });

  test("take the data of other branches and tags", async () => {
    const { project } = await filledProject();
    project.git("branch", "old");
    project.write("a.txt", "b\n");
    await run(project, "add", "a.txt");
    project.commitAll("b");
    expect((await run(project, "push")).stdout).toBe("5 files pushed\n");
    expect((await run(project, "push", "-a")).stdout).toBe("1 file pushed\n");
    forget(project);
    expect((await run(project, "fetch", "--all-branches")).stdout).toBe("6 files fetched\n");
  });

  test("warn of data that is nowhere, and fail when the workspace needs it", async () => {
    const { project } = await filledProject();
    await run(project, "push", "d");
    forget(project, "a.txt", "d");
    const fetched = await run(project, "fetch");
    expect(fetched.stderr).toContain(`neither in the cache nor at the remote:\n  a.txt (md5 ${md5("a\n")})`);
    forget(project, "a.txt", "d");
    const pulled = await runHere(project.root, ["pull"]);
    expect([pulled.code, pulled.stderr]).toEqual([1, expect.stringContaining("There is no data for\n  a.txt\n")]);
    expect(project.has("d/1")).toBe(true);
    expect((await runHere(project.root, ["pull", "--allow-missing"])).code).toBe(0);
    expect((await runHere(project.root, ["push"])).code).toBe(0);
  });

  test("name the file, its hash and the reason when a remote gives wrong bytes, and change nothing then", async () => {
    const { project, remote } = await filledProject();
    await run(project, "push");
    rmSync(objectAt(remote, md5("1\n")), { force: true });
    writeFileSync(objectAt(remote, md5("1\n")), "something else");
    rmSync(objectAt(remote, md5("2\n")), { force: true });
    forget(project, "a.txt", "d");
    const pulled = await runHere(project.root, ["pull"]);
    expect(pulled.code).toBe(1);
    expect(pulled.stderr).toContain("2 files could not be fetched");
    expect(pulled.stderr).toMatch(new RegExp(`d/1 \\(md5 ${md5("1\n")}\\): .* is damaged`));
    expect(pulled.stderr).toContain(`d/2 (md5 ${md5("2\n")}): the remote does not have it`);
    expect([project.has("d"), project.has("a.txt")]).toEqual([false, false]);
    expect(existsSync(objectAt(project.path(".dvc/cache"), md5("1\n")))).toBe(false);
  });

  test("never send a damaged object", async () => {
    const { project, remote } = await filledProject();
    const object = objectAt(project.path(".dvc/cache"), md5("1\n"));
    rmSync(object, { force: true });
    writeFileSync(object, "rot");
    const pushed = await runHere(project.root, ["push"]);
    expect([pushed.code, pushed.stderr]).toEqual([
      1,
      expect.stringMatching(/1 file could not be pushed\n {2}d\/1 .*is damaged/),
    ]);
    expect(existsSync(objectAt(remote, md5("1\n")))).toBe(false);
    // Its folder's manifest would promise it.
    expect(
      readdirSync(join(remote, "files/md5")).flatMap((prefix) => readdirSync(join(remote, "files/md5", prefix))),
    ).not.toContainEqual(expect.stringMatching(/\.dir$/));
  });

  test("stop before files that are nowhere else are lost, unless forced", async () => {
    const { project } = await filledProject();
    await run(project, "push");
    project.write("d/1", "mine\n");
    forget(project);
    const pulled = await runHere(project.root, ["pull"]);
    expect([pulled.code, pulled.stderr]).toEqual([1, expect.stringContaining("d/1")]);
    expect(project.read("d/1")).toBe("mine\n");
    await run(project, "pull", "-f");
    expect(project.read("d/1")).toBe("1\n");
  });

  test("need a remote to push to, and only warn without one to pull from", async () => {
    const { project } = await filledProject();
    await run(project, "remote", "remove", "r");
    const pushed = await runHere(project.root, ["push"]);
    expect([pushed.code, pushed.stderr]).toEqual([1, expect.stringContaining("remote add -d")]);
    const pulled = await run(project, "pull");
    expect(pulled.stdout).toBe("Everything is up to date.\n");
    expect(pulled.stderr).toContain("No remote is named");
    expect((await runHere(project.root, ["push", "-r", "nope"])).code).toBe(1);
    expect((await runHere(project.root, ["status", "-c"])).code).toBe(1);
    expect((await runHere(project.root, ["push", "-j", "many"])).code).toBe(254);
  });

  test("carry the run cache when asked to", async () => {
    const { project, remote } = await filledProject();
    project.write(
      "dvc.yaml",
      "stages:\n  s:\n    cmd: cp a.txt b.txt\n    deps:\n    - a.txt\n    outs:\n    - b.txt\n",
    );
    await run(project, "repro");
    // The output has the bytes of a.txt; what is new is the run.
    expect((await run(project, "push")).stdout).toBe("5 files pushed\n");
    expect((await run(project, "push", "--run-cache")).stdout).toBe("1 file pushed\n");
    expect((await run(project, "push", "--run-cache")).stdout).toBe("Everything is up to date.\n");
    forget(project, "b.txt");
    expect((await run(project, "fetch", "--run-cache")).stdout).toBe("5 files fetched\n");
    expect(readdirSync(project.path(".dvc/cache/runs"))).toEqual(readdirSync(join(remote, "runs")));
  });

  test("leave out what is large or of another kind", async () => {
    const { project } = await filledProject();
    project.write("m.json", '{"a": 1}');
    project.write("dvc.yaml", "stages:\n  s:\n    cmd: echo '{}' > m.json\n    metrics:\n    - m.json\n");
    await run(project, "commit", "-f", "s");
    await run(project, "push");
    forget(project);
    expect((await run(project, "fetch", "--type", "metrics")).stdout).toBe("1 file fetched\n");
    expect((await run(project, "fetch", "--max-size", "5")).stdout).toBe("1 file fetched\n");
  });
});

describe("status --cloud", () => {
  test("tells what only one side has", async () => {
    const { project, remote } = await filledProject();
    expect((await run(project, "status", "-c")).stdout).toBe(
      ["a.txt", "d", "d/1", "d/2", "d/sub/3"].map((path) => `\tnew:                ${path}\n`).join(""),
    );
    expect(await runHere(project.root, ["status", "-c", "-q"])).toMatchObject({ code: 1, stdout: "" });
    await run(project, "push");
    expect((await run(project, "status", "-c")).stdout).toBe("Cache and remote 'r' are in sync.\n");
    forget(project);
    const { stdout } = await run(project, "status", "-r", "r", "--json");
    expect(JSON.parse(stdout)).toEqual({
      "a.txt": "deleted",
      "d/1": "deleted",
      "d/2": "deleted",
      "d/sub/3": "deleted",
    });
    rmSync(remote, { recursive: true });
    forget(project);
    expect(JSON.parse((await run(project, "status", "-c", "--json")).stdout)).toEqual({
      "a.txt": "missing",
      d: "missing",
    });
  });

  test("refuses its options without it", async () => {
    const { project } = await filledProject();
    const answer = await runHere(project.root, ["status", "-a", "-j", "3"]);
    expect([answer.code, answer.stderr]).toEqual([
      1,
      expect.stringContaining("--all-branches, --jobs means nothing without '--cloud'"),
    ]);
  });
});
