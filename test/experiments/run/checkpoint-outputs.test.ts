import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chainOf, run, runOk, runRepo } from "./run-project.ts";

const LOGGER = fileURLToPath(new URL("../../../packages/live/dist/index.js", import.meta.url));

/** Code written for DVC 2: raises its signal after every epoch, and goes on from what the model says. */
const TRAIN = `
epoch=$(cat model.txt 2>/dev/null || echo 0)
last=$((epoch + $(cat epochs.txt)))
while [ "$epoch" -lt "$last" ]; do
  epoch=$((epoch + 1))
  echo "$epoch" > model.txt
  echo "{\\"epoch\\": $epoch}" > metrics.json
  if [ -n "$DVC_CHECKPOINT" ]; then
    : > "$DVC_ROOT/.dvc/tmp/DVC_CHECKPOINT"
    while [ -e "$DVC_ROOT/.dvc/tmp/DVC_CHECKPOINT" ]; do sleep 0.01; done
  fi
  echo "epoch $epoch"
  if [ "$epoch" = "$(cat fail.txt)" ]; then echo half > model.txt; exit 5; fi
done
`;
const PIPELINE = `stages:
  train:
    cmd: sh train.sh
    deps: [train.sh, epochs.txt]
    outs: [model.txt: {checkpoint: true}]
    metrics: [metrics.json: {cache: false, persist: true}]
  test:
    cmd: echo tested >> tests.log; cp model.txt result.txt
    deps: [model.txt]
    outs: [result.txt]
`;

function project(): ReturnType<typeof runRepo> {
  const repo = runRepo({
    "dvc.yaml": PIPELINE,
    "train.sh": TRAIN,
    "epochs.txt": "3\n",
    ".gitignore": "/tests.log\n/fail.txt\n",
  });
  repo.write("fail.txt", "0\n");
  return repo;
}

function at(repo: ReturnType<typeof runRepo>, commit: string, path: string): string | undefined {
  return repo.files(commit)[path];
}

