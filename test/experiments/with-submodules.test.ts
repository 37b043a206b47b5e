import { expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { runFamily } from "./family.ts";
import { applyHere, saveHere } from "./support.ts";

/** A repository with the submodule `lib`, at the first of its two commits. */
function withSubmodule(): { repo: GitRepo; library: GitRepo; second: string } {
  const library = gitRepo({ "lib.txt": "1\n" });
  const first = library.head();
  library.write("lib.txt", "2\n");
  const second = library.commitAll("second");
  library.git("reset", "--quiet", "--hard", first);
  const repo = gitRepo({ "a.txt": "a\n" });
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root, "lib");
  repo.commitAll("with a library");
  library.git("branch", "later", second);
  repo.git("-C", "lib", "-c", "protocol.file.allow=always", "fetch", "--quiet", "origin");
  return { repo, library, second };
}

test("submodules stay as they are: their files are another repository's", async () => {
  const { repo } = withSubmodule();
  repo.write("a.txt", "changed\n");
  repo.write("lib/lib.txt", "edited in the library\n");
  repo.write("lib/untracked.txt", "u\n");
  await runFamily(repo);
  expect([repo.read("lib/lib.txt"), repo.read("lib/untracked.txt")]).toEqual(["edited in the library\n", "u\n"]);
});

test("an experiment holds the commit a submodule is at, and applying it says where it differs", async () => {
  const { repo, second } = withSubmodule();
  repo.git("-C", "lib", "switch", "--quiet", "--detach", second);
  repo.write("a.txt", "with the second\n");
  const { commit } = await saveHere(repo, { name: "second" });
  expect(repo.git("ls-tree", commit, "lib")).toContain(second);
  const { stderr } = await runHere(repo.root, ["exp", "apply", "HEAD"]);
  expect(stderr).toContain("Submodule 'lib' is at another commit in the experiment; it was left as it is.");
  expect([repo.git("-C", "lib", "rev-parse", "HEAD"), repo.read("a.txt")]).toEqual([second, "a\n"]);
  const applied = await applyHere(repo, "second");
  expect([applied.submodules, repo.read("a.txt")]).toEqual([[], "with the second\n"]);
});

test("an experiment without the submodule leaves it there", async () => {
  const { repo } = withSubmodule();
  await applyHere(repo, "HEAD~");
  expect([repo.read("lib/lib.txt"), repo.has(".gitmodules")]).toEqual(["1\n", false]);
});

test("files in the place of another repository are refused, even with force", async () => {
  const { repo } = withSubmodule();
  const head = repo.head();
  repo.git("switch", "--quiet", "--detach", "HEAD~");
  repo.remove("lib");
  repo.write("lib/own.txt", "own\n");
  const withFolder = repo.commitAll("a folder of that name");
  repo.remove("lib");
  repo.write("lib", "own\n");
  const withFile = repo.commitAll("a file of that name");
  repo.remove("lib");
  repo.git("switch", "--quiet", "--force", "--detach", head);
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
  for (const commit of [withFolder, withFile]) {
    await expect(applyHere(repo, commit, { force: true })).rejects.toThrow("'lib' is a Git repository of its own");
  }
  expect(repo.read("lib/lib.txt")).toBe("1\n");
});
