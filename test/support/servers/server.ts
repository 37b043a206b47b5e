import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The root of the clone. */
export const CLONE = fileURLToPath(new URL("../../..", import.meta.url));

/** A server that runs until it is stopped. */
export interface TestServer {
  readonly port: number;
  /** Folder of its own, which goes away with it. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Finds a program, in the places of administrators' programs too. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Says, once for a file of tests, that a server is missing and how to get it. */
export function noticeMissing(what: string, hint: string): void {
  if ((process.env["CI"] ?? "") !== "") throw new Error(`${what} is missing and CI is set. ${hint}`);
  console.warn(`notice: ${what} is missing, so its tests are left out. ${hint}`);
}

/** Makes a folder for a server. */
export function serverFolder(name: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `waymark-${name}-`)));
}

/** Finds a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a program and waits until it listens. */
export async function startServer(
  program: string,
  args: readonly string[],
  options: {
    readonly port: number;
    readonly folder: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly waitMs?: number;
  },
): Promise<TestServer> {
  const { port, folder, env = process.env, waitMs = 30_000 } = options;
  const child = spawn(program, [...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => (output = `${output}${data.toString()}`.slice(-4000)));
  }
  child.on("error", (error) => (output = String(error)));
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + waitMs;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`${program} does not listen on ${port}:\n${output}`);
    }
    await sleep(50);
  }
  return { port, folder, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const answer = (isListening: boolean): void => {
      socket.destroy();
      resolve(isListening);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
