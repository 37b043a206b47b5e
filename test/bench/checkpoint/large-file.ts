import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileSystemOf, newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { absent, note, quantityAtMost, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker, timeProgram } from "../worker.ts";
import { makeRepository } from "./repository.ts";
import type { CheckpointsResult } from "./steady-state.ts";

const MIB = 2 ** 20;

/** Row C3: a checkpoint of one large file. */
export async function measureLargeFile(scale: Scale): Promise<Row> {
  const sizeMib = scaled(scale, 1024, 32);
  const bare = async (): Promise<number> => {
    const cwd = newFolder();
    writeLargeFile(join(cwd, "model.bin"), sizeMib);
    const hashMs = await timeProgram(["md5sum", "model.bin"], cwd);
    return hashMs + (await timeProgram(["cp", "--reflink=never", "model.bin", "copy.bin"], cwd));
  };
  const ours = async (): Promise<CheckpointsResult> => {
    const cwd = await makeRepository(20);
    writeLargeFile(join(cwd, "large.bin"), sizeMib);
    const work = { tracker: "waymark", count: 1, warmUp: 0, modelBytes: 0, path: "large.bin", isSilentEnd: true };
    return await runWorker<CheckpointsResult>("checkpoints.mjs", work, { cwd });
  };
  const results = await alternate<"bare" | "ours", number | CheckpointsResult>(scale.rounds, { bare, ours });
  const bareMs = results.bare.filter((result) => typeof result === "number");
  const made = results.ours.filter((result) => typeof result === "object");
  const ourMs = made.map((result) => result.medianMs);
  const canLink = await hasReflinks();
  const place = fileSystemOf(newFolder()).split(" ")[0];
  const ratio = ratiosOf(ourMs, bareMs);
  return {
    id: "C3",
    work: `a checkpoint of one file of ${sizeMib.toLocaleString("en-US")} MiB, on ${place}`,
    figures: [
      ratioAtMost("without reflinks, against `md5sum` and `cp`", 1.3, ratio, canLink ? "reflinks were used" : ""),
      quantityAtMost(
        "memory of the process at its highest",
        100,
        "MB",
        spreadOf(made.map((result) => result.maxRssBytes / MIB)),
      ),
      absent("with reflinks, against `md5sum`", "≤ 1.2 ×", canLink ? "not measured apart" : `${place} has none`),
      note("a checkpoint", formatQuantity(spreadOf(ourMs.map((ms) => ms / 1000)), "s")),
    ],
  };
}

async function hasReflinks(): Promise<boolean> {
  const cwd = newFolder();
  writeLargeFile(join(cwd, "a"), 1);
  try {
    await output(["cp", "--reflink=always", "a", "b"], { cwd });
    return true;
  } catch {
    return false;
  }
}

/** Content that no file system can keep smaller, and that is another every time. */
function writeLargeFile(path: string, sizeMib: number): void {
  const block = Buffer.allocUnsafe(MIB);
  let state = (Math.random() * 2 ** 32) >>> 0;
  const file = openSync(path, "w");
  for (let index = 0; index < sizeMib; index += 1) {
    for (let at = 0; at < MIB; at += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      block.writeUInt32LE(state, at);
    }
    writeSync(file, block);
  }
  closeSync(file);
}
