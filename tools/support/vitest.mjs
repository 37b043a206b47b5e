import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./run.mjs";

/**
 * Runs vitest once and prints, as the last line, how many tests passed and failed.
 *
 * @param {readonly string[]} args What to run, and options of vitest.
 * @param {Record<string, string>} env Added to the environment.
 * @returns {Promise<number>} The exit code.
 */
export async function runVitest(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), "waymark-test-"));
  const report = join(folder, "report.json");
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  // The report is beside whatever reporter the arguments ask for.
  const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
  const options = [...reporters, "--reporter=json", `--outputFile.json=${report}`];
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [vitest, "run", ...options, ...args], {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, ...env },
      });
      child.on("error", reject);
      child.on("close", (status) => resolve(status ?? 130));
      // Ctrl-C reaches vitest as well, as a member of the foreground group; we wait for it to tidy up.
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    });
    process.stdout.write(`${formatCounts(readReport(report))}\n`);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Counts tests; a file that could not even be loaded is one failure. */
function formatCounts(report) {
  if (report === undefined) return "0 passed, 1 failed";
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const skipped = report.numPendingTests + report.numTodoTests;
  const counts = `${report.numPassedTests} passed, ${report.numFailedTests + unloaded.length} failed`;
  return skipped === 0 ? counts : `${counts}, ${skipped} skipped`;
}
