import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  listRunRecords,
  removeIdlePlaces,
  runElsewhere,
  runLogPath,
  type RunResult,
  snapshotWorkspace,
} from "@waymark/experiments";
import { expect, test } from "vitest";
import { gitRepo, GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { commandSpec, pipelineSpec, projectOf } from "./support.ts";

const POOL = ".dvc/tmp/waymark/worktrees";
const PIPELINE = `stages:
  train:
    cmd: sh train.sh
    deps:
    - train.sh
    - data.csv
    params:
    - lr
    outs:
    - model.bin
    metrics:
    - metrics.json:
        cache: false
`;
const TRAIN = `set -e
cat data.csv params.yaml > model.bin
echo "{\\"rows\\": $(wc -l < data.csv)}" > metrics.json
`;

/** A repository with data and one stage. */
async function pipelineRepo(): Promise<GitRepo> {
  const repo = gitRepo({ "train.sh": TRAIN, "params.yaml": "lr: 0.1\n", "dvc.yaml": PIPELINE, "notes.txt": "notes\n" });
  await runHere(repo.root, ["init", "--quiet"]);
  repo.write("data.csv", "1\n2\n");
  await runHere(repo.root, ["add", "--quiet", "data.csv"]);
  repo.commitAll("project");
  return repo;
}

function experiment(repo: GitRepo, name: string): string {
  const head = repo.head();
  return `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/${name}`;
}

test("a pipeline runs beside the workspace, which stays as it is, and its result is in the repository", async () => {
  const repo = await pipelineRepo();
  repo.write("notes.txt", "staged\n");
  repo.git("add", "notes.txt");
  repo.write("notes.txt", "edited\n");
  const project = projectOf(repo);
  const before = [repo.fingerprint(), readdirSync(repo.root).toSorted()];
  const start = await snapshotWorkspace(project, { files: new Map([["params.yaml", Buffer.from("lr: 0.5\n")]]) });
  const result = await runElsewhere(project, pipelineSpec(project), start, { kind: "temp" });
  expect(result).toMatchObject({ state: "finished", name: "run", exitCode: 0, error: undefined });
  expect([repo.fingerprint(), readdirSync(repo.root).toSorted()]).toEqual(before);
  expect([repo.read("params.yaml"), repo.has("model.bin")]).toEqual(["lr: 0.1\n", false]);
  const ref = experiment(repo, "run");
  expect(repo.git("rev-parse", ref, `${ref}~`)).toBe(`${result.commit}\n${repo.head()}`);
  expect(repo.files(ref)).toMatchObject({
    ...{ "params.yaml": "lr: 0.5", "metrics.json": '{"rows": 2}', "notes.txt": "edited" },
    "dvc.lock": expect.stringContaining("model.bin"),
  });
  expect(repo.git("fsck", "--strict", "--no-dangling")).toBe("");
});

test("its record and its console log are those of the user's project", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const result = await runElsewhere(project, commandSpec(project, "echo hello; exit 3"), start, { kind: "temp" });
  expect(result).toMatchObject({ state: "failed", commit: null, exitCode: 3 });
  const [record] = listRunRecords(project);
  expect(record).toMatchObject({ kind: "temp", state: "failed", exitCode: 3, root: repo.path(POOL, "1") });
  expect(readFileSync(runLogPath(project, record?.id ?? ""), "utf8")).toContain("hello");
});

test("the second run takes the work tree of the first, without anything that was left in it", async () => {
  const repo = gitRepo({ "a.txt": "a\n", ".gitignore": "*.tmp\n/out/\n" });
  const project = projectOf(repo);
  const leave = `echo x > left.tmp; mkdir -p out/deep new "odd \u00e9"; echo x > out/deep/x; echo x > new/x; rm a.txt
    ln -s /etc link; mkdir locked; echo x > locked/x; chmod 555 locked; mkdir .dvc/tmp/x; echo x > .dvc/tmp/DVC_CHECKPOINT; git init -q nested`;
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, leave, { name: "first" }), start, { kind: "temp" });
  const list = "find . -path ./.dvc/tmp/waymark -prune -o -print | sort > ../list.txt";
  const second = commandSpec(project, list, { name: "second" });
  expect(await runElsewhere(project, second, start, { kind: "temp" })).toMatchObject({ state: "finished" });
  expect(repo.read(`${POOL}/list.txt`).trim().split("\n")).toEqual(
    [".", "./.dvc", "./.dvc/.gitignore", "./.dvc/config", "./.dvc/config.local", "./.dvc/tmp", "./.dvc/tmp/btime"]
      .concat(["./.dvcignore", "./.git", "./.gitignore", "./a.txt"])
      .toSorted(),
  );
  expect(readdirSync(repo.path(POOL)).filter((name) => /^\d+$/u.test(name))).toEqual(["1"]);
});

