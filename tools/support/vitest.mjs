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
  const counts = join(folder, "counts.json");
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  // Counting goes on beside whatever reporter the arguments ask for.
  const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
  const options = [...reporters, `--reporter=${join(ROOT, "tools/support/count-reporter.mjs")}`];
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [vitest, "run", ...options, ...args], {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: { ...process.env, ...env, WAYMARK_TEST_COUNTS: counts },
      });
      child.on("error", reject);
      child.on("close", (status) => resolve(status ?? 130));
      // Ctrl-C reaches vitest as well, as a member of the foreground group; we wait for it to tidy up.
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    });
    process.stdout.write(`${formatCounts(readCounts(counts))}\n`);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // It did not come to the end.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function formatCounts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
