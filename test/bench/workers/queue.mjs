// Puts runs into the queue of the repository it is started in, or works on them, through the library.
import { execFileSync } from "node:child_process";
import { enqueueRuns, openProject, stopWorkers, workQueue } from "@waymark/experiments";

/** @type {{ way: "enqueue" | "import" | "work", count: number, tag: string }} */
const options = JSON.parse(process.argv[2] ?? "{}");
const { way, count, tag } = options;
const project = openProject(process.cwd());
const baseline = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();

function enqueue() {
  const spec = {
    ...{ schema: 1, baseline, message: null, cwd: ".", force: false, params: [], copyPaths: [], resume: null },
    ...{ work: { kind: "command", command: ["true"] }, rules: { stop: [], maxTimeMs: null } },
  };
  const runs = Array.from({ length: count }, (_, at) => ({
    ...{ spec: { ...spec, name: `${tag}-${at}` }, start: baseline },
    files: new Map([["params.yaml", Buffer.from(`lr: ${at}\n`)]]),
  }));
  enqueueRuns(project, runs);
}

/** Commits of the same size and as many refs, for one `git fast-import`. */
function importAll() {
  const message = `waymark task ${tag}\n\n${"x".repeat(430)}\n`;
  const lines = [];
  for (let at = 0; at < count; at += 1) {
    const text = `lr: ${at}\n`;
    lines.push(`commit refs/bench/${tag}/${at}`, `mark :${at + 1}`);
    lines.push("committer Bench <bench@example.org> 1700000000 +0000", `data ${message.length}\n${message}`);
    lines.push(`from ${baseline}`, "M 100644 inline params.yaml", `data ${text.length}\n${text}`);
    lines.push(`reset refs/bench/${tag}-names/${at}`, `from :${at + 1}`, "");
  }
  const config = ["-c", "core.fsync=committed"];
  execFileSync("git", [...config, "fast-import", "--quiet"], { input: `${lines.join("\n")}\n` });
}

/** Until so many are done. */
async function work() {
  let left = count;
  await workQueue(project, { idleMs: 0 }, { onEnd: () => (left -= 1) === 0 && stopWorkers(project, "finish") });
}

const start = performance.now();
if (way === "enqueue") enqueue();
else if (way === "import") importAll();
else await work();
process.stdout.write(`${JSON.stringify({ ms: performance.now() - start })}\n`);