test("what a former run has tracked as data of its own is gone for the next one", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const tracked = String.raw`outs:\n- md5: 4c7a34d25eff9121c49658dbceadf694\n  size: 6\n  hash: md5\n  path: model.bin\n`;
  const script = `ls > ../list.txt; echo found > model.bin; printf '${tracked}' > model.bin.dvc`;
  for (const name of ["first", "second"]) {
    const spec = commandSpec(project, script, { name });
    expect(await runElsewhere(project, spec, start, { kind: "temp" })).toMatchObject({ state: "finished" });
    expect(repo.read(`${POOL}/list.txt`)).toBe("train.js\n");
  }
});

test("two runs at a time have a work tree each", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const script = (own: string, other: string): string =>
    `cd "$WAYMARK_PLACE" && pwd > ../${own} && while [ ! -e ../${other} ]; do sleep 0.01; done`;
  const [one, two] = await Promise.all([
    runElsewhere(project, commandSpec(project, script("one", "two"), { name: "one" }), start, { kind: "temp" }),
    runElsewhere(project, commandSpec(project, script("two", "one"), { name: "two" }), start, { kind: "temp" }),
  ]);
  expect([one.state, two.state]).toEqual(["finished", "finished"]);
  expect([repo.read(`${POOL}/one`), repo.read(`${POOL}/two`)].toSorted()).toEqual([
    `${repo.path(POOL, "1")}\n`,
    `${repo.path(POOL, "2")}\n`,
  ]);
});

test("a run that failed leaves its files to be looked at, as long as there is another work tree", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const run = async (name: string, script: string): Promise<unknown> =>
    runElsewhere(project, commandSpec(project, script, { name }), start, { kind: "temp" });
  const wait = 'touch ../"$DVC_EXP_NAME"; while [ ! -e ../a ] || [ ! -e ../b ]; do sleep 0.01; done';
  await Promise.all([run("a", `${wait}; echo why > log; exit 1`), run("b", wait)]);
  await run("c", "touch c");
  const [failed] = ["1", "2"].filter((number) => existsSync(repo.path(POOL, number, "log")));
  expect(repo.read(`${POOL}/${failed}/log`)).toBe("why\n");
});

test("data comes by the link types of the user, and the run cache is shared", async () => {
  const repo = await pipelineRepo();
  repo.git("config", "--file", ".dvc/config.local", "cache.type", "hardlink");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, pipelineSpec(project, { name: "one" }), start, { kind: "temp" });
  const tree = new GitRepo(repo.path(POOL, "1"));
  expect(lstatSync(tree.path("data.csv")).nlink).toBeGreaterThan(1);
  expect(tree.read(".dvc/config.local")).toBe(`[cache]\n    type = hardlink\n    dir = ${repo.path(".dvc/cache")}\n`);
  expect(existsSync(tree.path(".dvc/cache"))).toBe(false);
  const events: string[] = [];
  const onStage = (_stage: unknown, event: { readonly kind: string }): void => void events.push(event.kind);
  await runElsewhere(project, pipelineSpec(project, { name: "two" }), start, { kind: "temp" }, { onStage });
  expect(events).not.toContain("running");
});

test("remotes whose paths are relative lead to where they lead in the user's project", async () => {
  const repo = gitRepo({
    ".dvc/config": "['remote \"near\"']\n    url = ../../storage\n",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  });
  repo.write(
    ".dvc/config.local",
    "['remote \"web\"']\n    url = https://example.org/x\n    password = secret\n['remote \"mine\"']\n    url = keep\n",
  );
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true"), start, { kind: "temp" });
  const tree = new GitRepo(repo.path(POOL, "1"));
  const config = tree.read(".dvc/config.local");
  expect(config).toContain(`url = ${join(repo.root, "..", "storage")}\n`);
  expect(config).toContain("password = secret\n");
  expect(config).toContain(`url = ${repo.path(".dvc/keep")}\n`);
  expect(lstatSync(tree.path(".dvc/config.local")).mode & 0o777).toBe(0o600);
  expect(repo.git("ls-tree", "-r", "--name-only", experiment(repo, "run"))).not.toContain("config.local");
});

