import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { examineProject, type ExaminedFinding, type ExamineOptions, openProject } from "@waymark/experiments";
import { beforeEach, describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

const HOUR_MS = 3600 * 1000;
/** Greater than any process number of this system. */
const DEAD_PID = 2 ** 30;

let repo: GitRepo;
beforeEach(() => {
  repo = gitRepo({ "params.yaml": "lr: 1\n", ".dvc/config": "", ".dvc/.gitignore": "/tmp\n/cache\n/config.local\n" });
});

async function examine(options: ExamineOptions = {}): Promise<readonly ExaminedFinding[]> {
  return examineProject(openProject(repo.root, GIT_TEST_ENV), options);
}

/** The kinds of findings, with what became of them. */
async function kinds(options: ExamineOptions = {}): Promise<string[]> {
  return (await examine(options)).map(({ check, state }) => `${check} ${state}`);
}

function write(path: string, content: string): string {
  const file = repo.path(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** What `dvc exp run` leaves in the workspace when it is killed. */
function crashedRun(pid: number): { readonly stash: string } {
  const baseline = repo.head();
  const stash = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", `dvc-exp:${baseline}:${baseline}:one`);
  repo.git("checkout", "--quiet", "--detach");
  repo.git("update-ref", "refs/exps/exec/EXEC_HEAD", baseline);
  repo.git("update-ref", "refs/exps/exec/EXEC_BASELINE", baseline);
  repo.git("update-ref", "refs/exps/exec/EXEC_MERGE", stash);
  const run = { git_url: "file:///x", baseline_rev: baseline, location: "workspace", root_dir: repo.root, status: 2 };
  write(".dvc/tmp/exps/run/workspace/workspace.run", JSON.stringify(run));
  write(".dvc/tmp/exps/run/workspace/workspace.json", JSON.stringify({ pid, returncode: null }));
  return { stash };
}

test("a repository where nothing is wrong has no findings", async () => {
  expect(await examine()).toEqual([]);
  const { code, stdout } = await runHere(repo.root, ["doctor"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Waymark version: /u);
  expect(stdout).toMatch(/Everything is as it should be\.\n$/u);
});

test("outside of a repository it tells of the machine, and that there is nothing more", async () => {
  const { code, stdout } = await runHere("/", ["doctor"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("Not in a Git repository")]);
});

describe("a run of DVC that was killed in the workspace", () => {
  test("is found and nothing is changed; with --fix HEAD is put back, and no work is lost", async () => {
    repo.write("params.yaml", "lr: 2\n");
    repo.git("add", "params.yaml");
    repo.write("params.yaml", "lr: 3\n");
    repo.write("notes.txt", "untracked\n");
    const { stash } = crashedRun(DEAD_PID);
    const before = repo.git("for-each-ref");
    const looked = await runHere(repo.root, ["doctor"]);
    expect(looked.code).toBe(1);
    expect(looked.stdout).toContain("error: HEAD is detached at ");
    expect(looked.stdout).toContain("with --fix: HEAD goes back to branch 'main'");
    expect(repo.git("for-each-ref")).toBe(before);
    const index = repo.git("ls-files", "--stage");
    const fixed = await runHere(repo.root, ["doctor", "--fix"]);
    expect([fixed.code, fixed.stderr]).toEqual([0, ""]);
    expect(repo.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(repo.git("ls-files", "--stage")).toBe(index);
    expect([repo.read("params.yaml"), repo.read("notes.txt")]).toEqual(["lr: 3\n", "untracked\n"]);
    expect(
      repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/exps", "refs/waymark").split("\n"),
    ).toEqual([`refs/exps/exec/EXEC_HEAD ${repo.head()}`, `refs/waymark/kept/run-${stash.slice(0, 12)} ${stash}`]);
    expect(existsSync(repo.path(".dvc/tmp/exps/run/workspace"))).toBe(false);
    expect(await examine()).toEqual([]);
  });

  test("keeps commits that were made since under a ref", async () => {
    crashedRun(DEAD_PID);
    repo.write("work.txt", "made on no branch\n");
    const work = repo.commitAll("work");
    await examine({ fix: true });
    expect(repo.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(repo.git("rev-parse", `refs/waymark/kept/head-${work.slice(0, 12)}`)).toBe(work);
    expect(repo.read("work.txt")).toBe("made on no branch\n");
  });

  test("is left to the user when the branch has moved on", async () => {
    crashedRun(DEAD_PID);
    const elsewhere = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "elsewhere");
    repo.git("update-ref", "refs/heads/main", elsewhere);
    const head = repo.head();
    const findings = await examine({ fix: true });
    expect(findings.find(({ check }) => check === "detached-head")).toMatchObject({ state: "open", isFixable: false });
    expect(repo.head()).toBe(head);
  });

  test("is none while its process lives", async () => {
    crashedRun(process.pid);
    expect(await kinds({ fix: true })).toEqual([]);
    expect(repo.git("for-each-ref", "refs/exps/exec/EXEC_BASELINE")).not.toBe("");
  });

  test("a HEAD that the user detached is nobody's business", async () => {
    repo.git("checkout", "--quiet", "--detach");
    expect(await examine()).toEqual([]);
  });

  test("changes that were set aside while it began are spoken of, and stay", async () => {
    repo.write("params.yaml", "lr: 9\n");
    repo.git("stash", "push", "--quiet");
    const stash = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "dvc-exp:x");
    repo.git("update-ref", "refs/exps/stash", stash);
    expect(await kinds({ fix: true })).toEqual(["run-stash fixed", "stashed-changes open"]);
    expect(repo.git("stash", "list")).not.toBe("");
    expect(repo.git("rev-parse", `refs/waymark/kept/stash-${stash.slice(0, 12)}`)).toBe(stash);
    expect(await kinds()).toEqual([]);
  });
});

describe("clones of runs beside the workspace", () => {
  function clone(): string {
    const folder = repo.path(".dvc/tmp/exps/standalone/tmpabc123");
    mkdirSync(dirname(folder), { recursive: true });
    execFileSync("git", ["clone", "--quiet", repo.root, folder], { env: GIT_TEST_ENV });
    return folder;
  }
  const inClone = (folder: string, ...args: readonly string[]): string =>
    execFileSync("git", [...args], { cwd: folder, env: GIT_TEST_ENV, encoding: "utf8" }).trim();
  const later = { nowMs: Date.now() + 30 * 24 * HOUR_MS };

  test("that nobody works in any more are removed when nothing in them is missing here", async () => {
    const folder = clone();
    expect(await kinds()).toEqual([]);
    expect(await kinds({ ...later, fix: true })).toContain("orphaned-clone fixed");
    expect(existsSync(folder)).toBe(false);
  });

  test("give up results that were never collected before they go", async () => {
    const folder = clone();
    const baseline = repo.head();
    const ref = `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/lost`;
    const commit = inClone(folder, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "result");
    inClone(folder, "update-ref", ref, commit);
    expect(await kinds({ ...later, fix: true })).toEqual(["uncollected-experiment fixed", "orphaned-clone open"]);
    expect(repo.git("rev-parse", ref)).toBe(commit);
    expect(await kinds({ ...later, fix: true })).toContain("orphaned-clone fixed");
  });

  test("with files that are in no commit stay", async () => {
    const folder = clone();
    writeFileSync(join(folder, "half-trained.bin"), "weights");
    expect(await kinds({ ...later, fix: true })).toEqual(["orphaned-clone open"]);
    expect(existsSync(join(folder, "half-trained.bin"))).toBe(true);
  });

  test("that are gone are not shown as running for ever", async () => {
    const run = { root_dir: "/nowhere/tmpxyz", status: 2 };
    const file = write(".dvc/tmp/exps/standalone/run/abc/abc.run", JSON.stringify(run));
    expect(await kinds({ fix: true })).toEqual(["ghost-run fixed"]);
    expect(existsSync(file)).toBe(false);
  });
});

describe("locks", () => {
  test("of dead processes are dropped from DVC's files, and those of living ones stay", async () => {
    const entry = (pid: number): object => ({ pid, cmd: "dvc repro" });
    const living = { "/data/b": entry(process.pid) };
    const file = write(
      ".dvc/tmp/rwlock",
      JSON.stringify({
        write: { "/data/a": entry(DEAD_PID), ...living },
        read: { "/data/c": [entry(DEAD_PID), entry(process.pid)], "/data/d": [entry(DEAD_PID)] },
      }),
    );
    write(".dvc/tmp/exps/rwlock", JSON.stringify({ write: { workspace: entry(DEAD_PID) } }));
    expect(await kinds({ fix: true })).toEqual(["stale-locks fixed", "stale-locks fixed"]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      write: living,
      read: { "/data/c": [entry(process.pid)] },
    });
    expect(await examine()).toEqual([]);
  });

  test("in a torn file are set aside with it", async () => {
    const file = write(".dvc/tmp/rwlock", '{"write": {"/da');
    expect(await kinds({ fix: true })).toEqual(["torn-locks fixed"]);
    expect([existsSync(file), readFileSync(`${file}.torn`, "utf8")]).toEqual([false, '{"write": {"/da']);
  });

  test("of Git that are old are removed, young ones are somebody's", async () => {
    const file = write(".git/index.lock", "");
    const ref = write(".git/refs/exps/main.lock", "");
    expect(await kinds()).toEqual([]);
    expect(await kinds({ fix: true, nowMs: Date.now() + 25 * HOUR_MS })).toEqual(["git-lock fixed", "git-lock fixed"]);
    expect([existsSync(file), existsSync(ref)]).toEqual([false, false]);
  });
});

test("work trees of killed runs are forgotten once their folders are gone", async () => {
  const ours = repo.path(".dvc/tmp/exps/wt");
  const users = repo.path("elsewhere");
  for (const folder of [ours, users]) {
    repo.git("worktree", "add", "--quiet", "--detach", folder);
    rmSync(folder, { recursive: true });
  }
  expect(await kinds({ fix: true })).toEqual(["orphaned-worktree fixed", "orphaned-worktree open"]);
  expect(repo.git("worktree", "list", "--porcelain")).not.toContain(ours);
  expect(repo.git("worktree", "list", "--porcelain")).toContain(users);
});

test("files that were being written are removed after a day", async () => {
  const files = [
    ...[".git/objects/pack/tmp_pack_abc", ".git/objects/aa/tmp_obj_abc", ".git/waymark/index-00000000-1-1"],
    ...[".dvc/cache/files/md5/aa/.bb.tmp", ".dvc/tmp/waymark/write-99999999-ab"],
  ].map((path) => write(path, "half"));
  const kept = write(".git/objects/aa/real", "");
  expect(await kinds()).toEqual([]);
  const findings = await examine({ fix: true, nowMs: Date.now() + 25 * HOUR_MS });
  expect(new Set(findings.map(({ check, state }) => `${check} ${state}`))).toEqual(new Set(["leftover-files fixed"]));
  expect([...files.filter((file) => existsSync(file)), existsSync(kept)]).toEqual([true]);
});

describe("experiments", () => {
  const ref = (name: string): string => `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/${name}`;

  test("that name no commit, foreign refs, and missing objects are named", async () => {
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x");
    repo.git("update-ref", ref("good"), commit);
    write(`.git/${ref("broken")}`, `${"1".repeat(40)}\n`);
    repo.git("update-ref", "refs/exps/tool/a/b/c", commit);
    const blob = repo.git("rev-parse", "HEAD:params.yaml");
    rmSync(repo.path(".git", "objects", blob.slice(0, 2), blob.slice(2)));
    const findings = await examine({ fix: true });
    expect(findings.map(({ check, severity }) => `${severity} ${check}`)).toEqual([
      ...["error broken-experiment", "error missing-objects", "note foreign-ref"],
    ]);
    expect(findings[1]?.what).toContain(blob);
    expect(repo.git("for-each-ref", "refs/exps/tool")).not.toBe("");
  });

  test("that DVC removed leave tags and notes that go, and an undo brings them back", async () => {
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x");
    for (const name of ["gone", "there"]) {
      repo.git("update-ref", ref(name), commit);
      await runHere(repo.root, ["exp", "tag", name, "-t", "best"]);
      await runHere(repo.root, ["exp", "note", name, "why"]);
    }
    const before = repo.git("for-each-ref", "refs/waymark/tags", "refs/waymark/notes");
    repo.git("update-ref", "-d", ref("gone"));
    expect(await kinds({ fix: true })).toEqual(["lost-labels fixed"]);
    expect(await kinds()).toEqual([]);
    const left = repo.git("for-each-ref", "--format=%(refname:lstrip=-1)", "refs/waymark/tags", "refs/waymark/notes");
    expect(left).toBe("there\nthere");
    await runHere(repo.root, ["exp", "undo"]);
    expect(repo.git("for-each-ref", "refs/waymark/tags", "refs/waymark/notes")).toBe(before);
  });

  test("with names that a shell would run are named so that it does not", async () => {
    write(`.git/${ref("x;$(touch${IFS}pwned)")}`, `${"1".repeat(40)}\n`);
    repo.git("update-ref", "refs/exps/tool/`id`/b/c", "HEAD");
    const repairs = (await examine()).map(({ repair }) => repair).join("\n");
    expect(repairs).toContain("exp pull REMOTE 'x;$(touch${IFS}pwned)' --force");
    expect(repairs).toContain("git update-ref -d 'refs/exps/tool/`id`/b/c'");
  });

  test("whose process is gone are said to have ended", async () => {
    const message = "x\n\nWaymark-Run: 00\nWaymark-Status: running\nWaymark-Folder: live\n";
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", message);
    repo.git("update-ref", ref("dead"), commit);
    const identity = { pid: DEAD_PID, host: "", processStart: null, bootId: null };
    write("live/.waymark/run.json", JSON.stringify({ runId: "other", status: "running", ...identity }));
    expect((await examine()).map(({ check, repair }) => [check, repair])).toEqual([
      ["dead-run", expect.stringContaining("waymark exp resume dead")],
    ]);
  });

  test("of which there are many are packed", async () => {
    const space = dirname(ref("x"));
    for (let at = 0; at < 500; at += 1) write(`.git/${space}/e${at}`, `${repo.head()}\n`);
    const before = repo.git("for-each-ref");
    expect(await kinds({ fix: true })).toEqual(["loose-refs fixed"]);
    expect(existsSync(repo.path(".git", space, "e1"))).toBe(false);
    expect(repo.git("for-each-ref")).toBe(before);
  });
});

describe("the surroundings", () => {
  test("without a name to commit with are named", async () => {
    const env = { ...GIT_TEST_ENV, GIT_COMMITTER_NAME: "", GIT_AUTHOR_NAME: "" };
    const [finding] = await examineProject(openProject(repo.root, env));
    expect(finding).toMatchObject({
      check: "identity",
      severity: "error",
      repair: expect.stringContaining("user.name"),
    });
  });

  test("are asked over the network only with --remotes", async () => {
    repo.git("remote", "add", "origin", "/nowhere/hub.git");
    write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = http://127.0.0.1:1/store\n");
    expect(await kinds()).toEqual([]);
    const { code, stdout } = await runHere(repo.root, ["doctor", "--remotes", "--json"]);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; what: string; fixable: boolean }[] };
    expect(code).toBe(1);
    expect(findings.map(({ check, what, fixable }) => [check, what, fixable])).toEqual([
      ["unreachable-remote", "The Git remote 'origin' does not answer.", false],
      ["unreachable-remote", "The data remote 'store' does not answer.", false],
    ]);
  });

  test("with project files that cannot be read are named, and the rest is looked at", async () => {
    write(".dvc/cache/files/md5/aa/bb", "");
    write("dvc.yaml", "stages: [\n");
    const { stash } = crashedRun(DEAD_PID);
    expect(await kinds()).toEqual(["detached-head open", "exec-refs open", "project-files open", "ghost-run open"]);
    expect(stash).toHaveLength(40);
  });

  test("of SHA-256 are refused", async () => {
    const folder = repo.path("sha256");
    execFileSync("git", ["init", "--quiet", "--object-format=sha256", folder], { env: GIT_TEST_ENV });
    const [finding] = await examineProject(openProject(folder, GIT_TEST_ENV));
    expect(finding?.check).toBe("object-format");
  });
});
