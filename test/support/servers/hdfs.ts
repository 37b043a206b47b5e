import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CLONE, findProgram, serverFolder, type TestServer } from "./server.ts";

const JARS = join(CLONE, ".cache/hdfs/jars");
const SOURCE = fileURLToPath(new URL("hdfs/HdfsServer.java", import.meta.url));

/** Tells whether there is Java, and Hadoop's small cluster, which the long form of `npm test` brings. */
export const hasHdfs = findProgram("java") !== undefined && existsSync(JARS) && readdirSync(JARS).length > 0;

/** Starts HDFS with one data node. */
export async function startHdfs(): Promise<TestServer> {
  const folder = serverFolder("hdfs");
  // The libraries of its web interface look into classes that newer Javas keep closed.
  const opens = ["lang", "lang.reflect", "util"].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`);
  const child = spawn("java", [...opens, "-cp", join(JARS, "*"), SOURCE, join(folder, "data")], {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let trouble = "";
  child.stderr.on("data", (data: Buffer) => (trouble = `${trouble}${data.toString()}`.slice(-4000)));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { port: Number(port), folder, stop };
  }
  await stop();
  throw new Error(`HDFS did not start:\n${trouble}`);
}