test("settings of this machine stay out of commits, although somebody has committed theirs", async () => {
  const repo = gitRepo({ ".dvc/config": "", ".dvc/config.local": "[core]\n    analytics = true\n" });
  repo.write(".dvc/config.local", "['remote \"web\"']\n    url = https://example.org/x\n    password = secret\n");
  repo.git("update-index", "--skip-worktree", ".dvc/config.local");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  for (const name of ["one", "two"]) {
    const spec = commandSpec(project, "grep secret .dvc/config.local", { name });
    expect(await runElsewhere(project, spec, start, { kind: "temp" })).toMatchObject({ state: "finished" });
    expect(repo.git("show", `${experiment(repo, name)}:.dvc/config.local`)).not.toContain("secret");
  }
});

test("a commit cannot say where settings are written", async () => {
  const outside = gitRepo({}).root;
  const repo = gitRepo();
  const project = projectOf(repo);
  await snapshotWorkspace(project);
  symlinkSync(outside, repo.path("link"));
  repo.git("add", "link");
  const link = repo.git("ls-files", "--stage", "link").split(" ")[1] ?? "";
  repo.git("update-index", "--add", "--cacheinfo", `120000,${link},.dvc`);
  const commit = repo.git("commit-tree", "-p", "HEAD", "-m", "hostile", repo.git("write-tree"));
  const run = runElsewhere(project, commandSpec(project, "true"), { commit }, { kind: "temp" });
  await expect(run).rejects.toMatchObject({ code: "PATH_ESCAPES" });
  expect(readdirSync(outside)).toEqual([".git"]);
});

test("a run that is ended before it begins says so in its record", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const signal = AbortSignal.abort("no more time");
  const result = await runElsewhere(project, commandSpec(project, "true"), start, { kind: "temp", signal });
  expect(result).toMatchObject({ state: "interrupted", reason: "no more time", commit: null });
  expect(listRunRecords(project)).toMatchObject([{ state: "interrupted" }]);
});

test("a task whose stage is interrupted and ends well is not done: what it had made is no result, now or later", async () => {
  const train = `trap 'exit 0' INT
echo half > model.bin; echo {} > metrics.json
if [ -e "$HALF" ]; then echo ready; while :; do sleep 0.05; done; fi
echo whole > model.bin
`;
  // Without a shell around it that the signal would end.
  const pipeline = PIPELINE.replace("cmd: sh", "cmd: exec sh");
  const repo = gitRepo({ "train.sh": train, "data.csv": "1\n", "params.yaml": "lr: 0.1\n", "dvc.yaml": pipeline });
  await runHere(repo.root, ["init", "--quiet"]);
  repo.commitAll("project");
  const project = projectOf(repo);
  const begin = async (half: string, signal: AbortSignal, onOutput: () => void): Promise<RunResult> => {
    const options = { kind: "queue", task: "aa", signal, env: { HALF: half } } as const;
    return runElsewhere(project, pipelineSpec(project), await snapshotWorkspace(project), options, { onOutput });
  };
  const end = new AbortController();
  const first = await begin(repo.path("train.sh"), end.signal, () => end.abort("Slurm ended the job"));
  expect(first).toMatchObject({ state: "interrupted", reason: "Slurm ended the job", commit: null });
  const second = await begin("", new AbortController().signal, () => undefined);
  expect(second).toMatchObject({ state: "finished" });
  const lock = repo.git("show", `${experiment(repo, "run")}:dvc.lock`);
  expect(lock).toContain(createHash("md5").update("whole\n").digest("hex"));
});

test("a project in a folder of the repository runs in the same folder, from whatever work tree it was started", async () => {
  const repo = gitRepo({
    "proj/.dvc/config": "",
    "proj/.dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    "proj/a.txt": "a\n",
  });
  const linked = repo.path("../", `${repo.root.split("/").at(-1)}-linked`);
  repo.git("worktree", "add", "--quiet", "--detach", linked);
  try {
    const project = projectOf(new GitRepo(linked), "proj");
    const start = await snapshotWorkspace(project);
    const spec = commandSpec(project, "pwd > where.txt; git add where.txt", { cwd: "proj/not/yet" });
    expect(await runElsewhere(project, spec, start, { kind: "temp" })).toMatchObject({ state: "finished" });
    const tree = repo.path("proj", POOL, "1");
    expect(readFileSync(join(tree, "proj/not/yet/where.txt"), "utf8")).toBe(`${tree}/proj/not/yet\n`);
    expect(readFileSync(join(tree, "proj/.dvc/config.local"), "utf8")).toContain(join(linked, "proj/.dvc/cache"));
  } finally {
    rmSync(linked, { recursive: true, force: true });
  }
});

