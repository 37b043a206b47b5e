import { statSync, type Stats } from "node:fs";
import { errorCode } from "@waymark/files";

/** What is known of a file or folder; `undefined` when it is not there, or when we may not look. */
export function statIfSeen(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
