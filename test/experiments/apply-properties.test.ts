import { chmodSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isLong } from "../support/fault-run.ts";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { readFiles } from "./family.ts";
import { applyHere, saveHere, undoHere } from "./support.ts";

/** Few names, so that they meet: files, folders of the same name, data and its pointers. */
const NAMES = ["a", "a/b", "a/b/c", "d.txt", "run.sh", ".gitattributes", "é", "x y"] as const;
const CONTENTS = ["", "1\n", "2\r\n", "\0\xff", "long ".repeat(2000)] as const;

type Edit =
  | { readonly kind: "write"; readonly path: string; readonly content: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "remove" | "stage" | "unstage"; readonly path: string };

const path = fc.constantFrom(...NAMES);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    path,
    content: fc.constantFrom(...CONTENTS),
    mode: fc.constantFrom(0o644, 0o755),
  }),
  fc.record({ kind: fc.constant("link" as const), path, target: fc.constantFrom("d.txt", "nowhere", "..") }),
  fc.record({ kind: fc.constantFrom("remove" as const, "stage" as const, "unstage" as const), path }),
);
const edits = fc.array(edit, { minLength: 1, maxLength: 8 });

function make(repo: GitRepo, list: readonly Edit[]): void {
  for (const one of list) {
    const absolute = repo.path(one.path);
    const parts = one.path.split("/");
    const above = parts.slice(0, -1).map((_, depth) => repo.path(...parts.slice(0, depth + 1)));
    const obstacle = above.find((folder) => lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === false);
    switch (one.kind) {
      case "write":
      case "link":
        if (obstacle !== undefined) rmSync(obstacle);
        rmSync(absolute, { recursive: true, force: true });
        repo.write(one.path, one.kind === "write" ? Buffer.from(one.content, "latin1") : "");
        if (one.kind === "write") chmodSync(absolute, one.mode);
        else {
          rmSync(absolute);
          symlinkSync(one.target, absolute);
        }
        break;
      case "remove":
        // Never through a link: what it points to is not the test's.
        if (obstacle === undefined) rmSync(absolute, { recursive: true, force: true });
        break;
      case "stage":
        attempt(() => repo.git("add", "--all", "--", one.path));
        break;
      case "unstage":
        attempt(() => repo.git("rm", "-r", "--quiet", "--cached", "--", one.path));
        break;
    }
  }
}

/** Git refuses a path that is nowhere. */
function attempt(action: () => unknown): void {
  try {
    action();
  } catch {
    // Nothing to stage or unstage.
  }
}

/** A repository is made for every case, and Git is started some sixty times. */
const TIMEOUT_MS = isLong ? 3_600_000 : 60_000;

test("what cannot be lost is refused, or comes back by an undo", { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(edits, edits, async (ofExperiment, since) => {
      const repo = gitRepo({ "a/b": "start\n", "d.txt": "d\n", "run.sh": "#!/bin/sh\n", other: "o\n" });
      make(repo, ofExperiment);
      await saveHere(repo, { name: "mine" });
      make(repo, since);
      const [files, staged] = [readFiles(repo.root), repo.staged()];
      const tree = repo.git("rev-parse", "HEAD");

      const applied = await applyHere(repo, "HEAD").catch((error: { code?: string }) => {
        if (error.code !== "FILES_IN_THE_WAY") throw error as Error;
        expect([readFiles(repo.root), repo.staged()]).toEqual([files, staged]);
        return applyHere(repo, "HEAD", { force: true });
      });
      expect(repo.staged()).toBe(staged);
      // Every file of HEAD is there as it was committed.
      const wanted = repo.git("ls-tree", "-r", "-z", "--name-only", tree).split("\0").filter(Boolean);
      for (const name of wanted) expect(repo.git("hash-object", name)).toBe(repo.git("rev-parse", `${tree}:${name}`));

      // It may have been as it was committed all the time.
      if (applied.operation !== undefined) await undoHere(repo);
      expect(readFiles(repo.root)).toEqual(files);
      expect(repo.staged()).toBe(staged);
    }),
    { numRuns: isLong ? 300 : 4 },
  );
});
