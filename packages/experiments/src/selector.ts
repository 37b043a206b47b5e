import { InvalidSelectorError } from "./errors.ts";

/** What `NAME` or `NAME@STEP` means: an experiment or revision, and maybe one checkpoint of it. */
export interface CheckpointSelector {
  /** A name, a full ref, or any revision Git can resolve. */
  readonly name: string;
  /** `undefined` for the newest. */
  readonly step: number | undefined;
}

/**
 * Reads what a user typed.
 *
 * A name may contain `@` itself (`v@2x`): only the text after the last one counts, and only when it is a number.
 * `@{` belongs to Git's own grammar (`HEAD@{1}`).
 *
 * @throws {@link InvalidSelectorError} for an empty name, or a step that is too large to be one.
 */
export function parseCheckpointSelector(text: string): CheckpointSelector {
  const at = text.lastIndexOf("@");
  const tail = at === -1 ? "" : text.slice(at + 1);
  if (at === -1 || !/^\d+$/u.test(tail)) {
    if (text === "") throw new InvalidSelectorError(text, "it is empty");
    return { name: text, step: undefined };
  }
  const step = Number(tail);
  if (at === 0) throw new InvalidSelectorError(text, "the name before '@' is missing");
  if (!Number.isSafeInteger(step)) throw new InvalidSelectorError(text, `${tail} is no step`);
  return { name: text.slice(0, at), step };
}

/** Writes a checkpoint as users type it. */
export function formatCheckpointSelector(name: string, step: number | undefined): string {
  return step === undefined ? name : `${name}@${step}`;
}
