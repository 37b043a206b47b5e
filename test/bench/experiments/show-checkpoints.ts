import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BIN, CLONE } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, spreadOf } from "../measure.ts";
import { quantityAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { timeProgram } from "../worker.ts";
import { makeRepository } from "./repository.ts";

const COLD_S = 2;
const WARM_MS = 400;
const MEMORY_MB = 300;

/** Row E3: the table of many long runs. */
export async function measureShowCheckpoints(scale: Scale): Promise<Row> {
  const experiments = scaled(scale, 1000, 20);
  const checkpoints = 50;
  const cwd = makeRepository({ experiments, checkpoints });
  const memoryFile = join(newFolder(), "memory");
  const memory: number[] = [];
  const show = async (): Promise<number> => {
    const command = [process.execPath, "--import", join(CLONE, "test/support/print-memory.mjs"), BIN, "exp", "show"];
    const ms = await timeProgram(command, cwd, { WAYMARK_TEST_MEMORY: memoryFile });
    memory.push(Number(readFileSync(memoryFile, "utf8")) / 1e6);
    return ms;
  };
  const { cold, warm } = await alternate(scale.rounds, {
    cold: async () => {
      rmSync(join(cwd, ".dvc/tmp"), { recursive: true, force: true });
      return show();
    },
    warm: show,
  });
  return {
    id: "E3",
    work: `\`exp show\` of ${experiments.toLocaleString("en-US")} experiments with ${checkpoints} checkpoints each`,
    figures: [
      quantityAtMost("for the first time", COLD_S, "s", spreadOf(cold.map((ms) => ms / 1000))),
      quantityAtMost("again", WARM_MS, "ms", spreadOf(warm)),
      quantityAtMost("memory at its highest", MEMORY_MB, "MB", spreadOf(memory)),
    ],
  };
}