test("submodules and symbolic links are there", async () => {
  const library = gitRepo({ "lib.txt": "lib\n" });
  const repo = gitRepo({ "a.txt": "a\n" });
  symlinkSync("a.txt", repo.path("link"));
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root, "lib");
  repo.commitAll("library");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  const spec = commandSpec(project, "cat lib/lib.txt link > params.yaml");
  expect(await runElsewhere(project, spec, start, { kind: "temp" })).toMatchObject({ state: "finished" });
  expect(repo.git("show", `${experiment(repo, "run")}:params.yaml`)).toBe("lib\na");
  expect(repo.git("ls-tree", experiment(repo, "run"), "lib")).toBe(repo.git("ls-tree", "HEAD", "lib"));
});

test("a folder that nobody may write to is no reason to fail", async () => {
  const repo = gitRepo({ "folder/a.txt": "a\n" });
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "chmod 555 folder", { name: "one" }), start, { kind: "temp" });
  const next = await snapshotWorkspace(project, { files: new Map([["folder/a.txt", Buffer.from("b\n")]]) });
  const result = await runElsewhere(project, commandSpec(project, "cat folder/a.txt", { name: "two" }), next, {
    kind: "temp",
  });
  expect(result).toMatchObject({ state: "finished" });
  chmodSync(repo.path(POOL, "1", "folder"), 0o755);
});

test("a commit that cannot be checked out leaves nothing half-made", async () => {
  const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n" });
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  // As a disk that is full by the second file.
  repo.write(".git/info/attributes", "b.txt filter=full\n");
  repo.git("config", "filter.full.smudge", "false");
  repo.git("config", "filter.full.required", "true");
  const run = runElsewhere(projectOf(repo), commandSpec(project, "true"), start, { kind: "temp" });
  await expect(run).rejects.toMatchObject({ code: "GIT_COMMAND_FAILED" });
  expect(repo.has(`${POOL}/1`)).toBe(false);
  expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
  repo.remove(".git/info/attributes");
  const next = runElsewhere(projectOf(repo), commandSpec(project, "true"), start, { kind: "temp" });
  expect(await next).toMatchObject({ state: "finished" });
});

test("nothing is left of work trees that no run uses once they are cleared away", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true"), start, { kind: "temp" });
  expect(await removeIdlePlaces(project)).toEqual([repo.path(POOL, "1")]);
  expect(readdirSync(repo.path(POOL))).toEqual([]);
  expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
  await runElsewhere(project, commandSpec(project, "true", { name: "again" }), start, { kind: "temp" });
  rmSync(repo.path(POOL), { recursive: true });
  await removeIdlePlaces(project);
  expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
});

test("a work tree that lost its tie to the repository is made anew", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true", { name: "one" }), start, { kind: "temp" });
  rmSync(repo.path(POOL, "1", ".git"));
  const spec = commandSpec(project, "git rev-parse HEAD > params.yaml", { name: "two" });
  expect(await runElsewhere(project, spec, start, { kind: "temp" })).toMatchObject({ state: "finished" });
  expect(repo.read(`${POOL}/1/params.yaml`).trim()).toBe(start.commit);
});

test("a work tree that somebody looks into is left alone", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true", { name: "one" }), start, { kind: "temp" });
  const shell = spawn("sleep", ["100"], { cwd: repo.path(POOL, "1"), env: { PATH: process.env["PATH"] } });
  try {
    await once(shell, "spawn");
    await runElsewhere(project, commandSpec(project, "touch two", { name: "two" }), start, { kind: "temp" });
    expect([repo.has(`${POOL}/1/two`), repo.has(`${POOL}/2/two`)]).toEqual([false, true]);
    expect(await removeIdlePlaces(project)).toEqual([repo.path(POOL, "2")]);
  } finally {
    shell.kill();
  }
});
