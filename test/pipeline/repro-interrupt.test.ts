import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostname } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { pipelineRepo, repro, reproOk } from "./repro-project.ts";

const GOOD = "stages:\n  a: {cmd: cp in.txt o, deps: [in.txt], outs: [o, m.json: {cache: false}]}\n";

/** A project whose stage has run, and whose command now is another one. */
async function madeBefore(cmd: string): Promise<GitRepo> {
  const text = (command: string): string =>
    `stages:\n  a:\n    cmd:\n    - ${JSON.stringify(command)}\n    deps: [in.txt]\n    outs: [o]\n    metrics: [m.json: {cache: false}]\n`;
  const repo = pipelineRepo(text("cp in.txt o; echo 1 > m.json"), { "in.txt": "one\n" });
  await reproOk(repo);
  repo.write("dvc.yaml", text(cmd));
  return repo;
}

/** Reproduces, and interrupts once the command has said `ready`. */
async function interrupt(repo: GitRepo): Promise<Awaited<ReturnType<typeof repro>>> {
  const controller = new AbortController();
  return repro(
    repo,
    { signal: controller.signal },
    {
      onOutput: (_, data) => {
        if (Buffer.from(data).toString().includes("ready")) controller.abort(new Error("interrupted"));
      },
    },
  );
}

describe("Ctrl-C", () => {
  test("ends the command, and leaves everything as it was before", async () => {
    // Ready when the shell waits for its last command: in the middle of a fork some shells miss the signal.
    const repo = await madeBefore("echo half > o; (sleep 0.3; echo ready) & sleep 600");
    const lock = repo.read("dvc.lock");
    const { error } = await interrupt(repo);
    expect(error?.message).toBe("interrupted");
    expect([repo.read("o"), repo.read("m.json"), repo.read("dvc.lock")]).toEqual(["one\n", "1\n", lock]);
    expect(readdirSync(repo.path(".dvc/tmp/waymark/runs"))).toEqual([]);
    expect(repo.read(".dvc/tmp/rwlock")).toBe("{}");
  });

  test("records what a command saves that ends well, and begins nothing more", async () => {
    const repo = await madeBefore(
      "trap 'echo saved > o; echo 2 > m.json; exit 0' INT; echo ready; while :; do sleep 0.05; done",
    );
    const text = repo.read("dvc.yaml");
    repo.write("dvc.yaml", `${text}  b: {cmd: cp o b, deps: [o], outs: [b]}\n`);
    const { error } = await interrupt(repo);
    expect(error?.message).toBe("interrupted");
    expect([repo.read("o"), repo.has("b")]).toEqual(["saved\n", false]);
    expect((await reproOk(repo)).stages).toEqual(["b"]);
  });

  test("ends all stages that run side by side", async () => {
    const text = `stages:
  a: {cmd: "echo $$ > a.pid; touch a.on; while [ ! -e b.on ]; do sleep 0.01; done; (sleep 0.3; echo ready) & sleep 600", outs: [a]}
  b: {cmd: "echo $$ > b.pid; touch b.on; sleep 600", outs: [b]}
`;
    const repo = pipelineRepo(text);
    const controller = new AbortController();
    const { error, events } = await repro(
      repo,
      { jobs: 2, signal: controller.signal },
      { onOutput: () => controller.abort(new Error("interrupted")) },
    );
    expect(error?.message).toBe("interrupted");
    expect(events.filter((event) => event.endsWith("running"))).toHaveLength(2);
    expect(repo.has("dvc.lock")).toBe(false);
  });
});

describe("after a process was killed", () => {
  const BOOT = { bootId: null, pidNamespace: null, host: hostname() };
  const DEAD = { ...BOOT, pid: 2 ** 22 + 999, processStart: "1" };

  /** What a killed process leaves: outputs that stepped aside, and half of new ones. */
  function leaveRun(repo: GitRepo, command: object | undefined, isFinished = false): string {
    const folder = repo.path(".dvc/tmp/waymark/runs/abc");
    mkdirSync(folder, { recursive: true });
    const outputs = [
      { path: repo.path("o"), isKeptOnFailure: false, places: [join(folder, "0"), repo.path(".o.abc.aside")] },
      {
        path: repo.path("m.json"),
        isKeptOnFailure: false,
        places: [join(folder, "1"), repo.path(".m.json.abc.aside")],
      },
    ];
    writeFileSync(join(folder, "run.json"), JSON.stringify({ owner: DEAD, stage: "a", outputs }));
    if (command !== undefined) writeFileSync(join(folder, "command.json"), JSON.stringify(command));
    if (isFinished) writeFileSync(join(folder, "finished"), "");
    writeFileSync(join(folder, "0"), "one\n");
    repo.write(".m.json.abc.aside", "1\n");
    repo.write("o", "half\n");
    repo.remove("m.json");
    return folder;
  }

  test("its old outputs come back, from wherever they were put", async () => {
    const repo = await madeBefore("exit 1");
    repo.write("dvc.yaml", repo.read("dvc.yaml").replace("exit 1", "cp in.txt o; echo 1 > m.json"));
    const folder = leaveRun(repo, DEAD);
    expect((await reproOk(repo)).events).toEqual(["a: unchanged"]);
    expect([repo.read("o"), repo.read("m.json")]).toEqual(["one\n", "1\n"]);
    expect([existsSync(folder), repo.has(".m.json.abc.aside")]).toEqual([false, false]);
  });

  test("what its command had finished stays", async () => {
    const repo = await madeBefore("exit 1");
    leaveRun(repo, DEAD, true);
    await repro(repo, { isDry: false, targets: ["a"], onError: "ignore" });
    expect([repo.read("o"), repo.read("m.json")]).toEqual(["half\n", "1\n"]);
  });

  test("a command that goes on without it is waited for", async () => {
    const repo = await madeBefore("cp in.txt o; echo 1 > m.json");
    const child = spawn("sh", ["-c", "sleep 0.5; echo late > late"], {
      cwd: repo.root,
      stdio: "ignore",
      detached: true,
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    leaveRun(repo, { ...BOOT, pid: child.pid, processStart: null });
    const { warnings } = await reproOk(repo);
    expect(warnings.join()).toContain(`process ${child.pid}`);
    expect(repo.has("late")).toBe(true);
    await ended;
    expect(repo.read("o")).toBe("one\n");
  });

  test("a journal that was never complete is nothing", async () => {
    const repo = pipelineRepo(GOOD.replace(", m.json: {cache: false}", ""), { "in.txt": "one\n" });
    mkdirSync(repo.path(".dvc/tmp/waymark/runs/torn"), { recursive: true });
    repo.write(".dvc/tmp/waymark/runs/torn/run.json", '{"owner":');
    expect((await reproOk(repo)).stages).toEqual(["a"]);
  });
});
