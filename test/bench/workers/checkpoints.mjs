// Makes checkpoints in the repository it is started in, through the logger or with Git's own commands.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";

/**
 * @type {{
 *   tracker: "waymark" | "bare", count: number, warmUp: number, modelBytes: number, stepsBetween?: number,
 *   path?: string, isSilentEnd?: boolean,
 * }}
 */
const options = JSON.parse(process.argv[2] ?? "{}");
const { tracker, count, warmUp, modelBytes, stepsBetween = 1, path = "model.bin" } = options;

const model = modelBytes > 0 ? openSync(path, "w") : undefined;
if (model !== undefined) writeFileSync(model, Buffer.alloc(modelBytes, 3));
/** Another model for every checkpoint: sixteen of its bytes are new. */
function changeModel(step) {
  if (model !== undefined) writeSync(model, `checkpoint ${String(step).padStart(5)}`, 0);
}

async function waymarkTracker() {
  const { Live } = await import("waymark");
  const live = new Live({ dir: "live", expName: "bench" });
  return {
    log() {
      for (let step = 1; step < stepsBetween; step += 1) {
        live.logMetric("loss", 1 / (live.step + 1.5));
        live.nextStep();
      }
      live.logMetric("loss", 1 / (live.step + 1.5));
    },
    async checkpoint() {
      const made = await live.checkpoint(path);
      if (made.kind !== "committed") throw new Error(`no checkpoint: ${JSON.stringify(made)}`);
      return made;
    },
    next: () => live.nextStep(),
    end: () => live.end(),
  };
}

/**
 * The least that commits the same files as durably: stage (which hashes and writes the blobs as `hash-object -w` does)
 * on a private index, `write-tree`, `commit-tree`, `update-ref`.
 */
function bareTracker() {
  const git = (args, env = {}) =>
    execFileSync("git", ["-c", "core.fsync=committed", ...args], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    }).trim();
  const head = git(["rev-parse", "HEAD"]);
  const env = { GIT_INDEX_FILE: ".git/bench-index" };
  copyFileSync(".git/index", ".git/bench-index");
  mkdirSync("live");
  let parent = head;
  let history = "step\tloss\n";
  let step = 0;
  return {
    log() {
      history += `${step}\t${1 / (step + 1.5)}\n`;
      writeFileSync("live/loss.tsv", history);
      writeFileSync("live/metrics.json", `{"loss": ${1 / (step + 1.5)}, "step": ${step}}\n`);
    },
    checkpoint() {
      git(["update-index", "--add", path, "live/loss.tsv", "live/metrics.json"], env);
      const tree = git(["write-tree"], env);
      const commit = git(["commit-tree", tree, "-p", parent, "-m", `step ${step}`]);
      git(["update-ref", "refs/bench/run", commit]);
      parent = commit;
    },
    next: () => (step += 1),
    end: () => undefined,
  };
}

const run = tracker === "waymark" ? await waymarkTracker() : bareTracker();
const durations = [];
for (let made = 0; made < warmUp + count; made += 1) {
  run.log();
  changeModel(made);
  const start = performance.now();
  await run.checkpoint();
  if (made >= warmUp) durations.push(performance.now() - start);
  run.next();
}
if (options.isSilentEnd === true) {
  // The figures are of checkpoints; what an orderly end does is another matter.
  process.stdout.write(`${report()}\n`, () => process.kill(process.pid, "SIGKILL"));
} else {
  run.end();
  process.stdout.write(`${report()}\n`);
}

function report() {
  const sorted = durations.toSorted((a, b) => a - b);
  const status = readFileSync("/proc/self/status", "utf8");
  return JSON.stringify({
    medianMs: sorted[sorted.length >> 1],
    totalMs: durations.reduce((sum, duration) => sum + duration, 0),
    maxRssBytes: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
  });
}
