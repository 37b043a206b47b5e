import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLONE } from "../support/cli.ts";

// Installs everything anew, which takes minutes and the network.
describe.runIf(process.env["WAYMARK_LONG"] === "1")("a fresh clone with an empty home", () => {
  test("runs the demo, twice in a row", { timeout: 1_200_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "waymark-fresh-"));
    const clone = join(folder, "clone");
    const home = join(folder, "home");
    mkdirSync(home);
    // Only what a login shell of a fresh machine has: no settings of npm, of Git, or of the test runner.
    const env = { HOME: home, PATH: process.env["PATH"], CI: "true" };
    const run = (program: string, args: readonly string[], cwd: string): string =>
      execFileSync(program, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    try {
      run("git", ["clone", "--quiet", "--no-hardlinks", CLONE, clone], folder);
      for (let time = 0; time < 2; time++) {
        const output = run("npm", ["run", "demo", "--", "--exit", "--no-open", "--epochs", "1"], clone);
        expect(output.trimEnd().split("\n").at(-1)).toBe(`project: ${join(clone, "waymark-demo")}`);
      }
      expect(run("git", ["status", "--porcelain"], clone)).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
