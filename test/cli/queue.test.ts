import { readFileSync } from "node:fs";
import { listRunRecords, listTasks, openProject } from "@waymark/experiments";
import { identifyProcess } from "@waymark/files";
import { describe, expect, test } from "vitest";
import { BIN, startProgram, waymark } from "../support/cli.ts";
import { writeDvcMessage } from "../support/dvc-queue.ts";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

const PIPELINE = "stages:\n  train:\n    cmd: cat params.yaml > out.txt\n    params: [lr]\n    outs: [out.txt]\n";

async function pipelineRepo(): Promise<GitRepo> {
  const repo = gitRepo({ "params.yaml": "lr: 1 # rate\n", "dvc.yaml": PIPELINE });
  await runHere(repo.root, ["init", "--quiet"]);
  repo.commitAll("project");
  return repo;
}

const queue = async (repo: GitRepo, ...args: readonly string[]): Promise<Answer> =>
  runHere(repo.root, ["queue", ...args]);
const add = async (repo: GitRepo, ...args: readonly string[]): Promise<Answer> => {
  return runHere(repo.root, ["exp", "run", "--queue", ...args]);
};
const words = async (repo: GitRepo): Promise<readonly (readonly string[])[]> => {
  const tasks = JSON.parse((await queue(repo, "status", "--json")).stdout) as { name: string; status: string }[];
  return tasks.map(({ name, status }) => [name, status]);
};

