import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** When a file, or the newest in a folder, was last written, in milliseconds. */
export function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}
