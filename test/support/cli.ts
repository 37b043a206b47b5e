import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the clone. */
export const CLONE = fileURLToPath(new URL("../..", import.meta.url));
/** The built command: as it is published, or unbundled when it was compiled again since it was bundled. */
export const BIN = join(CLONE, "packages/cli", isBundleFresh() ? "bundle/waymark.js" : "dist/bin.js");

function isBundleFresh(): boolean {
  const bundle = statSync(join(CLONE, "packages/cli/bundle/waymark.js"), { throwIfNoEntry: false });
  const folders = readdirSync(join(CLONE, "packages")).map((name) => join("packages", name));
  const compiled = [...folders.map((name) => join(name, "dist/.tsbuildinfo")), "viewer/dist/.tsbuildinfo-server"].map(
    (path) => statSync(join(CLONE, path), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return bundle !== undefined && bundle.mtimeMs >= Math.max(...compiled);
}

/** What a program said, and how it ended. */
export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and how a program runs. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** A program that runs, whose output can be waited for. */
export interface RunningProgram {
  readonly pid: number;
  /** Output so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Settles when either stream matches; rejects when the program ends before it does. */
  readonly seen: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<ProgramResult>;
}

/** Starts a Node program. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): RunningProgram {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...options.env };
  const child = spawn(process.execPath, args, { cwd: options.cwd, env, stdio: "pipe" });
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    tell();
  });
  let hasEnded = false;
  const ended = new Promise<ProgramResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      hasEnded = true;
      resolve({ code, signal, stdout, stderr });
      tell();
    });
  });
  const seen = async (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match !== null) resolve(match);
        else if (hasEnded) reject(new Error(`Ended before ${pattern} was seen:\n${stdout}\n${stderr}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  return { pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, seen, kill, ended };
}

/** Runs a Node program to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return startProgram(args, options).ended;
}

/** Runs the built `waymark` command to its end. */
export async function waymark(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return runProgram([BIN, ...args], options);
}
