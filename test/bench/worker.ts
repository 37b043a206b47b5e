import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const WORKERS = fileURLToPath(new URL("./workers/", import.meta.url));

/** What a peer answers that is not there. */
export interface Absent {
  readonly absent: string;
}

/** How a worker is started. */
export interface WorkerOptions {
  /** Where it works; a new folder for every round. */
  readonly cwd: string;
  /** A program and its arguments to start it under, such as `strace -c`. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Environment of everything that is measured: no settings of the person, one identity for Git. */
const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  GIT_AUTHOR_NAME: "Bench",
  GIT_AUTHOR_EMAIL: "bench@example.org",
  GIT_COMMITTER_NAME: "Bench",
  GIT_COMMITTER_EMAIL: "bench@example.org",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  DVC_NO_ANALYTICS: "1",
  NODE_OPTIONS: "",
};

/** Runs a worker of ours to its end and returns what it printed last. */
export async function runWorker<Result>(script: string, work: unknown, options: WorkerOptions): Promise<Result> {
  return await run<Result>([process.execPath, WORKERS + script, JSON.stringify(work)], options);
}

/** The Python that the peers are installed in, when there is one. */
export const PYTHON: string | undefined = process.env["WAYMARK_PYTHON"];

/** Does a peer's part in Python; says why where that is not possible. */
export async function runPeer<Result>(work: PeerWork, options: WorkerOptions): Promise<Result | Absent> {
  if (PYTHON === undefined) return { absent: "no Python environment (npm run bench makes one)" };
  return await run<Result | Absent>([PYTHON, `${WORKERS}peers.py`, JSON.stringify(work)], options);
}

/** What a peer is asked to do; the rest are arguments of the work. */
export interface PeerWork {
  readonly peer: "dvclive" | "tensorboardX" | "wandb" | "none";
  readonly work: "points" | "series" | "step_after" | "train" | "count_steps";
  readonly [argument: string]: string | number;
}

/** Narrows to the answer of a peer that is not there. */
export function isAbsent(result: unknown): result is Absent {
  return typeof result === "object" && result !== null && "absent" in result;
}

/** Runs a program to its end and returns how long it took, in milliseconds. */
export async function timeProgram(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const start = performance.now();
  await output(command, { cwd, env });
  return performance.now() - start;
}

/** Runs a program to its end and returns what it printed. */
export async function output(command: readonly string[], options: WorkerOptions): Promise<string> {
  const [program = "", ...args] = [...(options.under ?? []), ...command];
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...ENVIRONMENT, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      // A worker may end itself with SIGKILL once it has said everything.
      if (code === 0 || (signal === "SIGKILL" && stdout !== "") || code === 137) resolve();
      else reject(new Error(`${command.join(" ")} ended with ${code ?? signal}:\n${stderr || stdout}`));
    });
  });
  return stdout;
}

async function run<Result>(command: readonly string[], options: WorkerOptions): Promise<Result> {
  const stdout = await output(command, options);
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  return JSON.parse(line) as Result;
}
