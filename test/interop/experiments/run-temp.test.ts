import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { runHere } from "../../support/in-process.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../../support/python.ts";
import { ours, pipelineRepo, shown } from "./pipeline-repo.ts";

const TIMEOUT_MS = 120_000;
test(
  "the real DVC shows and applies what ran beside the workspace as what it ran there itself",
  async () => {
    const repo = pipelineRepo();
    repo.write("params.yaml", "lr: 0.5\n");
    const before = repo.git("status", "--short");
    await ours(repo, "exp", "run", "--temp", "-n", "ours");
    expect(repo.git("status", "--short")).toBe(before);
    dvc(repo.root, "exp", "run", "--temp", "-n", "theirs");
    const rows = shown(repo);
    const comparable = (name: string): unknown => {
      const { rev: _rev, timestamp: _timestamp, ...data } = rows.get(name) as Record<string, unknown>;
      return data;
    };
    expect(comparable("ours")).toEqual(comparable("theirs"));
    const ref = (name: string): string => `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/${name}`;
    expect(repo.files(ref("ours"))).toEqual(repo.files(ref("theirs")));
    dvc(repo.root, "exp", "apply", "ours");
    expect(repo.read("model.bin")).toBe("1\n2\nlr: 0.5\n");
  },
  TIMEOUT_MS,
);

test(
  "temporary runs of both tools go on at the same time",
  async () => {
    const repo = pipelineRepo();
    const args = ["-m", "dvc", "exp", "run", "--temp", "--force", "-n", "theirs"];
    const theirs = spawn(PYTHON, args, { cwd: repo.root, env: { ...INTEROP_ENV }, stdio: "ignore" });
    const ended = once(theirs, "exit");
    await Promise.all(["one", "two"].map(async (name) => ours(repo, "exp", "run", "--temp", "-n", name)));
    expect(await ended).toEqual([0, null]);
    expect([...shown(repo).keys()].toSorted()).toEqual(["one", "theirs", "two"]);
    expect(dvc(repo.root, "status").trim()).toMatch(/train|up to date/u);
    expect(repo.git("status", "--short")).toBe("");
  },
  TIMEOUT_MS,
);

test(
  "the real DVC works inside of the work tree of a run, with the same cache",
  async () => {
    const repo = pipelineRepo();
    const script = `${PYTHON} -m dvc status data.csv.dvc && ${PYTHON} -m dvc cache dir`;
    const { code, stdout, stderr } = await runHere(
      repo.root,
      ["exp", "run", "--temp", "-n", "inside", "--", "sh", "-c", script],
      INTEROP_ENV,
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("up to date");
    expect(stdout).toContain(repo.path(".dvc/cache"));
  },
  TIMEOUT_MS,
);
