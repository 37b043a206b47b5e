// Finds strace, which the fault tests use to kill a process at an exact system call; installs it where it may.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { run, say } from "./support/run.mjs";

/**
 * @returns {Promise<string | undefined>} The command, or undefined where this system cannot have it.
 * @throws When it is missing, cannot be installed, and `CI` is set.
 */
export async function ensureStrace() {
  if (process.platform !== "linux") return undefined;
  if (isUsable()) return "strace";
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    say("Installing strace from Debian's packages.");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-qq"], { stdio: ["ignore", "inherit", "inherit"], env });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "strace"], {
      stdio: ["ignore", "inherit", "inherit"],
      env,
    });
    if (isUsable()) return "strace";
  }
  const advice = "strace is missing: install it (on Debian: sudo apt-get install strace)";
  if (process.env.CI) throw new Error(`${advice}. With CI set, its tests are never left out.`);
  say(`${advice}; the tests that need it are left out.`);
  return undefined;
}

function isUsable() {
  return spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;
}
