import { utimesSync, writeFileSync } from "node:fs";
import type { DataProgress } from "@waymark/store";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { applyHere, saveHere, undoHere } from "./support.ts";

const PIPELINE = `stages:
  train:
    cmd: train
    params:
    - lr
    outs:
    - model
    - big.bin
`;

/** Two experiments of a pipeline, `low` and `high`; the workspace is as the second left it. */
async function twoRuns(): Promise<GitRepo> {
  const repo = gitRepo({ "dvc.yaml": PIPELINE, "params.yaml": "lr: 0\n", ".gitignore": "/model\n/big.bin\n" });
  for (const [name, lr] of [
    ["low", 1],
    ["high", 2],
  ] as const) {
    repo.write("params.yaml", `lr: ${lr}\n`);
    repo.write("model/weights", `weights ${lr}\n`);
    repo.write("model/same", "same\n");
    repo.write("big.bin", `big ${lr}\n`);
    if (lr === 2) repo.write("model/extra", "extra\n");
    await saveHere(repo, { name });
  }
  return repo;
}

describe("applying an experiment of a pipeline", () => {
  test("checks out what dvc.lock names, and removes what it does not", async () => {
    const repo = await twoRuns();
    const { data } = await applyHere(repo, "low");
    expect(data.files.toSorted()).toEqual(["big.bin", "model/extra", "model/weights"]);
    expect([repo.read("model/weights"), repo.read("big.bin"), repo.has("model/extra")]).toEqual([
      "weights 1\n",
      "big 1\n",
      false,
    ]);
    expect(repo.read("params.yaml")).toBe("lr: 1\n");
    await undoHere(repo);
    expect([repo.read("model/weights"), repo.read("model/extra")]).toEqual(["weights 2\n", "extra\n"]);
  });

  test("removes outputs of stages that are not in it", async () => {
    const repo = await twoRuns();
    await applyHere(repo, "HEAD");
    // HEAD has the stage, and nothing recorded of it: its outputs are the user's.
    expect(repo.read("big.bin")).toBe("big 2\n");
    repo.git("rm", "--quiet", "--cached", "dvc.yaml");
    repo.git("commit", "--quiet", "--message", "no pipeline");
    await applyHere(repo, "high");
    await applyHere(repo, "HEAD");
    expect([repo.has("big.bin"), repo.has("model"), repo.has("dvc.yaml")]).toEqual([false, false, false]);
  });

  test("stops at outputs that changed since they were recorded", async () => {
    const repo = await twoRuns();
    repo.write("model/weights", "trained on\n");
    await expect(applyHere(repo, "low")).rejects.toThrow(/ {2}model\/weights$/u);
    await saveHere(repo, { name: "third" });
    await applyHere(repo, "low");
    await applyHere(repo, "third");
    expect(repo.read("model/weights")).toBe("trained on\n");
  });

  test("reads no data that did not change since it was hashed", async () => {
    const repo = await twoRuns();
    writeFileSync(repo.path("big.bin"), Buffer.alloc(1 << 20, 7));
    // As old as files usually are: a file written just now may change again without showing it.
    const long = new Date(Date.now() - 60_000);
    utimesSync(repo.path("big.bin"), long, long);
    await saveHere(repo, { name: "third" });
    repo.write("params.yaml", "lr: 9\n");
    await saveHere(repo, { name: "fourth" });
    const read: DataProgress[] = [];
    await applyHere(repo, "third", { onProgress: (progress) => read.push(progress) });
    expect(repo.read("params.yaml")).toBe("lr: 2\n");
    expect(read.filter(({ totalBytes }) => totalBytes > 0)).toEqual([]);
    // The control: a file that nobody has hashed is read.
    utimesSync(repo.path("big.bin"), new Date(), new Date());
    await applyHere(repo, "fourth", { onProgress: (progress) => read.push(progress) });
    expect(Math.max(...read.map(({ totalBytes }) => totalBytes))).toBe(1 << 20);
  });
});
