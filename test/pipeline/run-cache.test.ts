import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float, type DvcLockStage } from "@waymark/core";
import { RunCache, runCacheNames } from "@waymark/pipeline";
import { expect, test } from "vitest";
import { dvcProject } from "../store/folder.ts";

const PREPARE: DvcLockStage = {
  cmd: "mkdir -p prep && sort raw.txt > prep/a.txt && cp raw.txt prep/b.txt",
  deps: [{ path: "raw.txt", hash: "md5", md5: "c50b8a351c4f73c8f4faac01e26bcbff", size: 6 }],
  params: { "params.yaml": { prepare: { top: 2 } } },
  outs: [{ path: "prep", hash: "md5", md5: "a6c027a88549d72dc007d67f93c1dad2.dir", size: 12, nfiles: 2 }],
};
const TRAIN: DvcLockStage = {
  cmd: `cat prep/a.txt > model.txt && echo '{"acc":0.9}' > metrics.json`,
  deps: [{ path: "prep", hash: "md5", md5: "a6c027a88549d72dc007d67f93c1dad2.dir", size: 12, nfiles: 2 }],
  params: { "params.yaml": { "train.epochs": 3, "train.lr": float(0.001) } },
  outs: [
    { path: "metrics.json", hash: "md5", md5: "3b42fffb5569bd01eb764a4f395f7f1d", size: 12 },
    { path: "model.txt", hash: "md5", md5: "40c53c58fdafacc83cfff6ee3d2f6d69", size: 6 },
  ],
};

/** What is looked up: the inputs, and where the outputs will be. */
function wanted(stage: DvcLockStage, params?: DvcLockStage["params"]): DvcLockStage {
  const outs = (stage.outs ?? []).map(({ path }) => ({ path }));
  return { ...stage, outs, ...(params === undefined ? {} : { params }) };
}

function folderOf(cacheDir: string, stage: DvcLockStage): string {
  const { key } = runCacheNames(stage);
  return join(cacheDir, "runs", key.slice(0, 2), key);
}

test("names entries as DVC does", () => {
  expect(runCacheNames(PREPARE)).toEqual({
    key: "011864084cf61c626c5d686bbd72a3393b45f6e8a775049809f67a669e3bee5b",
    value: "02f85a50f7f584942d46207ce3029702ae3ac8ae2d2422a42b60a7d7dacea534",
  });
  expect(runCacheNames(TRAIN)).toEqual({
    key: "d13b8c4ec70766b82cf3d026ea585ac3cd2165672a5f6fefbc17df6c60c18adf",
    value: "ba4913421ddad764064e1c40b0475f373ae3d223a9488cfc44d50ea078ce8e31",
  });
});

test("tells whole floats from integers, and looks at no size", () => {
  const keyOf = (params: Record<string, unknown>): string => runCacheNames(wanted(PREPARE, { "p.yaml": params })).key;
  expect(keyOf({ lr: float(1) })).not.toBe(keyOf({ lr: 1 }));
  expect(keyOf({ size: 1 })).toBe(keyOf({ size: 2 }));
  expect(runCacheNames({ ...TRAIN, deps: [{ ...TRAIN.deps?.[0], size: 1 }] })).toEqual(runCacheNames(TRAIN));
});

test("takes no params for what it is: nothing", () => {
  const { params: _, ...rest } = PREPARE;
  expect(runCacheNames({ ...rest, params: {} })).toEqual(runCacheNames(rest));
  expect(runCacheNames(rest).key).toBe("ab15ddf300ae146cf5493ea6a88609e3b18223ca35ee19e2b3bbaa523cbd8ec8");
});

test("gives back what was kept, with the bytes of a lock entry", () => {
  const cacheDir = dvcProject().cache.cacheDir;
  const cache = new RunCache(cacheDir);
  expect(cache.find(wanted(TRAIN))).toBeUndefined();
  cache.save(TRAIN);
  expect(cache.find(wanted(TRAIN))).toEqual(TRAIN);
  const folder = folderOf(cacheDir, TRAIN);
  expect(readdirSync(folder)).toEqual([runCacheNames(TRAIN).value]);
  expect(readFileSync(join(folder, runCacheNames(TRAIN).value), "utf8")).toMatch(
    /^cmd: cat prep[^]*\ndeps:\n- path: prep\n/,
  );
});

test("picks the newest entry, as DVC does", () => {
  const cacheDir = dvcProject().cache.cacheDir;
  const cache = new RunCache(cacheDir);
  const other = {
    ...TRAIN,
    outs: TRAIN.outs?.map((out) => ({ ...out, md5: "c50b8a351c4f73c8f4faac01e26bcbff" })) ?? [],
  };
  cache.save(TRAIN);
  cache.save(other);
  const at = (stage: DvcLockStage): string => join(folderOf(cacheDir, stage), runCacheNames(stage).value);
  utimesSync(at(TRAIN), 2000, 2000);
  utimesSync(at(other), 1000, 1000);
  expect(cache.find(wanted(TRAIN))).toEqual(TRAIN);
  utimesSync(at(other), 3000, 3000);
  expect(cache.find(wanted(TRAIN))).toEqual(other);
});

test("does not take a run for that of another value of a param called size", () => {
  const cache = new RunCache(dvcProject().cache.cacheDir);
  const small = { ...TRAIN, params: { "params.yaml": { model: { size: 1 } } } };
  cache.save(small);
  expect(cache.find(wanted(small))).toEqual(small);
  expect(cache.find(wanted(TRAIN, { "params.yaml": { model: { size: 2 } } }))).toBeUndefined();
});

test("removes an entry that cannot be read, and takes it for a miss", () => {
  const cacheDir = dvcProject().cache.cacheDir;
  const corrupt: string[] = [];
  const cache = new RunCache(cacheDir, { onCorrupt: (path) => corrupt.push(path) });
  cache.save(TRAIN);
  const path = join(folderOf(cacheDir, TRAIN), "newer");
  writeFileSync(path, "cmd: x\nfoo: 1\n");
  utimesSync(path, 4_000_000_000, 4_000_000_000);
  expect(cache.find(wanted(TRAIN))).toBeUndefined();
  expect(corrupt).toEqual([path]);
  expect(cache.find(wanted(TRAIN))).toEqual(TRAIN);
});
