import { fetchData } from "@waymark/pipeline";
import type { Project } from "../project.ts";
import { openData } from "./share-data.ts";

/**
 * Brings the data that a run begins with from the data remote: that of its first commit, and that of the checkpoint it
 * goes on from. What the remote lacks, the run may make itself, or miss.
 */
export async function bringData(
  project: Project,
  commits: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const dvc = openData(project);
  if (dvc === undefined) return;
  try {
    await fetchData(dvc, { scope: { commits, isWithoutWorkspace: true }, signal });
  } finally {
    await dvc.store.close();
  }
}
