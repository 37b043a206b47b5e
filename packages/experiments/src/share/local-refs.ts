import { type GitRepository, listRefs } from "@waymark/git";
import { EXPERIMENT_NAMESPACE, parseExperimentRef } from "../experiment-ref.ts";
import { NOTE_NAMESPACE, parseLabelRef, TAG_NAMESPACE } from "../labels/label-refs.ts";

/** What refs here name. */
export interface LocalRefs {
  /** Tips of experiments, by ref. */
  readonly tips: ReadonlyMap<string, string>;
  /** Blobs of tags and notes, by ref. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Below which experiments and their labels live: the only refs that are ever sent or taken. */
export const SHARED_PREFIXES = [EXPERIMENT_NAMESPACE, TAG_NAMESPACE, NOTE_NAMESPACE].map((prefix) =>
  prefix.slice(0, -1),
);

/** Reads the refs of all experiments, and of the labels on them, in one process. */
export async function readLocalRefs(repo: GitRepository): Promise<LocalRefs> {
  const tips = new Map<string, string>();
  const labels = new Map<string, string>();
  for (const { name, id } of await listRefs(repo, SHARED_PREFIXES)) {
    if (parseExperimentRef(name) !== undefined) tips.set(name, id);
    else if (parseLabelRef(name) !== undefined) labels.set(name, id);
  }
  return { tips, labels };
}
