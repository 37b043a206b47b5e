import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataProject, findDamage, readTree } from "./data-folder.ts";

const part = fc
  .string({ unit: "binary", minLength: 1, maxLength: 6 })
  .map((text) => text.replace(/[/\0\ufffd]|\p{Surrogate}/gu, "_"))
  .filter((text) => !/^\.{1,2}$|^\.(git|dvc|hg|dvcignore)$/i.test(text) && Buffer.byteLength(text) < 200)
  // Names that some file system takes for Git's own are refused, and tested elsewhere.
  .map((text) => `n${text}`);
const tree = fc.dictionary(
  fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
  fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(new Uint8Array(0), Buffer.from("a\r\nb\r\n"))),
  { minKeys: 0, maxKeys: 12, noNullPrototype: true },
);
const linkTypes = fc.constantFrom("copy", "hardlink", "symlink", "reflink,copy");

/** Writes a tree, leaving out names that are a file here and a folder there. */
function writeTree(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, data] of Object.entries(files)) {
    try {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), data);
    } catch {
      // `a` and `a/b` cannot both be files.
    }
  }
}

describe("a folder of any files", () => {
  it("comes back as it was, also after anything else stood there", async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, linkTypes, async (files, others, types) => {
        const { root, reopen } = dataProject({}, `[cache]\n    type = "${types}"\n`);
        const folder = join(root, "data");
        writeTree(folder, files);
        const store = reopen();
        const first = await store.add(folder);
        const content = readTree(folder);
        rmSync(folder, { recursive: true });
        writeTree(folder, others);
        const second = await store.add(folder);
        const otherContent = readTree(folder);
        await store.checkout([{ path: "data", md5: first.md5 }]);
        expect(readTree(folder)).toEqual(content);
        expect((await reopen().hash(folder)).md5).toBe(first.md5);
        await store.checkout([{ path: "data", md5: second.md5 }]);
        expect(readTree(folder)).toEqual(otherContent);
        expect((await store.checkout([{ path: "data", md5: second.md5 }])).modified).toEqual([]);
        expect(findDamage(store.cache.cacheDir)).toEqual([]);
        // The synchronous way records the same.
        expect(store.cache.insertDirectorySync(folder).md5).toBe(second.md5);
      }),
      { numRuns: 25 },
    );
  });
});
