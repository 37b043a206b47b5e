import { type GitRepository, listRefs, readObjectsSync, RefChangedError, writeObjects } from "@waymark/git";
import type { ExperimentRef } from "../experiment-ref.ts";
import { listNames } from "../name-list.ts";
import { recordedUpdate } from "../operations/recorded-update.ts";
import { InvalidNoteError, InvalidTagError } from "./errors.ts";
import { labelRefs, NOTE_NAMESPACE, TAG_NAMESPACE } from "./label-refs.ts";
import { formatNote, formatTags, isValidTag, parseTags } from "./labels.ts";

/** What {@link tagExperiments} does to the tags of each experiment. */
export type TagChange =
  | { readonly kind: "add" | "delete"; readonly tags: readonly string[] }
  /** Takes all tags off. */
  | { readonly kind: "clear" };

/** Options of {@link tagExperiments}. */
export interface TagOptions {
  /** Only says what would change. Default false. */
  readonly isDryRun?: boolean;
}

/** Longer notes belong into a file. */
const MAX_NOTE_BYTES = 64 * 1024;
/** How often somebody else may be quicker. */
const ATTEMPTS = 20;

/**
 * Changes the tags of experiments, of all of them in one transaction that `exp undo` takes back for 30 days. Tags of
 * others that change at the same time are kept.
 *
 * @returns The experiments whose tags are different now.
 * @throws {@link InvalidTagError}
 */
export async function tagExperiments(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  change: TagChange,
  options: TagOptions = {},
): Promise<ExperimentRef[]> {
  if (change.kind !== "clear") for (const tag of change.tags) if (!isValidTag(tag)) throw new InvalidTagError(tag);
  return changeLabels(repo, experiments, {
    ...{ isDryRun: options.isDryRun ?? false, kind: "tag", namespace: TAG_NAMESPACE },
    refOf: ({ ref }) => labelRefs(ref)[0],
    edit: (text) => formatTags(changeTags(parseTags(text), change)),
  });
}

/**
 * Writes a note on experiments, in place of the one they have, which `exp undo` brings back for 30 days.
 *
 * @param text - `undefined` takes the note away.
 * @returns The experiments whose note is different now.
 * @throws {@link InvalidNoteError} for a text that is empty, too long, or no text.
 */
export async function noteExperiments(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  text: string | undefined,
): Promise<ExperimentRef[]> {
  const note = text === undefined ? "" : checkedNote(text);
  return changeLabels(repo, experiments, {
    ...{ isDryRun: false, kind: "note", namespace: NOTE_NAMESPACE },
    refOf: ({ ref }) => labelRefs(ref)[1],
    edit: () => note,
  });
}

function changeTags(tags: readonly string[], change: TagChange): readonly string[] {
  switch (change.kind) {
    case "add":
      return [...tags, ...change.tags];
    case "delete":
      return tags.filter((tag) => !change.tags.includes(tag));
    case "clear":
      return [];
  }
}

function checkedNote(text: string): string {
  const note = formatNote(text);
  if (note.trim() === "") throw new InvalidNoteError("it is empty", "Take a note away with `--delete`.");
  if (note.includes("\0")) throw new InvalidNoteError("it is no text", "Notes are text in UTF-8.");
  const sizeBytes = Buffer.byteLength(note);
  if (sizeBytes > MAX_NOTE_BYTES) {
    throw new InvalidNoteError(
      `it has ${sizeBytes} bytes, and at most ${MAX_NOTE_BYTES} are kept`,
      "Commit long texts as a file of the project.",
    );
  }
  return note;
}

interface LabelEdit {
  readonly isDryRun: boolean;
  /** As what it is recorded. */
  readonly kind: "tag" | "note";
  readonly namespace: string;
  readonly refOf: (experiment: ExperimentRef) => string;
  /** Makes the new text of the old one; empty for none. */
  readonly edit: (text: string) => string;
}

async function changeLabels(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  edit: LabelEdit,
): Promise<ExperimentRef[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await changeOnce(repo, experiments, edit);
    } catch (error) {
      if (!(error instanceof RefChangedError) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function changeOnce(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  { isDryRun, kind, namespace, refOf, edit }: LabelEdit,
): Promise<ExperimentRef[]> {
  if (experiments.length === 0) return [];
  const known = new Map((await listRefs(repo, [namespace.slice(0, -1)])).map(({ name, id }) => [name, id]));
  const ids = experiments.map((experiment) => known.get(refOf(experiment)));
  const texts = readTexts(repo, ids);
  const changes = experiments.flatMap((experiment, index) => {
    const text = edit(texts[index] ?? "");
    return text === (texts[index] ?? "") ? [] : [{ experiment, text, oldId: ids[index] ?? null }];
  });
  const changed = changes.map(({ experiment }) => experiment);
  if (isDryRun || changes.length === 0) return changed;
  const written = changes.filter(({ text }) => text !== "");
  const blobs = writeObjects(
    repo,
    written.map(({ text }) => ({ type: "blob", data: Buffer.from(text) })),
  );
  const blobOf = new Map(written.map(({ experiment }, index) => [experiment, blobs[index] as string]));
  const what = kind === "tag" ? "tags" : changes.length === 1 ? "note" : "notes";
  const verb = written.length === 0 ? `delete ${what} of` : kind;
  const updates = changes.map(({ experiment, oldId }) => {
    return { ref: refOf(experiment), newId: blobOf.get(experiment) ?? null, oldId };
  });
  await recordedUpdate(repo, kind, `${verb} ${listNames(changed.map(({ name }) => name))}`, updates);
  return changed;
}

/** Reads labels; one that cannot be read is replaced as if it were not there. */
function readTexts(repo: GitRepository, ids: readonly (string | undefined)[]): (string | undefined)[] {
  const objects = readObjectsSync(
    repo,
    ids.map((id) => id ?? ""),
  );
  return objects.map((object) => (object?.type === "blob" ? object.data.toString() : undefined));
}
