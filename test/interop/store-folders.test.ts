import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { DataStore } from "@waymark/store";
import { INTEROP_ENV, dvc } from "../support/python.ts";
import { interopProject, type InteropProject } from "../support/interop-project.ts";

function storeOf(project: InteropProject): DataStore {
  const store = DataStore.open(project.path(".dvc"), { env: { ...INTEROP_ENV } });
  onTestFinished(async () => store.close());
  return store;
}

function writeTree(project: InteropProject, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [path, content] of Object.entries(files)) {
    try {
      mkdirSync(dirname(project.path(path)), { recursive: true });
      writeFileSync(project.path(path), content);
    } catch {
      // `a` and `a/b` cannot both be files.
    }
  }
}

/** What a `.dvc` file of DVC says of its one output. */
function recorded(project: InteropProject, path: string): string | undefined {
  return /md5: (\S+)/.exec(readFileSync(project.path(`${path}.dvc`), "utf8"))?.[1];
}

const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 5 })
  .map((text) => `n${text.replace(/[/\0\ufffd]|\p{Surrogate}/gu, "_")}`);
const folder = fc.dictionary(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
  fc.uint8Array({ maxLength: 30 }),
  { minKeys: 1, maxKeys: 15, noNullPrototype: true },
);

describe("folders that both tools hash", () => {
  it("have one name, whatever is in them", { timeout: 300_000 }, async () => {
    const project = interopProject(true);
    const store = storeOf(project);
    const trees = fc.sample(folder, 12);
    for (const [index, tree] of trees.entries()) {
      writeTree(project, Object.fromEntries(Object.entries(tree).map(([path, data]) => [`t${index}/${path}`, data])));
    }
    const names = trees.map((_, index) => `t${index}`);
    dvc(project.root, "add", ...names);
    for (const path of names) {
      expect((await store.hash(project.path(path))).md5, path).toBe(recorded(project, path));
    }
  });

  it("leave the same files out", { timeout: 300_000 }, async () => {
    const project = interopProject(true);
    writeTree(project, {
      ...{
        ".dvcignore": "*.log\n!keep.log\n/data/tmp/\nsub/**/deep\n[ab]?.bin\n",
        "data/x.log": "1",
        "data/keep.log": "2",
      },
      ...{
        "data/tmp/a": "3",
        "data/sub/tmp/b": "4",
        "data/sub/q/deep": "5",
        "data/sub/deep/z": "6",
        "data/a1.bin": "7",
      },
      ...{ "data/c1.bin": "8", "data/nested/.dvc/config": "", "data/nested/y": "9", "data/.git/config": "" },
    });
    mkdirSync(project.path("data/void"));
    symlinkSync("keep.log", project.path("data/link"));
    chmodSync(project.path("data/c1.bin"), 0o755);
    const ours = await storeOf(project).hash(project.path("data"));
    dvc(project.root, "add", "data");
    expect(ours.md5).toBe(recorded(project, "data"));
  });

  it("are nothing new to DVC when we add and check them out", { timeout: 300_000 }, async () => {
    for (const type of ["copy", "hardlink", "symlink"]) {
      const project = interopProject(true);
      writeFileSync(project.path(".dvc/config"), `[cache]\n    type = ${type}\n`);
      writeTree(project, { "data/a": "1", "data/b/c": "2", "data/b/é": "3" });
      dvc(project.root, "add", "data");
      rmSync(project.path(".dvc/cache"), { recursive: true });
      rmSync(project.path("data"), { recursive: true });
      writeTree(project, { "data/a": "1", "data/b/c": "2", "data/b/é": "3" });
      const store = storeOf(project);
      const { md5 } = await store.add(project.path("data"));
      expect(md5).toBe(recorded(project, "data"));
      expect(dvc(project.root, "status")).toContain("up to date");
      rmSync(project.path("data"), { recursive: true });
      await store.checkout([{ path: "data", md5 }]);
      expect(dvc(project.root, "status")).toContain("up to date");
      rmSync(project.path("data"), { recursive: true });
      dvc(project.root, "checkout");
      expect(await store.checkout([{ path: "data", md5 }])).toMatchObject({ modified: [], added: [] });
      expect(execFileSync("find", [project.path("data"), "-type", "d", "-empty"]).toString()).toBe("");
      expect(readFileSync(join(project.root, "data/b/é"), "utf8")).toBe("3");
    }
  });
});
