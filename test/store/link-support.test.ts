import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLinkSupport } from "@waymark/store";
import { expect, onTestFinished, test } from "vitest";

const NOBODY = 65_534;

/** Permissions do not stop root: what is tested is what somebody else may do. */
function asNobody<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

test("a cache that may only be read shows by its objects how it can be linked to", () => {
  const folder = mkdtempSync(join(tmpdir(), "waymark-links-"));
  const [cache, project] = [join(folder, "cache"), join(folder, "project")];
  for (const path of [cache, project]) mkdirSync(path);
  onTestFinished(() => {
    chmodSync(cache, 0o755);
    rmSync(folder, { recursive: true });
  });
  chmodSync(folder, 0o755);
  chmodSync(project, 0o777);
  chmodSync(cache, 0o555);
  expect(asNobody(() => findLinkSupport(cache, project))).toEqual([]);
  chmodSync(cache, 0o755);
  mkdirSync(join(cache, "files", "md5", "ab"), { recursive: true });
  writeFileSync(join(cache, "files", "md5", "ab", "cdef"), "object\n");
  chmodSync(cache, 0o555);
  // Whether other links work is up to the system; this one does wherever there are any.
  expect(asNobody(() => findLinkSupport(cache, project))).toContain("symlink");
  expect([readdirSync(cache), readdirSync(project)]).toEqual([["files"], []]);
});
