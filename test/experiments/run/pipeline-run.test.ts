import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { isRunGoingOn, listRunRecords, runLogPath } from "@waymark/experiments";
import { formatCompactPythonJson, parseYaml } from "@waymark/core";
import { describe, expect, test } from "vitest";
import { chainOf, lastRecord, openRepo, run, runOk, runRepo } from "./run-project.ts";

const PIPELINE = `stages:
  prepare:
    cmd: cp raw.txt ready.txt
    deps: [raw.txt]
    outs: [ready.txt]
  train:
    cmd: sh train.sh
    deps: [ready.txt, train.sh, new-code.sh]
    params: [lr]
    outs: [model.txt]
    metrics: [metrics.json: {cache: false}]
metrics: [summary.json]
`;
const FILES = {
  "dvc.yaml": PIPELINE,
  "params.yaml": "lr: 0.1\n",
  "raw.txt": "raw\n",
  "train.sh": `grep lr params.yaml > model.txt; echo '{"loss": 0.5}' > metrics.json; echo '{"best": 1}' > summary.json; echo trained; echo oops >&2\n`,
  "other.txt": "other\n",
};

function project(): ReturnType<typeof runRepo> {
  const repo = runRepo(FILES);
  repo.write("new-code.sh", "# not in Git yet\n");
  return repo;
}

