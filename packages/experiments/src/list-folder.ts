import { readdirSync } from "node:fs";
import { isErrno } from "@waymark/files";

/** Lists the names in a folder; none where there is no folder. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
