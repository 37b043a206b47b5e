import { renameSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { runFamily } from "./family.ts";
import { applyHere, saveHere } from "./support.ts";

const NAMES = [
  "Größe/naïve café.txt",
  "cafe\u0301 decomposed.txt",
  "日本語/ファイル.txt",
  "emoji 🎯.txt",
  " leading and trailing ",
  "-dash.txt",
  ":(glob)*.txt",
  "star*[x]?.txt",
  'quo"te\\back.txt',
  "line\nbreak.txt",
  "kept\nbroken.txt",
  "tab\there.txt",
  "$(touch pwned).txt",
  ".hidden/.x",
];

test("names of every kind come back as they were", async () => {
  const repo = gitRepo(Object.fromEntries(NAMES.map((name) => [name, "1\n"])));
  for (const [at, name] of NAMES.entries()) {
    if (at % 3 === 0) repo.remove(name);
    else repo.write(name, `changed ${at}\n`);
  }
  repo.write("Zoë/neu é.txt", "new\n");
  const commit = await runFamily(repo, { save: ["-I", "Zoë/neu é.txt"] });
  const files = repo.git("ls-tree", "-r", "-z", "--name-only", commit).split("\0");
  expect(files).toEqual(expect.arrayContaining(["Zoë/neu é.txt", "cafe\u0301 decomposed.txt", "tab\there.txt"]));
  expect(repo.has("pwned")).toBe(false);
});

test("names that differ in accents' spelling alone are two files where the file system says so", async () => {
  const repo = gitRepo({ "\u00e9.txt": "composed\n", "e\u0301.txt": "decomposed\n" });
  repo.write("\u00e9.txt", "changed\n");
  await runFamily(repo);
  expect(repo.read("e\u0301.txt")).toBe("decomposed\n");
});

test("a file whose name changed in case alone is there under the new name", async () => {
  for (const ignoresCase of ["true", "false"]) {
    const repo = gitRepo({ "README.md": "read me\n", "src/Main.py": "main\n" });
    repo.git("config", "core.ignorecase", ignoresCase);
    renameSync(repo.path("README.md"), repo.path("Readme.md"));
    renameSync(repo.path("src/Main.py"), repo.path("src/main.py"));
    repo.write("src/main.py", "changed\n");
    const commit = await runFamily(repo, { save: ["-I", "Readme.md", "-I", "src/main.py"] });
    expect(Object.keys(repo.files(commit))).toEqual(expect.arrayContaining(["Readme.md", "src/main.py"]));
    expect([repo.has("README.md"), repo.read("Readme.md")]).toEqual([false, "read me\n"]);
  }
});

test("a name that is no UTF-8 stops what would write another file in its stead", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const name = Buffer.concat([Buffer.from(`${repo.root}/`), Buffer.from([0x66, 0xff, 0x66])]);
  writeFileSync(name, "1\n");
  const latin = repo.commitAll("an old name");
  repo.git("reset", "--quiet", "--hard", "HEAD~");
  await expect(applyHere(repo, latin)).rejects.toThrow(/is not UTF-8/u);
  expect(repo.git("status", "--short")).toBe("");
  repo.write("a.txt", "mine\n");
  expect((await saveHere(repo)).leftOut).toEqual([]);
});
