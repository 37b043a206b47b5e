import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidTreePathError, openRepository, TreeEditor, writeObjects, type TreeFile } from "@waymark/git";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";

describe("TreeEditor", () => {
  it("makes the trees that Git's index makes of the same edits", () => {
    const repo = gitRepo({ "a/b/one": "1", "a/two": "2", "a-b": "3", "a.b": "4", "z/deep/er": "5", run: "6" });
    const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
    if (opened === undefined) throw new Error("not a repository");
    const [id = ""] = writeObjects(opened, [{ type: "blob", data: Buffer.from("new") }]);
    const part = fc.constantFrom("a", "b", "a-b", "a.b", "é", "z", "deep");
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const mode = fc.constantFrom<TreeFile["mode"]>("100644", "100755", "120000");
    const edit = fc.tuple(path, fc.option(mode));
    const start = repo.git("rev-parse", "HEAD^{tree}");
    const property = fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
      repo.git("read-tree", "HEAD");
      const editor = new TreeEditor(opened, start);
      for (const [name, kind] of edits) {
        editor.apply(new Map([[name, kind === null ? null : { mode: kind, id }]]));
        if (kind === null) repo.git("update-index", "--force-remove", "--", name);
        else repo.git("update-index", "--add", "--replace", "--cacheinfo", `${kind},${id},${name}`);
      }
      const built = editor.build();
      writeObjects(opened, built.objects, { durable: false });
      expect(built.id).toBe(repo.git("write-tree"));
    });
    fc.assert(property, { numRuns: 25 });
    repo.git("fsck", "--strict");
  });

  it("hands out trees again until they are written", () => {
    const repo = gitRepo();
    const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
    if (opened === undefined) throw new Error("not a repository");
    const editor = new TreeEditor(opened, undefined);
    const empty = editor.build();
    expect(empty.id).toBe("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    expect(editor.build().objects).toHaveLength(1);
    editor.markWritten();
    expect(editor.build()).toEqual({ id: empty.id, objects: [] });
  });

  it.each(["../x", "/x", "a//b", ".git/hooks/x", "a/.GIT/x", "GIT~1/x", ".git /x", "a/./b", "", "a\0b"])(
    "refuses the path %j",
    (path) => {
      const repo = gitRepo();
      const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
      if (opened === undefined) throw new Error("not a repository");
      const editor = new TreeEditor(opened, undefined);
      expect(() => editor.apply(new Map([[path, null]]))).toThrow(InvalidTreePathError);
    },
  );
});
