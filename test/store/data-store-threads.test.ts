import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CorruptObjectsError, MissingSourceError } from "@waymark/store";
import { dataProject, findDamage, flipBit, letTimePass } from "./data-folder.ts";
import { DVC_TEST_ENV } from "./folder.ts";

const COUNT = 1200;
const BUILT = new URL("../../packages/store/dist/index.js", import.meta.url).href;

/** Enough files for the work to go to threads, each with content of its own. */
function writeMany(root: string, folder = "data", count = COUNT): void {
  for (let index = 0; index < count; index += 1) {
    const sub = join(root, folder, `d${index % 10}`);
    if (index < 10) mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, `f${index}`), `content ${index}\n`.repeat((index % 7) + 1));
  }
}

/** Runs a program of ours in a process of its own; its last line, and how it ended. */
async function run(script: string, killAfterMs?: number): Promise<{ stdout: string; code: number | null }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ...DVC_TEST_ENV },
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.pipe(process.stderr);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  return { stdout: stdout.trim(), code };
}

function addScript(root: string, folder: string): string {
  return `import { DataStore } from ${JSON.stringify(BUILT)};
    const store = DataStore.open(${JSON.stringify(join(root, ".dvc"))});
    console.log((await store.add(${JSON.stringify(join(root, folder))})).md5);
    await store.close();`;
}

describe("many files", () => {
  it("are hashed, added and checked out on threads as one by one", async () => {
    const { root, store, reopen } = dataProject({});
    writeMany(root);
    const oneByOne = store.cache.insertDirectorySync(join(root, "data"));
    rmSync(join(root, ".dvc/cache"), { recursive: true });
    const progress: number[] = [];
    const added = await store.add(join(root, "data"), { onProgress: ({ files }) => progress.push(files) });
    expect(added.md5).toBe(oneByOne.md5);
    expect(progress.at(-1)).toBe(COUNT);
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    rmSync(join(root, "data"), { recursive: true });
    expect((await reopen().checkout([{ path: "data", md5: added.md5 }])).added).toEqual(["data"]);
    expect((await reopen().hash(join(root, "data"))).md5).toBe(added.md5);
    expect(readdirSync(join(root, ".dvc/tmp/waymark/scratch"))).toEqual([]);
    expect(readdirSync(join(root, ".dvc/cache/files/.waymark-tmp"))).toEqual([]);
  });

  it("that did not change are not read again", async () => {
    const { root, store, reopen } = dataProject({});
    writeMany(root);
    await letTimePass();
    const { md5 } = await store.add(join(root, "data"));
    const path = join(root, "data/d0/f0");
    const calls: unknown[] = [];
    expect((await reopen().hash(join(root, "data"), { onProgress: (seen) => calls.push(seen) })).md5).toBe(md5);
    expect(calls).toEqual([]);
    // A change that keeps size and time of writing still shows in the time of its last change.
    const { atime, mtime } = statSync(path);
    writeFileSync(path, readFileSync(path, "utf8").replace("content", "Content"));
    utimesSync(path, atime, mtime);
    expect((await reopen().hash(join(root, "data"), { onProgress: (seen) => calls.push(seen) })).md5).not.toBe(md5);
    expect(calls.at(-1)).toMatchObject({ totalFiles: 1 });
  });

  it("stop being worked on when it is asked for, and leave nothing half done", async () => {
    const { root, store } = dataProject({});
    writeMany(root);
    const controller = new AbortController();
    // The call returned once the threads had their work.
    const adding = store.add(join(root, "data"), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(adding).rejects.toThrow("enough");
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    expect(readdirSync(root)).toEqual([".dvc", ".dvcignore", "data"]);
    expect(store.cache.listMissing((await store.add(join(root, "data"))).md5)).toEqual([]);
  });

  it("say which of them could not be read", async () => {
    const { root, store } = dataProject({});
    writeMany(root);
    const adding = store.add(join(root, "data"));
    // It was seen, and is gone when its turn comes.
    rmSync(join(root, "data/d9/f1199"));
    await expect(adding).rejects.toThrow(MissingSourceError);
    await expect(adding).rejects.toThrow("f1199");
  });

  it.each(["hardlink", "copy"])("with damaged objects: each is named, none is shown (%s)", async (type) => {
    const { root, store, reopen } = dataProject({}, `[cache]\n    type = ${type}\n`);
    writeMany(root);
    await letTimePass();
    const { md5, manifest } = await store.add(join(root, "data"));
    rmSync(join(root, "data"), { recursive: true });
    const hashes = [...new Set((manifest ?? []).map((entry) => entry.md5))].slice(0, 1000);
    for (const hash of hashes) flipBit(store.cache.objectPath(hash));
    const error: unknown = await reopen()
      .checkout([{ path: "data", md5 }])
      .catch((reason: unknown) => reason);
    if (!(error instanceof CorruptObjectsError)) throw error;
    expect(error.objects.map((object) => object.md5).toSorted()).toEqual(hashes.toSorted());
    const shown = (readdirSync(join(root, "data"), { recursive: true }) as string[]).filter((path) =>
      path.includes("/"),
    );
    expect(shown).toHaveLength(COUNT - hashes.length);
    for (const path of shown) {
      const index = Number(path.split("/f")[1]);
      expect(readFileSync(join(root, "data", path), "utf8")).toBe(`content ${index}\n`.repeat((index % 7) + 1));
    }
  });
});

describe("two processes", () => {
  it("add the same folder and others at once, and lose nothing", { timeout: 120_000 }, async () => {
    const { root, store } = dataProject({});
    writeMany(root, "data");
    writeMany(root, "other", 300);
    const [one, two, three] = await Promise.all(
      ["data", "data", "other"].map(async (folder) => run(addScript(root, folder))),
    );
    expect(one?.stdout).toBe(two?.stdout);
    for (const result of [one, three]) expect(store.cache.listMissing(result?.stdout ?? "")).toEqual([]);
    expect(findDamage(store.cache.cacheDir)).toEqual([]);
    expect((await store.hash(join(root, "data"))).md5).toBe(one?.stdout);
    expect((await store.hash(join(root, "other"))).md5).toBe(three?.stdout);
  });

  it("of which one is killed: the other completes, and nothing is torn", { timeout: 120_000 }, async () => {
    for (const killAfterMs of [150, 300, 500]) {
      const { root, store } = dataProject({});
      writeMany(root);
      await run(addScript(root, "data"), killAfterMs);
      expect(findDamage(store.cache.cacheDir)).toEqual([]);
      const { md5 } = await store.add(join(root, "data"));
      expect(store.cache.listMissing(md5)).toEqual([]);
      expect(findDamage(store.cache.cacheDir)).toEqual([]);
    }
  });
});
