import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";

const run = promisify(execFile);
const FILE_BYTES = 10_000;
const FOLDERS = 100;

/** Makes a project with a folder `data` of files of 10 kB that all differ and are on the disk; returns where it is. */
export async function makeSmallFiles(files: number, linkType: string): Promise<string> {
  const cwd = newFolder();
  await run("git", ["init", "-q"], { cwd });
  await run(process.execPath, [BIN, "init", "-q"], { cwd });
  writeFileSync(join(cwd, ".dvc", "config"), `[cache]\n    type = ${linkType}\n`);
  const content = Buffer.alloc(FILE_BYTES, "0123456789abcdef");
  for (let index = 0; index < files; index += 1) {
    const folder = join(cwd, "data", String(index % FOLDERS));
    if (index < FOLDERS) mkdirSync(folder, { recursive: true });
    content.writeUInt32LE(index, 0);
    writeFileSync(join(folder, `${index}.bin`), content);
  }
  await run("sync", ["-f", cwd]);
  return cwd;
}