describe("the queue", () => {
  test("takes a sweep as one task per combination, runs them, and leaves the workspace alone", async () => {
    const repo = await pipelineRepo();
    const before = repo.fingerprint();
    const { code, stdout } = await add(repo, "-n", "wide", "-S", "lr=2,3");
    expect([code, stdout]).toEqual([
      0,
      "Queued experiment 'wide-1' for future execution.\nQueued experiment 'wide-2' for future execution.\n",
    ]);
    expect((await queue(repo, "status")).stdout).toMatch(
      /^Task +Name +Created +Status +Attempts +Reason\n.*wide-1.*Queued/,
    );
    expect((await queue(repo, "move", "wide-2", "--first")).code).toBe(0);
    const { stderr } = await queue(repo, "work", "--idle", "1s");
    expect(stderr).toMatch(/Started wide-2.*wide-2: finished.*wide-1: finished.*2 tasks done/s);
    expect(await words(repo)).toEqual([
      ["wide-2", "Success"],
      ["wide-1", "Success"],
    ]);
    expect(repo.fingerprint()).toBe(before);
    const { stdout: table } = await runHere(repo.root, ["exp", "show", "--csv", "--keep", "lr"]);
    expect(table).toMatch(/wide-1,.*,2\r?\n/);
    expect((await queue(repo, "logs", "wide-1")).stdout).toContain("> cat params.yaml > out.txt");
    expect((await queue(repo, "show", "wide-1")).stdout).toMatch(/Param +params.yaml:lr = 2\n/);
    expect((await queue(repo, "remove", "--success")).stdout).toMatch(/wide-2\n.*wide-1\n$/);
    await add(repo, "-n", "again", "-S", "lr=2");
    await queue(repo, "work", "--idle", "0.1s");
    expect((await queue(repo, "logs", "again")).stdout).toContain("Stage 'train' ran like this before");
    expect((await queue(repo, "remove", "--all")).code).toBe(0);
    expect((await queue(repo, "status")).stdout).toMatch(/^No experiment tasks in the queue\.\n/);
  });

  test("is cleared of what waits by `exp remove --queue`, which leaves what DVC has queued", async () => {
    const repo = await pipelineRepo();
    await add(repo, "-n", "wide", "-S", "lr=2,3");
    const remove = async (...args: readonly string[]): Promise<Answer> =>
      runHere(repo.root, ["exp", "remove", ...args]);
    expect((await remove("--queue", "--dry")).stdout).toBe("Would remove from the queue: 'wide-1' and 'wide-2'\n");
    repo.git("update-ref", "refs/exps/celery/stash", "HEAD");
    const { stdout, stderr } = await remove("--queue");
    expect(stdout).toBe("Removed from the queue: 'wide-1' and 'wide-2'\n");
    expect(stderr).toContain("dvc exp remove --queue");
    expect(await words(repo)).toEqual([]);
    expect(repo.git("for-each-ref", "refs/exps/celery")).not.toBe("");
  });

  test("lists what DVC has queued apart, and leaves it alone", async () => {
    const repo = await pipelineRepo();
    const id = "0b8c2a52-8b6c-4a55-9c5e-3f3d0e1a2b4c";
    const theirs = repo.head();
    const message = writeDvcMessage(repo, "in", { id, name: "theirs", stash: theirs, baseline: theirs });
    await add(repo, "-n", "ours");
    expect((await queue(repo, "status")).stdout).toMatch(
      new RegExp(
        `ours .*\n\nWorker status: .*\n\nIn the queue of DVC, .*\nTask +Name +.*\n${theirs.slice(0, 7)} +theirs +.*Queued`,
        "u",
      ),
    );
    const [own, other] = JSON.parse((await queue(repo, "status", "--json")).stdout) as Record<string, unknown>[];
    expect([own, other]).toEqual([
      expect.objectContaining({ tool: "waymark", name: "ours", status: "Queued" }),
      expect.objectContaining({ tool: "dvc", id: theirs, name: "theirs", status: "Queued", baseline: theirs }),
    ]);
    for (const verb of ["kill", "remove", "logs", "retry", "show"]) {
      for (const name of ["theirs", theirs.slice(0, 7)]) {
        const { code, stderr } = await queue(repo, verb, name);
        expect([verb, code, stderr]).toEqual([
          ...[verb, verb === "show" ? 1 : 255],
          expect.stringContaining("is in the queue of DVC, which is left alone"),
        ]);
      }
    }
    expect(await add(repo, "-n", "theirs")).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("The name 'theirs' is taken: a task in the queue of DVC is called so") as string,
    });
    const { stderr } = await queue(repo, "work", "--idle", "0.1s");
    expect(stderr).toContain("One more waits in the queue of DVC, for its own workers: dvc queue start");
    expect((await queue(repo, "remove", "--all")).stdout).toBe("Removed experiment task from queue: ours\n");
    expect((await runHere(repo.root, ["exp", "run", "--run-all"])).stderr).toBe(
      "Nothing is queued.\nOne more waits in the queue of DVC, for its own workers: dvc queue start\n",
    );
    expect(repo.has(message)).toBe(true);
  });

  test("is worked off by `exp run --run-all`, which prints what its tasks print and says how each went", async () => {
    const repo = await pipelineRepo();
    const runAll = async () => waymark(["exp", "run", "--run-all", "-j", "2"], { cwd: repo.root, env: GIT_TEST_ENV });
    expect(await runAll()).toMatchObject({ code: 0, stdout: "", stderr: "Nothing is queued.\n" });
    await add(repo, "-n", "wide", "-S", "lr=2,3");
    await add(repo, "-n", "bad", "--", "sh", "-c", "echo trying; exit 3");
    const { code, stdout, stderr } = await runAll();
    expect([code, stdout.match(/> cat params.yaml > out.txt\n/g)?.length, stdout]).toEqual([
      ...[0, 2],
      expect.stringContaining("trying\n"),
    ]);
    expect(stderr).toMatch(
      /\[1\/3\] wide-1: finished\n[^]*\[2\/3\] wide-2: finished\n[^]*\[3\/3\] bad: failed, .*exited with 3/u,
    );
    expect(stderr).toContain("2 of 3 tasks succeeded.");
    // Ctrl-C ends the printing only.
    const wait = 'echo waiting; until [ -e "$0" ]; do sleep 0.05; done';
    await add(repo, "-n", "long", "--", "sh", "-c", wait, repo.path(".git/go"));
    const following = startProgram([BIN, "exp", "run", "--run-all"], { cwd: repo.root, env: GIT_TEST_ENV });
    await following.seen(/^waiting$/mu);
    following.kill("SIGINT");
    expect(await following.ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("The workers go on. To watch them: waymark queue status") as string,
    });
    expect((await words(repo)).find(([name]) => name === "long")).toEqual(["long", "Running"]);
    repo.write(".git/go", "");
    await expect
      .poll(async () => (await words(repo)).find(([name]) => name === "long"), { timeout: 20_000 })
      .toEqual(["long", "Success"]);
    expect((await queue(repo, "stop")).code).toBe(0);
  });

  test("can be shared through a Git remote, and says so", async () => {
    const repo = await pipelineRepo();
    repo.git("init", "--quiet", "--bare", ".git/shared.git");
    repo.git("remote", "add", "origin", repo.path(".git/shared.git"));
    expect((await queue(repo, "share")).stdout).toBe("The queue is this clone's own.\n");
    await add(repo, "-n", "one");
    expect((await queue(repo, "share", "origin")).stderr).toContain(
      "through origin. 1 task of this clone is in it now",
    );
    expect((await queue(repo, "share")).stdout).toBe("The queue is shared through origin.\n");
    const slurm = await queue(repo, "start", "--executor", "slurm");
    expect([slurm.code, slurm.stderr]).toEqual([255, expect.stringContaining("waymark queue share --off")]);
    expect((await queue(repo, "remove", "one")).code).toBe(0);
    expect(repo.git("ls-remote", "origin", "refs/waymark/*")).toBe("");
    const wrong = await queue(repo, "share", "origin", "--off");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("Either a remote or --off")]);
    expect((await queue(repo, "share", "--off")).stderr).toContain("its tasks stay at origin");
  });

  test("refuses what makes no sense, and says what would", async () => {
    const repo = await pipelineRepo();
    await add(repo, "-n", "one");
    const refused = async (...args: readonly string[]): Promise<readonly unknown[]> => {
      const { code, stderr } = await runHere(repo.root, args);
      return [code, stderr];
    };
    expect(await refused("exp", "run", "--queue", "-n", "one")).toEqual([
      255,
      expect.stringMatching(/taken.*\nhint: .*queue remove/),
    ]);
    expect(await refused("exp", "run", "-S", "lr=1,2")).toEqual([
      expect.any(Number),
      expect.stringContaining("--queue"),
    ]);
    // As DVC, of targets only, which are looked for with the params that the run will have.
    expect(await refused("exp", "run", "--queue", "nope")).toEqual([255, expect.stringContaining("no stage 'nope'")]);
    repo.write("dvc.yaml", `${PIPELINE}  each:\n    foreach: \${names}\n    do: { cmd: "true" }\n`);
    repo.write("params.yaml", "lr: 1 # rate\nnames: [a]\n");
    expect(await refused("exp", "run", "--queue", "each@b")).toEqual([255, expect.stringContaining("each@b")]);
    expect(await refused("exp", "run", "--queue", "-n", "two", "each@b", "-S", "names=[a,b]")).toEqual([
      ...[0, expect.anything()],
    ]);
    expect(await queue(repo, "remove", "two")).toMatchObject({ code: 0 });
    expect(await refused("queue", "kill", "one")).toEqual([255, expect.stringContaining("does not run")]);
    expect(await refused("queue", "kill", "none")).toEqual([255, expect.stringContaining("queue status")]);
    expect(await refused("queue", "logs", "one")).toEqual([255, expect.stringContaining("not started")]);
    expect(await refused("queue", "retry", "one")).toEqual([255, expect.stringContaining("waits")]);
    expect(await refused("queue", "retry")).toEqual([254, expect.stringContaining("--failed")]);
    expect(await refused("queue", "remove")).toEqual([255, expect.stringContaining("--success")]);
    expect(await refused("queue", "remove", "one", "--all")).toEqual([255, expect.anything()]);
    expect(await refused("queue", "kill")).toEqual([0, expect.stringContaining("No task was named")]);
    expect(await refused("queue", "move", "one")).toEqual([2, expect.stringContaining("--first")]);
    expect(await refused("queue", "work", "--gpus", "0,0")).toEqual([2, expect.stringContaining("named twice")]);
    expect(await words(repo)).toEqual([["one", "Queued"]]);
  });

  test("loses nothing with a worker that is killed: the next one ends what it had started and does its task", async () => {
    const repo = gitRepo({
      "train.sh": 'echo "at $PPID" > started; [ "$(cat turn)" = 2 ] || sleep 600\n',
      turn: "1\n",
    });
    await add(repo, "-n", "long", "--", "sh", "train.sh");
    const project = openProject(repo.root, GIT_TEST_ENV);
    const worker = startProgram([BIN, "queue", "work"], { cwd: repo.root, env: GIT_TEST_ENV });
    await worker.seen(/Started long/);
    const commandFile = async (): Promise<{ pid: number }> => {
      for (;;) {
        try {
          const [record] = listRunRecords(project);
          return JSON.parse(
            readFileSync(repo.path(".dvc/tmp/waymark/exp-runs", record?.id ?? "", "command.json"), "utf8"),
          ) as {
            pid: number;
          };
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const { pid } = await commandFile();
    worker.kill("SIGKILL");
    await worker.ended;
    expect(await words(repo)).toEqual([["long", "Lost"]]);
    const next = startProgram([BIN, "queue", "work"], { cwd: repo.root, env: GIT_TEST_ENV });
    await next.seen(/Started long/);
    await commandFile();
    expect((await queue(repo, "kill", "--force", "long")).code).toBe(0);
    await next.seen(/long: killed/);
    next.kill("SIGTERM");
    await next.ended;
    expect(listTasks(project)).toMatchObject([{ attempts: 2, result: { state: "killed" } }]);
    // What has ended counts as such, also before anybody asked for its result.
    expect([null, "ended"]).toContain(identifyProcess(pid).processStart);
  });
});