describe("checkpoint outputs", () => {
  test("make a commit for each signal of DVC 2, and one at the end, after which later stages run once", async () => {
    const repo = project();
    const before = repo.staged();
    const { name, commit, output } = await runOk(repo);
    expect(output).toBe("epoch 1\nepoch 2\nepoch 3\n");
    const chain = chainOf(repo, name);
    expect(chain).toHaveLength(4);
    expect(chain.map((id) => at(repo, id, "metrics.json"))).toEqual([1, 2, 3, 3].map((epoch) => `{"epoch": ${epoch}}`));
    const hashes = chain.map(
      (id) => /path: model.txt\n\s+hash: md5\n\s+md5: (\w+)/.exec(at(repo, id, "dvc.lock") ?? "")?.[1],
    );
    expect(new Set(hashes.slice(0, 3)).size).toBe(3);
    expect(hashes[3]).toBe(hashes[2]);
    expect(repo.read("dvc.lock")).toContain(hashes[3]);
    expect(at(repo, commit ?? "", "dvc.lock")).toContain("result.txt");
    expect(at(repo, chain[2] ?? "", "dvc.lock")).not.toContain("result.txt");
    expect(repo.read("tests.log")).toBe("tested\n");
    expect(repo.git("log", "-1", "--format=%B", commit ?? "")).toContain("Waymark-Status: finished");
    expect(repo.staged()).toBe(before);
  });

  test("are not trained again when nothing changed, and go on from where they are with force", async () => {
    const repo = project();
    await runOk(repo);
    const again = await runOk(repo);
    expect(again.output).toBe("");
    const forced = await runOk(repo, { force: true });
    expect(forced.output).toBe("epoch 4\nepoch 5\nepoch 6\n");
    expect(chainOf(repo, forced.name)).toHaveLength(4);
  });

  test("begin anew with reset, also when nothing changed", async () => {
    const repo = project();
    await runOk(repo);
    expect((await runOk(repo, { isReset: true })).output).toBe("epoch 1\nepoch 2\nepoch 3\n");
  });

  test("are kept when the stage fails; the next run goes on from the last checkpoint as the same experiment", async () => {
    const repo = project();
    repo.write("fail.txt", "2\n");
    const failed = await run(repo);
    expect(failed).toMatchObject({ state: "failed", exitCode: 5 });
    expect(chainOf(repo, failed.name)).toHaveLength(2);
    expect(repo.git("log", "-1", "--format=%B", failed.commit ?? "")).toMatch(
      /Status: failed\n[^]*Reason: .*exited with 5/,
    );
    // Nothing in the workspace says that the stage was done.
    expect(repo.has("dvc.lock")).toBe(false);
    repo.write("fail.txt", "0\n");
    const resumed = await runOk(repo);
    expect(resumed.name).toBe(failed.name);
    expect(resumed.notes.join()).toContain("was not finished");
    // The half-written model has given way to that of the checkpoint.
    expect(resumed.output).toBe("epoch 3\nepoch 4\nepoch 5\n");
    expect(chainOf(repo, failed.name)).toHaveLength(6);
  });

  test("branch off into a new experiment when params or code changed since", async () => {
    const repo = project();
    repo.write("fail.txt", "2\n");
    const failed = await run(repo);
    repo.write("fail.txt", "0\n");
    const fork = await runOk(repo, { files: { "epochs.txt": "1\n" } });
    expect(fork.name).not.toBe(failed.name);
    expect(fork.output).toBe("epoch 3\n");
    expect(repo.git("log", "--format=%B", fork.commit ?? "")).toContain(`Waymark-Forked-From: ${failed.name}@1`);
    expect(chainOf(repo, failed.name)).toHaveLength(2);
    expect(chainOf(repo, fork.name)).toHaveLength(4);
  });

  test("go on from a checkpoint in the middle, whose outputs come back first", async () => {
    const repo = project();
    const first = await runOk(repo);
    const fork = await runOk(repo, { resumeFrom: `${first.name}@0`, name: "other" });
    expect(fork.name).toBe("other");
    expect(fork.output).toBe("epoch 2\nepoch 3\nepoch 4\n");
    expect(at(repo, fork.commit ?? "", "metrics.json")).toBe('{"epoch": 4}');
    expect(chainOf(repo, "other")).toHaveLength(5);
  });

  test("can be gone on from by the id of a commit, as DVC 2 took it", async () => {
    const repo = project();
    const { name } = await runOk(repo);
    const [, second = ""] = chainOf(repo, name);
    const fork = await runOk(repo, { resumeFrom: second.slice(0, 12) });
    expect(fork.output).toBe("epoch 3\nepoch 4\nepoch 5\n");
  });

  test("take the message that was given for the last commit alone", async () => {
    const repo = project();
    const { name } = await runOk(repo, { message: "my words" });
    const first = chainOf(repo, name).map((id) => repo.git("log", "-1", "--format=%s", id));
    expect(first.at(-1)).toBe("my words");
    expect(first.slice(0, -1).every((text) => /^dvc: commit experiment [0-9a-f]{64}$/.test(text))).toBe(true);
  });

  test("leave the best to later stages and to dvc.lock, where the logger keeps the best by a metric", async () => {
    const repo = runRepo({
      "dvc.yaml": `stages:
  train: {cmd: node train.mjs, deps: [train.mjs], outs: [model.txt: {checkpoint: true}]}
  test: {cmd: cp model.txt result.txt, deps: [model.txt], outs: [result.txt]}
`,
      "train.mjs": `
import { writeFileSync } from "node:fs";
import { Live } from ${JSON.stringify(LOGGER)};
const live = new Live({ dir: "live", keep: { kind: "best", metric: "loss", goal: "min" } });
for (const loss of [5, 2, 7, 4]) {
  writeFileSync("model.txt", String(loss));
  live.logMetric("loss", loss);
  await live.checkpoint("model.txt");
  live.nextStep();
}
live.end();
`,
    });
    const { name, notes, commit } = await runOk(repo);
    expect(repo.read("result.txt")).toBe("2");
    expect(repo.read("model.txt")).toBe("2");
    expect(notes.join()).toContain(`${name}@1`);
    expect(repo.files(commit ?? "")["model.txt.dvc"]).toBeUndefined();
    expect(chainOf(repo, name)).toHaveLength(2);
  });
});