describe("a run of stages in the workspace", () => {
  test("saves what DVC saves, in one commit on the baseline, and leaves HEAD, index and stash alone", async () => {
    const repo = project();
    repo.write("other.txt", "edited\n");
    repo.write("staged.txt", "staged\n");
    repo.git("add", "staged.txt");
    repo.write("stray.txt", "nobody asked for it\n");
    repo.write(".git/info/exclude", "ignored.txt\n");
    repo.write("ignored.txt", "");
    const before = repo.staged();
    const { name, commit, state, output } = await runOk(repo, { files: { "params.yaml": "lr: 0.5\n" } });
    expect(state).toBe("finished");
    expect(output).toBe("trained\noops\n");
    expect(repo.staged()).toBe(before);
    expect(chainOf(repo, name)).toEqual([commit]);
    expect(repo.git("rev-parse", `${commit}^`)).toBe(repo.head());
    const files = repo.files(commit ?? "");
    expect(Object.keys(files).toSorted()).toEqual(
      [
        ...[".dvc/.gitignore", ".dvc/config", ".dvcignore", ".gitignore", "dvc.lock", "dvc.yaml", "metrics.json"],
        ...[
          "README.md",
          "new-code.sh",
          "other.txt",
          "params.yaml",
          "raw.txt",
          "staged.txt",
          "summary.json",
          "train.sh",
        ],
      ].toSorted(),
    );
    expect(files["other.txt"]).toBe("edited");
    expect(files["params.yaml"]).toBe("lr: 0.5");
    expect(repo.read("params.yaml")).toBe("lr: 0.5\n");
    expect(repo.read("model.txt")).toBe("lr: 0.5\n");
  });

  test("names the commit as DVC does: by the hash of the stages that were reproduced", async () => {
    const repo = project();
    const { commit } = await runOk(repo);
    const lock = parseYaml(repo.read("dvc.lock"), { path: "dvc.lock", keepNumberKinds: true }) as {
      stages: Record<string, unknown>;
    };
    const all = createHash("sha256")
      .update(formatCompactPythonJson(lock.stages, { sortKeys: true }))
      .digest("hex");
    expect(repo.git("log", "-1", "--format=%B", commit ?? "").trim()).toBe(`dvc: commit experiment ${all}`);
    const second = await runOk(repo, { files: { "params.yaml": "lr: 0.7\n" } });
    const now = parseYaml(repo.read("dvc.lock"), { path: "dvc.lock", keepNumberKinds: true }) as typeof lock;
    const train = { train: now.stages["train"] };
    const hash = createHash("sha256")
      .update(formatCompactPythonJson(train, { sortKeys: true }))
      .digest("hex");
    expect(repo.git("log", "-1", "--format=%B", second.commit ?? "").trim()).toBe(`dvc: commit experiment ${hash}`);
  });

  test("makes a commit also when nothing changed, with the hash of nothing", async () => {
    const repo = project();
    await runOk(repo);
    repo.commitAll("results");
    const { commit, name } = await runOk(repo, { name: "same" });
    expect(name).toBe("same");
    expect(repo.git("rev-parse", `${commit}^{tree}`)).toBe(repo.git("rev-parse", "HEAD^{tree}"));
    expect(repo.git("log", "-1", "--format=%B", commit ?? "").trim()).toBe(
      "dvc: commit experiment 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    );
  });

  test("records who runs and how it ended, with everything that was printed", async () => {
    const repo = project();
    const states: string[] = [];
    const { name, commit } = await runOk(repo, {
      name: "told",
      effects: { onOutput: () => void states.push(lastRecord(repo).state) },
    });
    expect(new Set(states)).toEqual(new Set(["running"]));
    const record = lastRecord(repo);
    expect(record).toMatchObject({
      ...{ name, commit, kind: "workspace", state: "finished", exitCode: 0, reason: null, root: repo.root },
      ...{ title: "dvc.yaml", baseline: repo.head(), task: null, pid: process.pid },
    });
    expect(isRunGoingOn(record)).toBe(false);
    expect(readFileSync(runLogPath(openRepo(repo), record.id), "utf8")).toBe(
      "Running stage 'prepare':\n> cp raw.txt ready.txt\nRunning stage 'train':\n> sh train.sh\ntrained\noops\n",
    );
  });

  test("gives commands the variables that DVC gives them", async () => {
    const repo = runRepo({ "dvc.yaml": "stages:\n  show: {cmd: env > seen.txt, outs: [seen.txt]}\n" });
    const { name } = await runOk(repo);
    const seen = repo.read("seen.txt");
    for (const line of [
      `DVC_ROOT=${repo.root}`,
      `DVC_EXP_BASELINE_REV=${repo.head()}`,
      `DVC_EXP_NAME=${name}`,
      "DVC_STAGE=show",
    ]) {
      expect(seen.split("\n")).toContain(line);
    }
    expect(seen).not.toContain("DVC_CHECKPOINT=");
    expect(seen).not.toContain("DVCLIVE_RESUME=");
  });

  test("saves nothing when a stage fails, and says which command with which code", async () => {
    const repo = project();
    repo.write("train.sh", "exit 7\n");
    const before = repo.staged();
    const result = await run(repo, { name: "bad" });
    expect(result).toMatchObject({ state: "failed", exitCode: 7, commit: null });
    expect(result.reason).toContain("exited with 7");
    expect(repo.git("for-each-ref", "refs/exps")).toBe("");
    expect(repo.staged()).toBe(before);
    expect(lastRecord(repo)).toMatchObject({ state: "failed", exitCode: 7, commit: null });
  });

  test("puts data that is missing back before anything runs, and leaves edited data as it is", async () => {
    const repo = runRepo({ "dvc.yaml": "stages:\n  use: {cmd: cat data > out, deps: [data], outs: [out]}\n" });
    repo.write("data", "one\n");
    const { addData, openDvcProject } = await import("@waymark/pipeline");
    const dvc = openDvcProject(repo.root, openRepo(repo).repo.env);
    await addData(dvc, ["data"]);
    await dvc.store.close();
    repo.commitAll("data");
    repo.remove("data");
    await runOk(repo);
    expect(repo.read("out")).toBe("one\n");
    repo.remove("data");
    repo.write("data", "two\n");
    const { commit } = await runOk(repo);
    expect(repo.read("out")).toBe("two\n");
    expect(repo.files(commit ?? "")["data.dvc"]).not.toBe(repo.files("HEAD")["data.dvc"]);
  });

  test("refuses a name that is taken before anything runs, and replaces it when told to", async () => {
    const repo = project();
    const first = await runOk(repo, { name: "one" });
    await expect(run(repo, { name: "one" })).rejects.toThrow("exists");
    await expect(run(repo, { name: "a/b" })).rejects.toThrow("cannot name an experiment");
    const second = await runOk(repo, { name: "one", force: true, message: "again" });
    expect(second.commit).not.toBe(first.commit);
    expect(chainOf(repo, "one")).toEqual([second.commit]);
  });

  test("takes another name when somebody else has made an experiment of that name meanwhile", async () => {
    const repo = project();
    const head = repo.head();
    const ref = `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/mine`;
    const other = repo.git("commit-tree", "HEAD^{tree}", "-p", head, "-m", "other");
    const result = await runOk(repo, {
      name: "mine",
      effects: { onOutput: () => void repo.git("update-ref", ref, other) },
    });
    expect(result.name).not.toBe("mine");
    expect(repo.git("rev-parse", ref)).toBe(other);
    expect(result.warnings.join()).toContain("was made meanwhile");
  });

  test("leaves untracked files that look like credentials out, and says so", async () => {
    const repo = runRepo({ "dvc.yaml": "stages:\n  use: {cmd: cat key.pem > out, deps: [key.pem], outs: [out]}\n" });
    repo.write("key.pem", "-----BEGIN PRIVATE KEY-----\n");
    const { commit, warnings } = await runOk(repo);
    expect(repo.files(commit ?? "")["key.pem"]).toBeUndefined();
    expect(warnings.join()).toContain("key.pem");
  });

  test("refuses a second run in the same workspace while one goes on", async () => {
    const repo = project();
    let second: unknown;
    await runOk(repo, {
      effects: {
        onOutput: () => {
          second ??= run(repo).catch((error: unknown) => error);
        },
      },
    });
    expect(await second).toMatchObject({ code: "WORKSPACE_BUSY" });
    expect(listRunRecords(openRepo(repo)).length).toBe(1);
  });

  test("ends at its time and saves what was made, without beginning another stage", async () => {
    const repo = runRepo({
      "dvc.yaml":
        "stages:\n  long: {cmd: echo half > long.txt; sleep 30, outs: [long.txt]}\n  next: {cmd: cp long.txt next.txt, deps: [long.txt], outs: [next.txt]}\n",
    });
    const rules = { stop: [], maxTimeMs: 2000 };
    const result = await run(repo, { rules });
    expect(result).toMatchObject({ state: "stopped", reason: "it took the 2 s it was given" });
    expect(repo.read("long.txt")).toBe("half\n");
    expect(repo.has("next.txt")).toBe(false);
    const message = repo.git("log", "-1", "--format=%B", result.commit ?? "");
    expect(message).toContain("Waymark-Reason: it took the 2 s it was given");
    expect(repo.files(result.commit ?? "")["dvc.lock"]).toContain("long.txt");
  });
});
