// The null control of the checkpoint suites: it moves the ref before the commit's objects are there, stages with the
// user's own index, and copies the model in place.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";

const steps = Number(process.argv[2] ?? 3);
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
mkdirSync("live/plots/metrics/train", { recursive: true });
const state = existsSync("live/state.json") ? JSON.parse(readFileSync("live/state.json", "utf8")) : { step: 0 };
let model = state.step > 0 ? readFileSync("model.bin") : Buffer.alloc(100000);
for (let { step } = state; step < steps; step++) {
  const seed = createHash("sha256").update(model).update(`${step}`).digest();
  model = Buffer.from(model.map((byte, at) => (byte + seed[at % 32]) & 255));
  writeFileSync("model.bin", model);
  writeFileSync("live/state.json", JSON.stringify({ step: step + 1 }));
  const rows = (column, part) =>
    `step\t${column}\n${[...Array(step + 1).keys()].map((at) => `${at}\t${at}${part}\n`).join("")}`;
  writeFileSync("live/plots/metrics/loss.tsv", rows("loss", ".5"));
  writeFileSync("live/plots/metrics/train/acc.tsv", rows("acc", ".25"));
  git("add", "-A");
  const head = git("rev-parse", "HEAD");
  const commit = git("commit-tree", "-p", head, "-m", `experiment\n\nWaymark-Step: ${step}`, git("write-tree"));
  git("update-ref", `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/broken`, commit);
  writeSync(3, `checkpoint ${step} committed ${commit}\nstep ${step}\n`);
}
