import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { SlotFolderError } from "./errors.ts";

/**
 * Returns the folder in which workers of all projects of this user on this host agree on who has what. Others may neither
 * read nor write it.
 *
 * @param env - `XDG_RUNTIME_DIR` is where it belongs; without one, it is a folder for temporary files.
 * @throws {@link SlotFolderError} when somebody else has made it, or may write to it.
 */
export function slotFolder(env: NodeJS.ProcessEnv): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  const { uid } = userInfo();
  const folder = runtime === undefined || runtime === "" ? join(tmpdir(), `waymark-${uid}`) : join(runtime, "waymark");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Where everybody may make folders, anybody may have made this one.
  const stats = lstatSync(folder);
  const isOwn = uid === -1 || (stats.uid === uid && (stats.mode & 0o022) === 0);
  if (!stats.isDirectory() || !isOwn) {
    throw new SlotFolderError(folder);
  }
  return join(folder, "slots");
}
