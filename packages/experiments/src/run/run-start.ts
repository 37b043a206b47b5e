import {
  commitTree,
  GitCommandError,
  type GitRepository,
  newImportRef,
  objectId,
  ObjectMissingError,
  parseCommit,
  readObjectsSync,
  TreeEditor,
  type TreeFile,
  updateRefs,
  writeObjects,
} from "@waymark/git";
import { nameCommit, snapshotWorkspace } from "../places/snapshot-workspace.ts";
import { makeSpared } from "../make-spared.ts";
import type { SnapshotWorkspaceOptions, WorkspaceSnapshot } from "../places/elsewhere.ts";
import type { Project } from "../project.ts";
import type { RunSpec } from "./run-spec.ts";

/** What a run elsewhere starts from. */
export interface MadeRunStart extends Pick<WorkspaceSnapshot, "leftOut"> {
  /** 40-hex id. A ref of its own names it until it is let go. */
  readonly commit: string;
  /** Takes that ref away: a task or a work tree names the commit, or nobody needs it. More than once does nothing. */
  readonly release: () => void;
}

/**
 * Makes the commit that a run elsewhere starts from: the workspace as it is, or, for a run that goes on from a
 * checkpoint, the files of that checkpoint; with the overrides in place.
 *
 * @param files - Files to replace, by path relative to the repository.
 * @returns The commit, and the untracked files of the workspace that are not in it.
 */
export async function makeRunStart(
  project: Project,
  spec: RunSpec,
  files: ReadonlyMap<string, Uint8Array>,
  options: Omit<SnapshotWorkspaceOptions, "files" | "parent" | "ref"> = {},
): Promise<MadeRunStart> {
  const { repo } = project;
  // The name of work that goes on: where this process is killed, `doctor` finds it.
  const ref = newImportRef(Date.now());
  let isNamed = true;
  const release = (): void => {
    if (!isNamed) return;
    isNamed = false;
    try {
      updateRefs(repo, [{ ref, newId: null, oldId: undefined }], { durable: false });
    } catch (error) {
      // What was to be done is done; `doctor` finds the ref.
      if (!(error instanceof GitCommandError)) throw error;
    }
  };
  try {
    const { resume, baseline: parent } = spec;
    const runsStages = spec.work.kind === "pipeline";
    if (resume === null) {
      const { commit, leftOut } = await snapshotWorkspace(project, { runsStages, ...options, files, parent, ref });
      return { commit, leftOut, release };
    }
    const { commit } = await makeSpared(repo, resume.commit, () => withFiles(project, resume.commit, files, ref));
    return { commit, leftOut: [], release };
  } catch (error) {
    release();
    throw error;
  }
}

function withFiles(
  { repo }: Project,
  start: string,
  files: ReadonlyMap<string, Uint8Array>,
  ref: string,
): { readonly commit: string } {
  const commit = files.size === 0 ? start : replaceFiles(repo, start, files);
  nameCommit(repo, ref, commit);
  return { commit };
}

function replaceFiles(repo: GitRepository, commit: string, files: ReadonlyMap<string, Uint8Array>): string {
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
