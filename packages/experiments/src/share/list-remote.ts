import { type GitRepository, listRemoteRefs, type RemoteAccess } from "@waymark/git";
import { type ExperimentRef, parseExperimentRef } from "../experiment-ref.ts";
import { parseLabelRef } from "../labels/label-refs.ts";
import { SHARED_PREFIXES } from "./local-refs.ts";

/** The experiments of a remote, and the labels on them. */
export interface RemoteExperiments {
  /** In the order of the remote, which is that of their refs. */
  readonly experiments: readonly ExperimentRef[];
  /** Ids of the blobs that refs of tags and notes name, by ref. */
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * Lists the experiments of a Git remote. Whatever else stands below `refs/exps/` there is passed over: DVC's own refs,
 * foreign ones, and names that are none.
 *
 * @param remote - A configured name, a path or a URL.
 * @throws `InvalidGitRemoteError`, `GitRemoteError`, `TooManyRefsError`; the reason of the signal.
 */
export async function listRemoteExperiments(
  repo: GitRepository,
  remote: string,
  access: RemoteAccess = {},
): Promise<RemoteExperiments> {
  const experiments: ExperimentRef[] = [];
  const labels = new Map<string, string>();
  for (const { name: ref, id } of await listRemoteRefs(repo, remote, SHARED_PREFIXES, access)) {
    const parsed = parseExperimentRef(ref);
    if (parsed !== undefined) experiments.push({ ref, tip: id, ...parsed });
    else if (parseLabelRef(ref) !== undefined) labels.set(ref, id);
  }
  return { experiments, labels };
}
