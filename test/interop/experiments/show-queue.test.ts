import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { writeDvcMessage } from "../../support/dvc-queue.ts";
import { INTEROP_ENV, PYTHON, runPython } from "../../support/python.ts";
import { interopRepo } from "../project.ts";
import { type ShownRange, type ShownState, startBoth } from "./both.ts";
import { writeCommit, writeExperiment } from "./plumbing.ts";

const both = startBoth();
/** Workers start `dvc` by its name. */
const ENV = { ...INTEROP_ENV, PATH: `${dirname(PYTHON)}:${process.env["PATH"] ?? ""}` };
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) kill(-(child.pid ?? 0));
});

/** A learning rate above 5 fails; one of 4 waits until the file `go` is there. */
async function queueable(): Promise<GitRepo> {
  const repo = interopRepo({
    "params.yaml": "lr: 1\n",
    "train.sh":
      'lr=$(cut -c5- params.yaml)\necho "lr is $lr"\n[ "$lr" -le 5 ] || exit 1\n' +
      'if [ "$lr" = 4 ]; then echo \'{"acc": 0.25}\' > m.json; while [ ! -e "$GO" ]; do sleep 0.1; done; fi\n' +
      'echo "{\\"acc\\": 0.$lr}" > m.json\n',
    "m.json": '{"acc": 0.125}\n',
    "dvc.yaml":
      "stages:\n  train:\n    cmd: sh train.sh\n    params: [lr]\n    deps: [train.sh]\n    metrics:\n    - m.json: {cache: false}\n",
  });
  await both.dvc(repo, "init", "-q");
  repo.commitAll("use dvc");
  return repo;
}

/** Starts the real DVC in a process group of its own. */
function start(repo: GitRepo, ...args: readonly string[]): ChildProcess {
  const child = spawn(PYTHON, ["-m", "dvc", ...args], {
    ...{ cwd: repo.root, env: { ...ENV, GO: repo.path("go") }, detached: true },
    stdio: "ignore",
  });
  started.push(child);
  return child;
}

