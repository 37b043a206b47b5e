import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit } from "./checker.ts";

/** Files of the user's that no save may change, staged, edited and untracked ones among them. */
export const USER_FILES = ["kept.txt", "staged.txt", "edited.txt", "new.txt", "src/file-1.txt"];

/** Makes a repository with committed, staged, edited and untracked work of a user, for a scenario to run in. */
export function makeFaultedRepo(fileCount: number): string {
  const repo = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  runGit(repo, ["init", "-q", "-b", "main"]);
  mkdirSync(join(repo, "src"));
  for (let index = 0; index < fileCount; index += 1)
    writeFileSync(join(repo, `src/file-${index}.txt`), `file ${index}\n`);
  for (const name of ["kept.txt", "staged.txt", "edited.txt"])
    writeFileSync(join(repo, name), `${name} as committed\n`);
  writeFileSync(join(repo, ".gitignore"), ".strace-count\nmodel.part\n");
  runGit(repo, ["add", "-A"]);
  runGit(repo, ["-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "first"]);
  writeFileSync(join(repo, "staged.txt"), "staged\n");
  runGit(repo, ["add", "staged.txt"]);
  writeFileSync(join(repo, "edited.txt"), "edited\n");
  writeFileSync(join(repo, "new.txt"), "untracked\n");
  return repo;
}
