import { expect, test } from "vitest";
import { pipelineRepo, repro } from "./repro-project.ts";

/** Reads its inputs, then the user edits them while it goes on. */
const EDITED = `stages:
  train:
    cmd: cat code.txt params.yaml > model.txt; sh edit.sh; touch lib/cache.bin
    deps: [code.txt, lib]
    params: [lr, epochs]
    outs: [model.txt]
`;
const FILES = { "code.txt": "one\n", "lib/a.txt": "a\n", "params.yaml": "lr: 11\nepochs: 3\nother: 1\n" };

test("a stage whose inputs are edited while it runs is warned of, and not found again by what they became", async () => {
  const repo = pipelineRepo(EDITED, { ...FILES, "edit.sh": "sed -i.bak s/11/999/ params.yaml; echo two > code.txt\n" });
  const { warnings, error } = await repro(repo);
  expect(error).toBeUndefined();
  expect(warnings).toEqual([
    "Changed while stage 'train' ran: code.txt, params.yaml:lr. Recorded is what is there now, which it may not have " +
      "used. To be sure, run it again with `-f`.",
  ]);
  // As DVC records it.
  expect(repo.read("dvc.lock")).toContain("lr: 999");
  repo.write("edit.sh", "");
  repo.remove("dvc.lock");
  repo.remove("model.txt");
  expect((await repro(repo)).events).toContain("train: running");
  expect(repo.read("model.txt")).toContain("999");
});

test("what a command leaves in a folder it reads, and params of other stages, are no edits", async () => {
  const repo = pipelineRepo(EDITED, { ...FILES, "edit.sh": "sed -i.bak 's/other: 1/other: 2/' params.yaml\n" });
  expect(await repro(repo)).toMatchObject({ warnings: [], error: undefined });
  repo.remove("dvc.lock");
  repo.remove("model.txt");
  expect((await repro(repo)).events).toContain("train: restored");
});
