import type { GitRepository } from "@waymark/git";
import { describeProblem, type RevisionReader, WorkspaceSource } from "@waymark/pipeline/revisions";
import { formatData, formatValues, parseData } from "./revision-values.ts";
import type { RevisionState } from "./view.ts";

/**
 * Reads what the files of a work tree hold now.
 *
 * @param dvcRoot - The folder of the DVC project in it, absolute.
 * @param onlyStageParams - Leaves out params that no stage depends on.
 */
export async function readWorkspaceState(
  repo: GitRepository,
  dvcRoot: string,
  revisions: RevisionReader,
  onlyStageParams: boolean,
): Promise<RevisionState> {
  const base = { rev: "workspace", name: null };
  try {
    const source = new WorkspaceSource(repo, dvcRoot);
    const { json } = formatValues(await revisions.collect(source, { onlyStageParams }));
    const dataJson = formatData("workspace", null, json);
    return { ...base, dataJson, data: parseData(dataJson), error: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...base, dataJson: "null", data: null, error: describeProblem(error) };
  }
}
