import { TrackerError } from "@waymark/core";
import type { Readable } from "../errors.ts";
import type { FigureProject } from "./figure-project.ts";
import { withRevisions, type NamedRevision } from "./named-revisions.ts";
import { RevisionReader, type RevisionView } from "../project/revision.ts";

/** The values of files in one revision, or why nothing of it could be read. */
export type RevisionValues =
  | { readonly data: ReadonlyMap<string, Readable<unknown>> }
  | { readonly error: TrackerError };

/** Values by the label of their revision, in the order asked for. */
export type ValuesByRevision = ReadonlyMap<string, RevisionValues>;

/**
 * Reads values of several revisions. One that cannot be read is reported in its place.
 *
 * @param read - What to read of each.
 */
export function readRevisionValues(
  project: FigureProject,
  revisions: readonly NamedRevision[],
  read: (reader: RevisionReader, view: RevisionView) => Promise<ReadonlyMap<string, Readable<unknown>>>,
): Promise<ValuesByRevision> {
  const reader = new RevisionReader({ cache: project.dvc?.cache });
  return withRevisions(project, revisions, async (opened) => {
    const result = new Map<string, RevisionValues>();
    for (const { label, source } of opened) {
      try {
        result.set(label, { data: await read(reader, await reader.view(source)) });
      } catch (error) {
        if (!(error instanceof TrackerError)) throw error;
        result.set(label, { error });
      }
    }
    return result;
  });
}

/** Lists the revisions of which something could not be read. */
export function failedRevisions(values: ValuesByRevision): readonly string[] {
  return [...values].flatMap(([label, revision]) =>
    "error" in revision || [...revision.data.values()].some((file) => "error" in file) ? [label] : [],
  );
}

/** The values of a revision by file; nothing when it could not be read. */
export function valuesOf(values: ValuesByRevision, label: string): ReadonlyMap<string, Readable<unknown>> {
  const revision = values.get(label);
  return revision !== undefined && "data" in revision ? revision.data : new Map();
}
