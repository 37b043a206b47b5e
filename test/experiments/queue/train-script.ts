import { fileURLToPath } from "node:url";

const LOGGER = fileURLToPath(new URL("../../../packages/live/dist/index.js", import.meta.url));

/** Makes a checkpoint of each of four steps; the first time, it stops to be interrupted after the second. */
export const TRAIN = `
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Live } from ${JSON.stringify(LOGGER)};
const live = new Live({ dir: "live", resume: process.env.WAYMARK_RESUME !== undefined });
for (; live.step < 4; live.nextStep()) {
  live.logMetric("loss", 1 / (live.step + 1));
  writeFileSync("model.txt", String(live.step));
  console.log("step", live.step);
  await live.checkpoint("model.txt");
  if (live.step === 1 && process.env.WAYMARK_RESUME === "0") await sleep(60_000);
}
live.end();
`;
