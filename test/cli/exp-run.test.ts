import { spawnSync } from "node:child_process";
import { listRunRecords, openProject } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import { showRun } from "../../packages/cli/src/exp-run/show-run.ts";
import { createUi } from "../../packages/cli/src/ui.ts";
import { dataRepo } from "../pipeline/data-project.ts";
import { BIN } from "../support/cli.ts";
import { GIT_TEST_ENV, type GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

const PIPELINE = `stages:
  train: {cmd: cp params.yaml model.txt; echo trained, params: [lr], outs: [model.txt]}
`;

function project(text = PIPELINE): GitRepo {
  return dataRepo({ "dvc.yaml": text, "params.yaml": "lr: 0.1\n" });
}

function waymark(repo: GitRepo, ...args: readonly string[]): Promise<Answer> {
  return runHere(repo.root, args, { SHELL: "/bin/sh" });
}

describe("waymark exp run", () => {
  test("runs the pipeline, shows what it prints, and names the experiment", async () => {
    const repo = project();
    const { code, stdout, stderr } = await waymark(repo, "exp", "run", "-n", "first");
    expect([code, stdout]).toEqual([0, "trained\nRan experiment: first\n"]);
    expect(stderr).toBe(
      "Running stage 'train':\n> cp params.yaml model.txt; echo trained\nIts results are in the workspace.\n",
    );
    expect(await waymark(repo, "run", "-n", "second")).toMatchObject({ code: 0, stdout: "Ran experiment: second\n" });
    expect(repo.git("for-each-ref", "refs/exps").split("\n")).toHaveLength(2);
  });

  test("runs any command behind two dashes, whose options are its own", async () => {
    const repo = project();
    const answer = await waymark(repo, "exp", "run", "-n", "any", "--", "echo", "-n", "x", "--dry");
    expect(answer).toMatchObject({ code: 0, stdout: "x --dryRan experiment: any\n" });
    expect(await waymark(repo, "exp", "run", "train", "--", "true")).toMatchObject({ code: 254 });
    expect(await waymark(repo, "exp", "run", "--")).toMatchObject({ code: 254 });
  });

  test("ends with 255 when a stage fails, a name is taken or invalid, or there is no dvc.yaml", async () => {
    const repo = project("stages:\n  bad: {cmd: exit 3, outs: [x]}\n");
    const failed = await waymark(repo, "exp", "run");
    expect(failed.code).toBe(255);
    expect(failed.stderr).toContain("exited with 3");
    expect(failed.stderr).toContain("is not saved: it made no checkpoint");
    expect((await waymark(repo, "exp", "run", "-n", "a/b")).code).toBe(255);
    const head = repo.head();
    repo.git("update-ref", `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/taken`, head);
    expect((await waymark(repo, "exp", "run", "-n", "taken")).code).toBe(255);
    repo.remove("dvc.yaml");
    expect((await waymark(repo, "exp", "run")).code).toBe(255);
  });

  test("ends with 253 outside of a repository and 254 for an option it does not know", async () => {
    const repo = project();
    expect((await runHere("/", ["exp", "run"])).code).toBe(253);
    expect((await waymark(repo, "exp", "run", "--no-such-option")).code).toBe(254);
    expect((await waymark(repo, "exp", "run", "--max-time", "soon")).code).toBe(254);
  });

  test("sets params first, which stay as the run has used them, and sweeps only into the queue", async () => {
    const repo = project();
    expect(await waymark(repo, "exp", "run", "-S", "lr=0.5")).toMatchObject({ code: 0 });
    expect([repo.read("params.yaml"), repo.read("model.txt")]).toEqual(["lr: 0.5\n", "lr: 0.5\n"]);
    const unknown = await waymark(repo, "exp", "run", "-S", "rate=1");
    expect(unknown.code).toBe(255);
    const sweep = await waymark(repo, "exp", "run", "-S", "lr=1,2");
    expect(sweep.code).toBe(255);
    expect(sweep.stderr).toContain("--queue");
    const before = repo.fingerprint();
    const dry = await waymark(repo, "exp", "run", "--dry", "--queue", "-S", "lr=1,2");
    expect(dry.stderr).toBe("2 runs would be queued:\n  lr=1\n  lr=2\n");
    const one = await waymark(repo, "exp", "run", "--dry", "-S", "lr=7");
    expect(one.stderr).toContain("Would set: lr=7\nRunning stage 'train':\n> cp params.yaml");
    expect(repo.fingerprint()).toBe(before);
  });

  test("tells with --dry what would run, and writes nothing", async () => {
    const repo = project();
    const before = repo.fingerprint();
    const { code, stdout, stderr } = await waymark(repo, "exp", "run", "--dry");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("> cp params.yaml model.txt; echo trained");
    expect(repo.fingerprint()).toBe(before);
    expect(repo.git("for-each-ref", "refs/exps")).toBe("");
    const command = await waymark(repo, "exp", "run", "--dry", "--", "rm", "-r", "x");
    expect(command.stderr).toContain("> rm -r x");
  });

  test("leaves the workspace as it is with --temp, which brings along what it is told to", async () => {
    const repo = project(
      "stages:\n  train: {cmd: cat secret.txt params.yaml > model.txt, params: [lr], outs: [model.txt]}\n",
    );
    repo.write(".git/info/exclude", "secret.txt\n");
    repo.write("secret.txt", "s\n");
    const before = repo.fingerprint();
    expect(await waymark(repo, "exp", "run", "--temp", "-n", "without")).toMatchObject({ code: 255 });
    const answer = await waymark(repo, "exp", "run", "--temp", "-n", "away", "-C", "secret.txt");
    expect(answer).toMatchObject({ code: 0, stdout: "Ran experiment: away\n" });
    expect(answer.stderr).toContain("waymark exp apply away");
    expect(repo.has("model.txt")).toBe(false);
    expect(repo.fingerprint()).toBe(before);
    const outside = await waymark(repo, "exp", "run", "--temp", "-C", "../x");
    expect(outside.code).toBe(254);
  });

  test("does not compose params with --no-hydra", async () => {
    const repo = project();
    repo.write(".dvc/config", "[hydra]\n    enabled = true\n");
    repo.write("conf/config.yaml", "lr: 7\n");
    expect((await waymark(repo, "exp", "run", "-S", "lr=2", "--no-hydra")).code).toBe(0);
    expect(repo.read("params.yaml")).toBe("lr: 2\n");
    expect((await waymark(repo, "exp", "run")).code).toBe(0);
    expect(repo.read("params.yaml")).toBe("lr: 7\n");
  });

  test("says no more than the error when nothing has begun, and quotes commands", async () => {
    const repo = project();
    const { stderr } = await waymark(repo, "exp", "run", "nope");
    expect(stderr).toMatch(/^error: there is no stage 'nope'/iu);
    const failed = await waymark(repo, "exp", "run", "--", "sh", "-c", "exit 3");
    expect(failed.stderr).toContain("The command exited with 3: sh -c 'exit 3'");
  });

  test("passes on what commands print byte for byte", () => {
    const printed: Buffer[] = [];
    const stream = { write: (data: string | Buffer) => printed.push(Buffer.from(data)) };
    const { onOutput } = showRun(createUi({ stdout: stream, stderr: stream, env: {} }), false);
    onOutput?.(Uint8Array.of(0x66, 0xff, 0x00, 0xc3), "stdout");
    onOutput?.(Uint8Array.of(0xa9, 0xe2), "stderr");
    expect(Buffer.concat(printed).toString("hex")).toBe("66ff00c3a9e2");
  });

  test("goes on when nobody reads its output any more, and ends as it would have", () => {
    const repo = project();
    const train = "for i in 1 2 3 4 5 6; do echo $i; echo $i >&2; sleep 0.1; done; echo done > done.txt";
    const line = `"$0" "$1" exp run -n unread -- sh -c '${train}' 2>&1 | head -n 1; exit "\${PIPESTATUS[0]}"`;
    const { status } = spawnSync("bash", ["-c", line, process.execPath, BIN], { cwd: repo.root, env: GIT_TEST_ENV });
    expect([status, repo.read("done.txt")]).toEqual([0, "done\n"]);
    const [record] = listRunRecords(openProject(repo.root, GIT_TEST_ENV));
    expect(record).toMatchObject({ name: "unread", state: "finished" });
    expect(repo.read(`.dvc/tmp/waymark/exp-runs/${record?.id}/console.log`)).toMatch(/1\n(?:.*\n)*6\n/u);
  });

  test("ends by its time when asked to, and says so", async () => {
    const repo = project();
    const answer = await waymark(repo, "exp", "run", "-n", "short", "--max-time", "0.2s", "--", "sleep", "30");
    expect(answer).toMatchObject({ code: 0, stdout: "Ran experiment: short\n" });
    expect(answer.stderr).toContain("Stopped: it took the 200 ms it was given.");
    await waymark(repo, "exp", "run", "-n", "whole", "--", "true");
    const states = (await waymark(repo, "exp", "show", "--no-pager")).stdout;
    expect([states, states]).toEqual([
      expect.stringMatching(/short.* stopped /iu),
      expect.stringMatching(/whole.* finished /iu),
    ]);
    expect((await waymark(repo, "exp", "list", "--name-only", "--where", "status = stopped")).stdout).toBe("short\n");
  });
});

describe("waymark exp resume", () => {
  test("goes on with a run of stages by itself", async () => {
    const repo = dataRepo({
      "dvc.yaml": "stages:\n  train: {cmd: sh train.sh, deps: [train.sh], outs: [model.txt: {checkpoint: true}]}\n",
      "train.sh": `n=$(cat model.txt 2>/dev/null || echo 0); n=$((n + 1)); echo $n > model.txt; echo now $n
: > "$DVC_ROOT/.dvc/tmp/DVC_CHECKPOINT"
while [ -e "$DVC_ROOT/.dvc/tmp/DVC_CHECKPOINT" ]; do sleep 0.01; done
[ $n != 1 ]
`,
    });
    const failed = await waymark(repo, "exp", "run", "-n", "twice");
    expect(failed.code).toBe(255);
    expect(failed.stderr).toContain("To go on: waymark exp resume twice");
    const resumed = await waymark(repo, "exp", "resume", "twice");
    expect(resumed).toMatchObject({ code: 0, stdout: "now 2\nRan experiment: twice\n" });
  });
});
