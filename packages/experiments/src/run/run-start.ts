import {
  commitTree,
  objectId,
  ObjectMissingError,
  parseCommit,
  readObjectsSync,
  TreeEditor,
  type TreeFile,
  writeObjects,
} from "@waymark/git";
import { snapshotWorkspace } from "../places/snapshot-workspace.ts";
import type { SnapshotWorkspaceOptions, WorkspaceSnapshot } from "../places/elsewhere.ts";
import type { Project } from "../project.ts";
import type { RunSpec } from "./run-spec.ts";

/**
 * Makes the commit that a run elsewhere starts from: the workspace as it is, or, for a run that goes on from a
 * checkpoint, the files of that checkpoint; with the overrides in place. No ref names it.
 *
 * @param files - Files to replace, by path relative to the repository.
 * @returns Its 40-hex id, and the untracked files of the workspace that are not in it.
 */
export async function makeRunStart(
  project: Project,
  spec: RunSpec,
  files: ReadonlyMap<string, Uint8Array>,
  options: Omit<SnapshotWorkspaceOptions, "files" | "parent"> = {},
): Promise<Pick<WorkspaceSnapshot, "commit" | "leftOut">> {
  if (spec.resume !== null) return { commit: withFiles(project, spec.resume.commit, files), leftOut: [] };
  return await snapshotWorkspace(project, { ...options, files, parent: spec.baseline });
}

function withFiles({ repo }: Project, commit: string, files: ReadonlyMap<string, Uint8Array>): string {
  if (files.size === 0) return commit;
  const [object] = readObjectsSync(repo, [commit]);
  const tree = object?.type === "commit" ? parseCommit(object.data)?.tree : undefined;
  if (tree === undefined) throw new ObjectMissingError(commit);
  const editor = new TreeEditor(repo, tree);
  const blobs = [...files].map(([path, data]) => ({ path, object: { type: "blob", data } as const }));
  editor.apply(
    new Map(
      blobs.map(({ path, object: blob }): [string, TreeFile] => [
        path,
        { mode: editor.find(path)?.mode ?? "100644", id: objectId(blob, repo.objectFormat) },
      ]),
    ),
  );
  const built = editor.build();
  writeObjects(repo, [...blobs.map(({ object: blob }) => blob), ...built.objects], { durable: true });
  return commitTree(repo, { tree: built.id, parents: [commit], message: "Waymark: what a run starts from" });
}
