import { chmodSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { findDamagedObjects, listObjects, openRepository } from "@waymark/git";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";

function open(root: string): NonNullable<ReturnType<typeof openRepository>> {
  const repo = openRepository(root, { env: GIT_TEST_ENV });
  if (repo === undefined) throw new Error("no repository");
  return repo;
}

test("objects whose bytes are others, that cannot be unpacked, or that are gone are all found in one look", async () => {
  const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n", "d.bin": "d".repeat(300_000) });
  const ids = ["a.txt", "b.txt", "c.txt", "d.bin"].map((path) => repo.git("rev-parse", `HEAD:${path}`));
  const file = (id: string): string => repo.path(".git", "objects", id.slice(0, 2), id.slice(2));
  expect(await findDamagedObjects(open(repo.root), [...ids, repo.head()])).toEqual([]);
  const [a = "", b = "", , d = ""] = ids;
  for (const id of [a, b]) chmodSync(file(id), 0o644);
  writeFileSync(file(a), deflateSync(Buffer.from("blob 2\0x\n")));
  writeFileSync(file(b), "no object at all");
  const gone = "1".repeat(40);
  expect(await findDamagedObjects(open(repo.root), [a, b, gone, d, repo.head()])).toEqual([a, b, gone]);
});

test("the objects of commits are listed with those that are missing, parents left out on demand", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const first = repo.head();
  repo.write("b.txt", "b\n");
  const second = repo.commitAll("second");
  const alone = await listObjects(open(repo.root), [second], { isWithoutParents: true });
  expect(alone.present).toHaveLength(4);
  expect(alone.present).not.toContain(first);
  expect((await listObjects(open(repo.root), [second])).present).toHaveLength(6);
  const gone = "2".repeat(40);
  expect(await listObjects(open(repo.root), [gone])).toEqual({ present: [], missing: [gone] });
});
