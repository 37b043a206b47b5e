import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the clone. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Says what is being done, on stderr: stdout belongs to results. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends the tool with a reason and something to do about it. */
export class ToolError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** Aborted by a tool that was told to stop: what runs for it is ended at once, npm in particular takes its time. */
export const stopping = new AbortController();

/** Someone pressed Ctrl-C while a program was at work. */
export class Stopped extends Error {}

/** Runs a tool's main function; its problems are printed as the command prints them. */
export async function runTool(main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    if (error instanceof Stopped) {
      process.exitCode = 130;
      return;
    }
    if (!(error instanceof ToolError)) throw error;
    say(`error: ${error.message}`);
    if (error.hint !== undefined) say(`hint: ${error.hint}`);
    process.exitCode = 1;
  }
}

/**
 * Runs a program to its end. Its stdout goes to our stderr, and it reads nothing: no step may wait for an answer.
 *
 * @returns {Promise<boolean>} Whether it succeeded.
 * @throws {Stopped} When Ctrl-C ended it.
 */
export async function succeeds(program, args, options = {}) {
  const { code, signal } = await run(program, args, { stdio: ["ignore", 2, 2], ...options });
  const wasStopped = stopping.signal.aborted || signal === "SIGINT" || signal === "SIGTERM" || code === 130;
  if (wasStopped) throw new Stopped();
  return code === 0;
}

/**
 * Runs a program to its end.
 *
 * @returns {Promise<{ code: number | null, signal: string | null }>} `code` is 127 when it cannot be started.
 */
export function run(program, args, options = {}) {
  const child = spawn(program, args, { cwd: ROOT, signal: stopping.signal, killSignal: "SIGKILL", ...options });
  return new Promise((resolve) => {
    child.on("error", () => resolve({ code: 127, signal: null }));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
}

/** Finds a program on the PATH. */
export function findProgram(name) {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Installs Debian packages, where that can be done: on Debian and its kin, as root. */
export async function installDebianPackages(packages) {
  const aptGet = findProgram("apt-get");
  if (aptGet === undefined || process.getuid?.() !== 0) return false;
  say(`Installing ${packages.join(", ")} with apt-get.`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "--yes", "--no-install-recommends", ...packages];
  // The package lists of a fresh machine are empty or old. One list of several that fails need not matter.
  await succeeds(aptGet, ["update"], { env });
  return succeeds(aptGet, install, { env });
}
