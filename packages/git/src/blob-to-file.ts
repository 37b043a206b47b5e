import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { GitCommandError } from "./errors.ts";
import type { GitRepository } from "./repository.ts";
import { startGit } from "./run.ts";

/**
 * Writes a blob to a new file as it is in the repository, whatever its size: no filter runs, no line end changes.
 *
 * @throws {@link GitCommandError} when there is no such blob; the file is then there in part.
 */
export async function writeBlobToFile(repo: GitRepository, id: string, path: string, mode = 0o666): Promise<void> {
  const child = startGit(repo, ["cat-file", "blob", id]);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on("error", () => {});
  child.stdin.end();
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  const [{ code, signal }] = await Promise.all([
    ended,
    pipeline(child.stdout, createWriteStream(path, { flags: "wx", mode })),
  ]);
  if (code !== 0) throw new GitCommandError({ args: ["cat-file", "blob", id], exitCode: code, signal, stderr });
}
