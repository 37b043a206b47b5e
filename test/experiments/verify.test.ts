import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { shareProject } from "./share-project.ts";

/** The files below `files/md5` of a cache or remote, absolute, largest names last. */
function objectsOf(folder: string): string[] {
  return readdirSync(join(folder, "files", "md5"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("`exp verify` tells an experiment that was shared from one that was not", async () => {
  const project = await shareProject();
  const { ada } = project;
  await project.save("one", 1);
  const before = await project.run(ada, "exp", "verify", "one");
  expect(before.code).toBe(1);
  expect(before.stdout).toMatch(/one +1 +complete +not there +complete +2 missing of 2\n/u);
  expect(before.stdout).toContain("one: missing at the data remote:\n  data (md5 ");
  await project.expect(ada, "exp", "push", "origin");
  expect(await project.expect(ada, "exp", "verify", "one")).toMatch(
    /one +1 +complete +complete +complete +complete\n$/u,
  );
  expect(await project.json(ada, "exp", "verify", "one")).toEqual([
    {
      ...{ name: "one", ref: project.ref("one"), commit: ada.git("rev-parse", project.ref("one")) },
      ...{ commits: 1, complete: true, git_here: { total: expect.any(Number), missing: [], damaged: [] } },
      git_remote: "same",
      data_here: { total: 2, missing: [], damaged: [] },
      data_remote: { total: 2, missing: [], damaged: [] },
    },
  ]);
});

test("`exp verify` names what is gone: Git objects, cached files, files at the remote", async () => {
  const project = await shareProject();
  const { ada } = project;
  await project.save("one", 1);
  await project.expect(ada, "exp", "push", "origin");
  const blob = ada.git("rev-parse", `${project.ref("one")}:params.yaml`);
  rmSync(ada.path(".git", "objects", blob.slice(0, 2), blob.slice(2)));
  for (const object of objectsOf(ada.path(".dvc", "cache"))) rmSync(object);
  for (const object of objectsOf(project.store).filter((path) => !path.endsWith(".dir"))) rmSync(object);
  const result = await project.run(ada, "exp", "verify", "one");
  expect(result.code).toBe(1);
  expect(result.stdout).toContain(`one: missing in Git here:\n  ${blob}\n`);
  expect(result.stdout).toContain("one: missing in the cache:\n  data (md5 ");
  const offline = await project.run(ada, "exp", "verify", "one", "--offline");
  expect(offline.stdout).toMatch(/one +1 +1 missing of \d+ +- +1 missing of 1 +-\n/u);
});

test("`exp verify` finds trees and files whose bytes are others, here and in Git", async () => {
  const project = await shareProject();
  const { ada } = project;
  await project.save("one", 1);
  await project.save("two", 2);
  await project.expect(ada, "exp", "push", "origin");
  const spoil = (id: string): void => {
    const path = ada.path(".git", "objects", id.slice(0, 2), id.slice(2));
    chmodSync(path, 0o644);
    writeFileSync(path, deflateSync(Buffer.from("blob 2\0x\n")));
  };
  const blob = ada.git("rev-parse", `${project.ref("one")}:params.yaml`);
  const tree = ada.git("rev-parse", `${project.ref("two")}^{tree}`);
  for (const id of [blob, tree]) spoil(id);
  expect((await project.run(ada, "exp", "verify", "one", "--offline")).code).toBe(0);
  const deep = await project.run(ada, "exp", "verify", "one", "--deep");
  expect([deep.code, deep.stdout]).toEqual([1, expect.stringContaining(`one: damaged in Git here:\n  ${blob}\n`)]);
  // A tree must be read even to list what is in it.
  const { code, stdout } = await project.run(ada, "exp", "verify", "two", "--offline");
  expect([code, stdout]).toEqual([1, expect.stringContaining(tree)]);
});

test("`exp verify --deep` finds a damaged file that the quick look passes over", async () => {
  const project = await shareProject();
  const { ada } = project;
  await project.save("one", 1);
  await project.expect(ada, "exp", "push", "origin");
  const spoil = (path: string): void => {
    chmodSync(path, 0o644);
    writeFileSync(path, "not what it was\n");
  };
  for (const object of objectsOf(project.store).filter((path) => !path.endsWith(".dir"))) spoil(object);
  expect((await project.run(ada, "exp", "verify", "one")).code).toBe(0);
  const { code, stdout } = await project.run(ada, "exp", "verify", "one", "--deep");
  expect([code, stdout]).toEqual([1, expect.stringContaining("one: damaged at the data remote:\n  data/x.txt (md5 ")]);
});
