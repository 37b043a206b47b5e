import { join } from "node:path";
import { type Project, stateFolder } from "../project.ts";

/** Folder of what workers of this host know of each other; the queue itself is in refs. */
export function queueFolder(project: Project): string {
  return join(stateFolder(project), "queue");
}
