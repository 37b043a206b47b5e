import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../folders.ts";
import { output } from "../worker.ts";

const FILES_PER_FOLDER = 100;

/** Makes a repository with one commit of so many small files, laid out a hundred to a folder. */
export async function makeRepository(files: number): Promise<string> {
  const cwd = newFolder();
  const git = async (...args: readonly string[]): Promise<string> => output(["git", ...args], { cwd });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("config", "gc.auto", "0");
  await git("config", "maintenance.auto", "false");
  for (let file = 0; file < files; file += 1) {
    const folder = join(cwd, "src", String(Math.floor(file / FILES_PER_FOLDER)));
    if (file % FILES_PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${file % FILES_PER_FOLDER}.txt`), `file ${file}\n`);
  }
  // What a loop leaves behind; the baseline of the comparison stages its model by itself.
  writeFileSync(join(cwd, "train.js"), "// trains\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "start");
  return cwd;
}
