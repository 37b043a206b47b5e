import { expandObjects } from "../listed-objects.ts";
import { listOperations } from "../operations/list-operations.ts";
import type { Project } from "../project.ts";
import { openCache } from "../open-cache.ts";
import { readWorkspaceRecord } from "./workspace-record.ts";

/**
 * Lists the objects of data that was replaced in the workspace and can be had back: they may be the only copy, and no
 * commit names them.
 *
 * @returns Names, those of the files of folders included as far as the manifests are in the cache.
 */
export async function listUndoObjects(project: Project): Promise<readonly string[]> {
  const operations = await listOperations(project.repo);
  const hashes = operations.flatMap(({ workspace }) => {
    const record = workspace === undefined ? undefined : readWorkspaceRecord(project.repo, workspace.commit);
    return (record?.data ?? []).flatMap(({ md5 }) => md5 ?? []);
  });
  return hashes.length === 0 ? [] : expandObjects(openCache(project), [...new Set(hashes)]);
}
