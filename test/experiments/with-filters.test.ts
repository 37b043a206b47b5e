import { chmodSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runFamily } from "./family.ts";
import { applyHere, saveHere, undoHere } from "./support.ts";

/**
 * A filter that keeps files in capitals, as Git LFS keeps pointers: what Git has is not what the folder has. To Git, LFS
 * is such a filter and nothing else.
 */
function withFilter(): GitRepo {
  const repo = gitRepo({});
  repo.write(".git/clean", "#!/bin/sh\ntr a-z A-Z\n");
  repo.write(".git/smudge", "#!/bin/sh\ntr A-Z a-z\n");
  for (const name of ["clean", "smudge"]) {
    chmodSync(repo.path(".git", name), 0o755);
    repo.git("config", `filter.case.${name}`, repo.path(".git", name));
  }
  repo.git("config", "filter.case.required", "true");
  repo.write(".gitattributes", "*.big filter=case\n");
  repo.write("model.big", "weights\n");
  repo.commitAll("start");
  return repo;
}

describe("files that filters convert", () => {
  test("are kept converted, and come back as they were", async () => {
    const repo = withFilter();
    repo.write("model.big", "better weights\n");
    const commit = await runFamily(repo);
    expect(repo.files(commit)["model.big"]).toBe("BETTER WEIGHTS");
    expect(repo.read("model.big")).toBe("better weights\n");
  });

  test("come back byte for byte when an apply is undone, whatever the filter would make of them", async () => {
    const repo = withFilter();
    repo.write("model.big", "better\n");
    await saveHere(repo, { name: "mine" });
    repo.write("model.big", "MiXeD\r\n");
    await applyHere(repo, "mine", { force: true });
    expect(repo.read("model.big")).toBe("better\n");
    await undoHere(repo);
    expect(repo.read("model.big")).toBe("MiXeD\r\n");
  });

  test("follow the attributes of the experiment", async () => {
    const repo = withFilter();
    repo.write(".gitattributes", "*.big filter=case\n*.txt filter=case\n");
    repo.write("new.txt", "words\n");
    repo.git("add", "--intent-to-add", "new.txt");
    await saveHere(repo, { name: "mine" });
    repo.git("reset", "--quiet", "--hard");
    repo.remove("new.txt");
    await applyHere(repo, "mine");
    expect(repo.read("new.txt")).toBe("words\n");
  });

  test("stop an apply before anything is changed when the filter fails", async () => {
    const repo = withFilter();
    repo.write("model.big", "better\n");
    await saveHere(repo, { name: "mine" });
    repo.git("checkout", "--quiet", "--", ".");
    repo.git("config", "filter.case.smudge", "false");
    await expect(applyHere(repo, "mine")).rejects.toThrow(/smudge filter/u);
    expect(repo.read("model.big")).toBe("weights\n");
  });
});

describe("line ends", () => {
  test("of the attributes are kept", async () => {
    const repo = gitRepo({ ".gitattributes": "*.txt text eol=crlf\n*.sh text eol=lf\n*.bin -text\n" });
    repo.write("a.txt", "1\r\n2\r\n");
    repo.write("run.sh", "1\n");
    repo.write("raw.bin", "1\r\n2\n");
    repo.commitAll("files");
    repo.write("a.txt", "1\r\n2\r\n3\r\n");
    repo.write("run.sh", "1\n2\n");
    repo.write("raw.bin", "1\n2\r\n3\r");
    const commit = await runFamily(repo);
    expect(repo.git("cat-file", "blob", `${commit}:a.txt`)).toBe("1\n2\n3");
  });

  test("of core.autocrlf are kept", async () => {
    const repo = gitRepo({ "a.txt": "1\n" });
    repo.git("config", "core.autocrlf", "true");
    repo.remove("a.txt");
    repo.git("checkout", "--quiet", "--", ".");
    expect(repo.read("a.txt")).toBe("1\r\n");
    repo.write("a.txt", "1\r\n2\r\n");
    const commit = await runFamily(repo);
    expect(repo.git("cat-file", "blob", `${commit}:a.txt`)).toBe("1\n2");
  });
});
