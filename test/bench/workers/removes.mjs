// Removes experiments from the repository it is started in, through the library or with Git's own command.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** @type {{ way: "waymark" | "plumbing", where: string, list: string }} */
const { way, where, list } = JSON.parse(process.argv[2] ?? "{}");

const library = way === "waymark" ? await import("@waymark/experiments") : undefined;

const WAYS = {
  async waymark() {
    const project = library.openProject(process.cwd());
    const selection = { baselines: { allCommits: true }, where };
    await library.removeExperiments(project.repo, await library.selectExperiments(project, selection));
  },
  /** As durable, and with the same old values. */
  async plumbing() {
    execFileSync("git", ["-c", "core.fsync=committed", "update-ref", "--stdin"], { input: readFileSync(list) });
  },
};

const started = performance.now();
await WAYS[way]();
process.stdout.write(JSON.stringify({ ms: performance.now() - started }));
