import { EXPERIMENT_NAMESPACE, parseExperimentRef } from "../experiment-ref.ts";

/** Where labels of experiments live: below each, the same three parts as below `refs/exps/`. Every ref names a blob. */
export const TAG_NAMESPACE = "refs/waymark/tags/";
export const NOTE_NAMESPACE = "refs/waymark/notes/";

/**
 * Lists the refs that belong to an experiment, whether they exist or not: they are renamed, removed, brought back,
 * pushed and pulled together with it.
 *
 * @param experimentRef - Full ref of the experiment, below `refs/exps/`.
 * @returns The ref of its tags, and that of its note.
 */
export function labelRefs(experimentRef: string): [tags: string, note: string] {
  const rest = experimentRef.slice(EXPERIMENT_NAMESPACE.length);
  return [TAG_NAMESPACE + rest, NOTE_NAMESPACE + rest];
}

/** Finds the experiment that the ref of a label belongs to; `undefined` for anything else. */
export function parseLabelRef(
  ref: string,
): { readonly kind: "tags" | "note"; readonly experimentRef: string } | undefined {
  const kind = ref.startsWith(TAG_NAMESPACE) ? "tags" : ref.startsWith(NOTE_NAMESPACE) ? "note" : undefined;
  if (kind === undefined) return undefined;
  const namespace = kind === "tags" ? TAG_NAMESPACE : NOTE_NAMESPACE;
  const experimentRef = EXPERIMENT_NAMESPACE + ref.slice(namespace.length);
  return parseExperimentRef(experimentRef) === undefined ? undefined : { kind, experimentRef };
}
