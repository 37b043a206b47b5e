import { execFile } from "node:child_process";
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { timeProgram } from "../worker.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** Row D2: one file that is larger than memory should have to hold. */
export async function measureLargeAdd(scale: Scale): Promise<Row> {
  const sizeMib = scaled(scale, 4096, 64);
  const rounds = Math.min(scale.rounds, 3);
  const add = async (type: string, command: readonly string[]): Promise<number> => {
    const cwd = await makeProject(sizeMib, type);
    const ms = await timeProgram([...command, "add", "-q", "large.bin"], cwd);
    rmSync(cwd, { recursive: true });
    return ms;
  };
  const ours = [process.execPath, BIN];
  const dvc = dvcProgram();
  const hashMs: number[] = [];
  const { copied, linked, bare, theirs } = await alternate(rounds, {
    copied: async () => add("copy", ours),
    linked: async () => add("hardlink", ours),
    bare: async () => {
      const cwd = await makeProject(sizeMib, "copy");
      const ownHashMs = await timeProgram(["md5sum", "large.bin"], cwd);
      hashMs.push(ownHashMs);
      const copyMs = await timeProgram(["/bin/sh", "-c", "cp --reflink=never large.bin copy && sync copy"], cwd);
      rmSync(cwd, { recursive: true });
      return ownHashMs + copyMs;
    },
    theirs: async () => (dvc === undefined ? Number.NaN : add("copy", [dvc])),
  });
  return {
    id: "D2",
    work: `\`add\` of one file of ${sizeMib.toLocaleString("en-US")} MiB`,
    figures: [
      ratioAtMost("by copy, against `md5sum`, `cp` and `sync`", 1.2, ratiosOf(copied, bare)),
      ratioAtMost("by hard link, against `md5sum`", 1.15, ratiosOf(linked, hashMs)),
      dvc === undefined
        ? absent("DVC against ours, by copy", "≥ 2 ×", "DVC is not installed")
        : ratioAtLeast("DVC against ours, by copy", 2, ratiosOf(theirs, copied)),
      note("by copy", formatQuantity(spreadOf(copied.map((ms) => ms / 1000)), "s")),
    ],
  };
}

async function makeProject(sizeMib: number, linkType: string): Promise<string> {
  const cwd = newFolder();
  await run("git", ["init", "-q"], { cwd });
  await run(process.execPath, [BIN, "init", "-q"], { cwd });
  writeFileSync(join(cwd, ".dvc", "config"), `[cache]\n    type = ${linkType}\n`);
  const block = Buffer.alloc(MIB, "0123456789abcdef");
  const file = openSync(join(cwd, "large.bin"), "w");
  for (let index = 0; index < sizeMib; index += 1) {
    block.writeUInt32LE(index, 0);
    writeSync(file, block);
  }
  closeSync(file);
  await run("sync", ["-f", cwd]);
  return cwd;
}
