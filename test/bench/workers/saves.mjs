// Saves and applies experiments in the repository it is started in, through the library or with Git's own commands.
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";

/**
 * @type {{
 *   way: "waymark" | "plumbing" | "staging" | "bulk" | "import" | "apply" | "checkout",
 *   count: number, warmUp: number, tag: string, experiments?: readonly string[],
 * }}
 */
const options = JSON.parse(process.argv[2] ?? "{}");
const { way, count, warmUp, tag, experiments = [] } = options;
const env = { ...process.env, GIT_INDEX_FILE: ".git/bench-index" };

/** As durable as a save. */
function git(args, more = {}) {
  const config = ["-c", "core.fsync=committed", "-c", "core.hooksPath=/dev/null"];
  return execFileSync("git", [...config, ...args], { encoding: "utf8", maxBuffer: 1 << 30, ...more }).trim();
}

/** Another state of the project for every save. */
function change(round) {
  writeFileSync("train.js", `// trains, round ${tag} ${round}\n`);
}

/** The same commits and refs for one `git fast-import`. */
function formatImport(round) {
  const baseline = git(["rev-parse", "HEAD"]);
  const lines = [];
  for (let at = 0; at < count; at += 1) {
    const text = `lr: ${round}.${at}\n`;
    const ref = `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/import-${tag}-${round}-${at}`;
    lines.push(`commit ${ref}`, "committer Bench <bench@example.org> 1700000000 +0000", `data ${tag.length}\n${tag}`);
    lines.push(`from ${baseline}`, "M 100644 inline params.yaml", `data ${text.length}\n${text}`);
  }
  return `${lines.join("\n")}\n`;
}

const library =
  way === "waymark" || way === "bulk" || way === "apply" ? await import("@waymark/experiments") : undefined;

const WAYS = {
  async waymark(round) {
    await library.saveExperiment(library.openProject(process.cwd()), { name: `save-${tag}-${round}` });
  },
  /** Five processes: the baseline, the tree of the work tree by a private index, the commit, the ref. */
  async plumbing(round) {
    const head = git(["rev-parse", "HEAD"]);
    copyFileSync(".git/index", ".git/bench-index");
    git(["add", "-u"], { env });
    const tree = git(["write-tree"], { env });
    const commit = git(["commit-tree", tree, "-p", head, "-m", tag]);
    git(["update-ref", `refs/bench/${tag}-${round}`, commit, ""]);
  },
  async staging() {
    copyFileSync(".git/index", ".git/bench-index");
    git(["add", "-u"], { env });
    git(["write-tree"], { env });
  },
  async bulk(round) {
    const variants = Array.from({ length: count }, (_, at) => ({
      name: `bulk-${tag}-${round}-${at}`,
      message: tag,
      files: new Map([["params.yaml", Buffer.from(`lr: ${round}.${at}\n`)]]),
    }));
    library.saveVariants(library.openProject(process.cwd()), variants);
  },
  async import(round) {
    git(["fast-import", "--quiet"], { input: formatImport(round) });
  },
  async apply(round) {
    await library.applyExperiment(library.openProject(process.cwd()), experiments[round % 2]);
  },
  async checkout(round) {
    git(["checkout", "--quiet", "--detach", experiments[round % 2]]);
  },
};

const rounds = way === "bulk" || way === "import" ? 1 : count;
const durations = [];
for (let round = 0; round < warmUp + rounds; round += 1) {
  if (way !== "apply" && way !== "checkout") change(round);
  const start = performance.now();
  await WAYS[way](round);
  if (round >= warmUp) durations.push(performance.now() - start);
}
const sorted = durations.toSorted((a, b) => a - b);
process.stdout.write(`${JSON.stringify({ medianMs: sorted[sorted.length >> 1] })}\n`);
