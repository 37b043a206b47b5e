import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runHere } from "../support/in-process.ts";
import { InteropProject } from "../support/interop-project.ts";
import { dvc, INTEROP_ENV } from "../support/python.ts";

/** One clone of a project for each tool, a bare Git remote and a folder for data between them. */
interface Sharing {
  readonly ada: InteropProject;
  readonly bob: InteropProject;
  readonly hub: InteropProject;
}

/** Either of the two tools, as a command. */
interface Tool {
  readonly name: string;
  run(project: InteropProject, ...args: readonly string[]): Promise<string>;
}

const OURS: Tool = {
  name: "ours",
  run: async ({ root }, ...args) => {
    const { code, stdout, stderr } = await runHere(root, args, INTEROP_ENV);
    if (code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout + stderr;
  },
};
const DVC: Tool = { name: "DVC", run: async ({ root }, ...args) => dvc(root, ...args) };

let template = "";
beforeAll(() => {
  template = mkdtempSync(join(tmpdir(), "waymark-sharing-"));
  const git = (...args: readonly string[]): void =>
    void execFileSync("git", [...args], { cwd: template, env: INTEROP_ENV, stdio: "ignore" });
  git("init", "-q", "--bare", "-b", "main", "hub.git");
  git("init", "-q", "-b", "main", "ada");
  const ada = new InteropProject(join(template, "ada"));
  for (const [key, value] of [
    ["user.name", "Ada"],
    ["user.email", "ada@example.org"],
  ] as const)
    ada.git("config", key, value);
  dvc(ada.root, "init", "-q");
  dvc(ada.root, "remote", "add", "-q", "-d", "store", "../store");
  ada.write("params.yaml", "lr: 0\n");
  mkdirSync(ada.path("data"));
  ada.write("data/x.txt", "first\n");
  dvc(ada.root, "add", "-q", "data");
  ada.git("add", "-A");
  ada.git("commit", "-q", "-m", "start");
  ada.git("remote", "add", "origin", "../hub.git");
  ada.git("push", "-q", "origin", "main");
  cpSync(ada.root, join(template, "bob"), { recursive: true });
  return () => rmSync(template, { recursive: true, force: true });
}, 60_000);

function sharing(): Sharing {
  const folder = mkdtempSync(join(tmpdir(), "waymark-sharing-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(template, folder, { recursive: true });
  // Real DVC takes a relative path in the configuration of a commit for one below `/`.
  for (const name of ["ada", "bob"]) {
    writeFileSync(
      join(folder, name, ".dvc", "config.local"),
      `['remote "store"']\n    url = ${join(folder, "store")}\n`,
    );
  }
  const at = (name: string): InteropProject => new InteropProject(join(folder, name));
  return { ada: at("ada"), bob: at("bob"), hub: at("hub.git") };
}

/** Makes an experiment of two commits, as checkpoints are, each with data of its own. */
async function experiment(project: InteropProject, name: string, lr: number): Promise<string> {
  const save = async (step: number, as: string): Promise<string> => {
    project.write("params.yaml", `lr: ${lr}\nstep: ${step}\n`);
    project.write("data/x.txt", `${name} ${step}\n`);
    await OURS.run(project, "add", "-q", "data");
    await OURS.run(project, "exp", "save", "-f", "-n", as);
    return project.git("rev-parse", ref(project, as));
  };
  const first = await save(1, name);
  const second = await save(2, `${name}-last`);
  const tip = project.git("commit-tree", `${second}^{tree}`, "-p", first, "-m", "dvc: commit experiment");
  project.git("update-ref", ref(project, name), tip);
  project.git("update-ref", "-d", ref(project, `${name}-last`));
  project.git("checkout", "-q", "--", ".");
  return tip;
}

function ref(project: InteropProject, name: string): string {
  const head = project.git("rev-parse", "HEAD");
  return `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/${name}`;
}

/** Experiments by name, without what either tool keeps for itself. */
function experiments(project: InteropProject): Record<string, string> {
  const lines = project.git("for-each-ref", "--format=%(refname:lstrip=4) %(objectname)", "refs/exps").split("\n");
  const pairs = lines.map((line) => line.split(" ") as [string, string]);
  return Object.fromEntries(pairs.filter(([name, id]) => name !== "" && id !== undefined));
}

function objects(folder: string): string[] {
  return readdirSync(join(folder, "files", "md5"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".tmp"))
    .map((entry) => `${entry.parentPath.slice(-2)}${entry.name}`)
    .sort();
}

describe.each([
  [OURS, DVC],
  [DVC, OURS],
])("what $name pushes, the other tool pulls", (push, pull) => {
  test("a checkpoint experiment with the data of all of its commits", { timeout: 60_000 }, async () => {
    const { ada, bob, hub } = sharing();
    const tip = await experiment(ada, "one", 1);
    await push.run(ada, "exp", "push", "origin", "one");
    expect(experiments(hub)).toEqual({ one: tip });
    await pull.run(bob, "exp", "pull", "origin", "one");
    expect(experiments(bob)).toEqual({ one: tip });
    // Two commits, each with a file and the list of its folder; the data of the baseline was never pushed.
    const there = objects(join(hub.root, "..", "store"));
    expect(there).toHaveLength(4);
    expect(objects(bob.path(".dvc", "cache"))).toEqual(expect.arrayContaining(there));
    await pull.run(bob, "exp", "apply", "one");
    expect(readFileSync(bob.path("data/x.txt"), "utf8")).toBe("one 2\n");
    expect(readFileSync(bob.path("params.yaml"), "utf8")).toBe("lr: 1\nstep: 2\n");
  });

  test("several by name, and all of them with -A", { timeout: 60_000 }, async () => {
    const { ada, bob, hub } = sharing();
    const tips = {
      a: await experiment(ada, "a", 1),
      b: await experiment(ada, "b", 2),
      c: await experiment(ada, "c", 3),
    };
    await push.run(ada, "exp", "push", "origin", "a", "b");
    expect(experiments(hub)).toEqual({ a: tips.a, b: tips.b });
    await push.run(ada, "exp", "push", "-A", "origin");
    expect(experiments(hub)).toEqual(tips);
    await pull.run(bob, "exp", "pull", "origin", "b", "c", "--no-cache");
    expect(experiments(bob)).toEqual({ b: tips.b, c: tips.c });
    await pull.run(bob, "exp", "pull", "-A", "origin");
    expect(experiments(bob)).toEqual(tips);
  });

  test("and neither replaces what has diverged before it is forced to", { timeout: 60_000 }, async () => {
    const { ada, bob, hub } = sharing();
    const mine = await experiment(ada, "one", 1);
    const theirs = await experiment(bob, "one", 9);
    await push.run(ada, "exp", "push", "origin", "one", "--no-cache");
    // Both warn and succeed.
    await pull.run(bob, "exp", "push", "origin", "one", "--no-cache");
    await pull.run(bob, "exp", "pull", "origin", "one", "--no-cache");
    expect([experiments(hub), experiments(bob)]).toEqual([{ one: mine }, { one: theirs }]);
    await pull.run(bob, "exp", "pull", "origin", "one", "--no-cache", "--force");
    expect(experiments(bob)).toEqual({ one: mine });
    bob.git("update-ref", ref(bob, "one"), theirs);
    await pull.run(bob, "exp", "push", "origin", "one", "--no-cache", "--force");
    expect(experiments(hub)).toEqual({ one: theirs });
  });
});

test("both answer a push of nothing, an unknown name and an unknown remote alike", { timeout: 60_000 }, async () => {
  const { ada } = sharing();
  const outcome = async (...args: readonly string[]): Promise<{ ours: number; theirs: number }> => {
    const { code } = await runHere(ada.root, args, INTEROP_ENV);
    let theirs = 0;
    try {
      dvc(ada.root, ...args);
    } catch (error) {
      theirs = (error as { status: number }).status;
    }
    return { ours: code, theirs };
  };
  for (const args of [
    ["exp", "push", "origin"],
    ["exp", "pull", "origin"],
    ["exp", "push", "origin", "nope"],
    ["exp", "pull", "origin", "nope"],
    ["exp", "push", "nowhere", "-A"],
    ["exp", "pull", "nowhere", "-A"],
    ["exp", "push"],
  ]) {
    const { ours, theirs } = await outcome(...args);
    expect([args.join(" "), ours]).toEqual([args.join(" "), theirs]);
  }
});

test("DVC takes what doctor repairs for a repository as it should be", { timeout: 60_000 }, async () => {
  const { ada } = sharing();
  const head = ada.git("rev-parse", "HEAD");
  const stash = ada.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "dvc-exp");
  ada.git("checkout", "-q", "--detach");
  for (const [name, id] of [
    ["EXEC_BASELINE", head],
    ["EXEC_HEAD", head],
    ["EXEC_MERGE", stash],
  ] as const) {
    ada.git("update-ref", `refs/exps/exec/${name}`, id);
  }
  mkdirSync(ada.path(".dvc/tmp/exps/run/workspace"), { recursive: true });
  writeFileSync(
    ada.path(".dvc/tmp/exps/run/workspace/workspace.json"),
    JSON.stringify({ pid: 2 ** 30, returncode: null }),
  );
  writeFileSync(ada.path(".dvc/tmp/rwlock"), '{"write": {"/x');
  await OURS.run(ada, "doctor", "--fix");
  expect(ada.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
  ada.write("params.yaml", "lr: 3\n");
  dvc(ada.root, "exp", "save", "-q", "-n", "after");
  expect(Object.keys(experiments(ada))).toContain("after");
  expect(ada.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
});
