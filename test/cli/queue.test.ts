import { readFileSync } from "node:fs";
import { listRunRecords, listTasks, openProject } from "@waymark/experiments";
import { identifyProcess } from "@waymark/files";
import { describe, expect, test } from "vitest";
import { BIN, startProgram } from "../support/cli.ts";
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
    expect((await queue(repo, "status")).stdout).toMatch(/^No experiment tasks in the queue\.\n/);
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
    expect(await refused("queue", "kill", "one")).toEqual([255, expect.stringContaining("does not run")]);
    expect(await refused("queue", "kill", "none")).toEqual([255, expect.stringContaining("queue status")]);
    expect(await refused("queue", "logs", "one")).toEqual([255, expect.stringContaining("not started")]);
    expect(await refused("queue", "retry", "one")).toEqual([255, expect.stringContaining("waits")]);
    expect(await refused("queue", "retry")).toEqual([254, expect.stringContaining("--failed")]);
    expect(await refused("queue", "remove")).toEqual([254, expect.stringContaining("--success")]);
    expect(await refused("queue", "remove", "one", "--all")).toEqual([254, expect.anything()]);
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