function startWorker(repo: GitRepo): ChildProcess {
  return start(repo, "exp", "queue-worker", `dvc-exp-test-1@localhost`, "--clean");
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Tells whether an execution in a clone waits for the file. */
function isHalfway(repo: GitRepo, folder: string): boolean {
  const clones = repo.path(".dvc/tmp/exps", folder);
  return namesIn(clones).some((name) => name.startsWith("tmp") && isWaiting(join(clones, name, "m.json")));
}

function isWaiting(metrics: string): boolean {
  return existsSync(metrics) && readFileSync(metrics, "utf8").includes("0.25");
}

/** The pid that DVC noted of what it runs. */
function pidIn(repo: GitRepo): number | undefined {
  const runs = repo.path(".dvc/tmp/exps/run");
  for (const key of namesIn(runs)) {
    const path = join(runs, key, `${key}.json`);
    if (!existsSync(path)) continue;
    const { pid, returncode } = JSON.parse(readFileSync(path, "utf8")) as { pid: number; returncode: number | null };
    if (returncode === null) return pid;
  }
  return undefined;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Waits until every task that was taken has a result. */
async function untilDone(repo: GitRepo, count: number): Promise<void> {
  await until(() => {
    const results = namesIn(repo.path(".dvc/tmp/exps/celery/result"));
    return results.filter((name) => name.startsWith("celery-task-meta-")).length === count ? true : undefined;
  });
}

async function expectSameEverywhere(repo: GitRepo): Promise<readonly ShownRange[]> {
  const shown = await both.expectSame(repo, "exp", "show", "--json");
  for (const flag of ["--hide-queued", "--hide-failed"]) await both.expectSame(repo, "exp", "show", "--json", flag);
  await both.expectSame(repo, "exp", "show", "--csv");
  await both.expectSame(repo, "exp", "show", "--md");
  const [, baseline] = JSON.parse(shown) as readonly ShownState[];
  return baseline?.experiments ?? [];
}

function statesOf(ranges: readonly ShownRange[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ranges.map(({ name, executor }) => [name, (executor as { readonly state: string } | null)?.state ?? "done"]),
  );
}

describe("exp show beside what DVC runs", { timeout: 300_000 }, () => {
  test("shows what DVC has queued, letter by letter", async () => {
    const repo = await queueable();
    writeExperiment(repo, "HEAD", "saved", { "params.yaml": "lr: 2\n" });
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "waiting", "-S", "lr=3");
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "waiting-too", "-S", "lr=4");
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({
      saved: "done",
      waiting: "queued",
      "waiting-too": "queued",
    });
    await both.dvc(repo, "queue", "remove", "--queued");
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({ saved: "done" });
  });

  test("shows what DVC's workers have done, failed to do, and do, letter by letter", async () => {
    const repo = await queueable();
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "good", "-S", "lr=3");
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "bad", "-S", "lr=7");
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "long", "-S", "lr=4");
    const worker = startWorker(repo);
    const pid = await until(() => (isHalfway(repo, "") ? pidIn(repo) : undefined));
    const states = { good: "success", bad: "failed", long: "running" };
    expect(statesOf(await expectSameEverywhere(repo))).toEqual(states);
    // Nobody says so, and DVC goes on showing it as running.
    kill(-(worker.pid ?? 0));
    kill(pid);
    const theirs = JSON.parse(await both.dvc(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(statesOf(theirs[1]?.experiments ?? [])).toEqual(states);
    const mine = JSON.parse(await both.ours(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(statesOf(mine[1]?.experiments ?? [])).toEqual({ ...states, long: "failed" });
    expect(await both.ours(repo, "exp", "show", "--no-pager")).toMatch(/long .* killed /u);
  });

  test("shows what DVC runs in a clone, and what came of it, letter by letter", async () => {
    const repo = await queueable();
    const run = start(repo, "exp", "run", "--temp", "-n", "aside", "-S", "lr=4");
    await until(() => (isHalfway(repo, "standalone") ? true : undefined));
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({ aside: "running" });
    writeFileSync(repo.path("go"), "");
    await new Promise((resolve) => run.once("exit", resolve));
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({ aside: "done" });
  });

  test("shows what DVC runs in the workspace, letter by letter", async () => {
    const repo = await queueable();
    const run = start(repo, "exp", "run", "-n", "here", "-S", "lr=4");
    await until(() => (isWaiting(repo.path("m.json")) ? pidIn(repo) : undefined));
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({ here: "running" });
    kill(-(run.pid ?? 0));
    await new Promise((resolve) => run.once("exit", resolve));
    const mine = JSON.parse(await both.ours(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(mine[1]?.experiments).toBeNull();
  });

  test("shows an entry that a program made by hand, which DVC then runs", async () => {
    const repo = await queueable();
    const head = repo.git("rev-parse", "HEAD");
    const stash = makeEntry(repo, "by-hand", { lr: 3 });
    const [, baseline] = JSON.parse(await both.expectSame(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(baseline?.experiments).toMatchObject([
      {
        name: "by-hand",
        executor: { state: "queued", name: "dvc-task", local: { task_id: stash } },
        revs: [{ rev: stash, data: { params: { "params.yaml": { data: { lr: 3 } } }, metrics: {} } }],
      },
    ]);
    startWorker(repo);
    await untilDone(repo, 1);
    expect(repo.git("for-each-ref", "--format=%(refname)", `refs/exps/${head.slice(0, 2)}`)).toContain("/by-hand");
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({ "by-hand": "success" });
  });

  test("shows a task whose commit was collected, and leaves it alone", async () => {
    const repo = await queueable();
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "old", "-S", "lr=3");
    const log = repo.path(".git/logs/refs/exps/celery/stash");
    // Three months pass: Git expires what no ref but a log leads to.
    writeFileSync(log, readFileSync(log, "utf8").replace(/> \d+ /u, "> 1000000000 "));
    repo.git("update-ref", "-d", "refs/exps/celery/stash");
    repo.git("gc", "--quiet", "--prune=now");
    const [, baseline] = JSON.parse(await both.expectSame(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(baseline?.experiments).toMatchObject([{ name: "old", revs: [{ data: null, error: { type: "RevError" } }] }]);
    expect(namesIn(repo.path(".dvc/tmp/exps/celery/broker/in"))).toHaveLength(1);
  });

  test("applies and removes what DVC has queued as DVC does", async () => {
    const repo = await queueable();
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "one", "-S", "lr=3");
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "two", "-S", "lr=4");
    await both.ours(repo, "exp", "apply", "one");
    expect(repo.read("params.yaml")).toBe("lr: 3\n");
    repo.git("checkout", "--quiet", ".");
    await both.ours(repo, "exp", "remove", "two");
    const [, baseline] = JSON.parse(await both.expectSame(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(statesOf(baseline?.experiments ?? [])).toEqual({ one: "queued" });
    // What is left still works: DVC runs it, and takes the next one.
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "three", "-S", "lr=2");
    startWorker(repo);
    await untilDone(repo, 2);
    expect(statesOf(await expectSameEverywhere(repo))).toEqual({ one: "success", three: "success" });
  });

  test("leaves alone what is queued when experiments are saved, renamed, removed and collected", async () => {
    const repo = await queueable();
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "waiting", "-S", "lr=3");
    const queued = repo.git("reflog", "show", "refs/exps/celery/stash");
    await both.ours(repo, "exp", "save", "-n", "mine");
    await both.ours(repo, "exp", "rename", "mine", "other");
    await both.ours(repo, "exp", "remove", "other");
    await both.ours(repo, "exp", "save", "-n", "kept");
    await both.ours(repo, "exp", "remove", "--keep", "kept");
    expect(repo.git("reflog", "show", "refs/exps/celery/stash")).toBe(queued);
    const [, baseline] = JSON.parse(await both.expectSame(repo, "exp", "show", "--json")) as readonly ShownState[];
    expect(statesOf(baseline?.experiments ?? [])).toEqual({ kept: "done", waiting: "queued" });
  });
});

/** What DVC unpacks before it runs anything. */
function packArguments(repo: GitRepo): Buffer {
  const script = "import base64, pickle; print(base64.b64encode(pickle.dumps({'args': (), 'kwargs': {}})).decode())";
  return Buffer.from(runPython(repo.root, ["-c", script]), "base64");
}

/** What DVC needs to run an experiment: a commit as of `git stash`, a line in a log, and a message. */
function makeEntry(repo: GitRepo, name: string, params: { readonly lr: number }): string {
  const head = repo.git("rev-parse", "HEAD");
  const message = `dvc-exp:${head}:${head}:${name}`;
  const index = writeCommit(repo, head, { files: {}, message: "Index stash" });
  const files = { "params.yaml": `lr: ${params.lr}\n`, ".dvc/tmp/repro.dat": packArguments(repo) };
  const stash = writeCommit(repo, head, { files, message, merged: [index] });
  repo.git("update-ref", "--create-reflog", "-m", `commit: ${message}`, "refs/exps/celery/stash", stash);
  const id = "4c2b6a1e-0000-4000-8000-00000000abcd";
  writeDvcMessage(repo, "in", { id, name, stash, baseline: head });
  return stash;
}
