import { TrackerError } from "@waymark/core/errors";

/** A tag with characters that queries and listings could not show. */
export class InvalidTagError extends TrackerError {
  override readonly code = "INVALID_TAG";
  readonly tag: string;

  constructor(tag: string) {
    super(`'${tag}' cannot be a tag`, {
      hint: "Tags are words of letters, digits and . _ - / : + @, at most 100 characters.",
    });
    this.tag = tag;
  }
}

/** A note that is no text for people. */
export class InvalidNoteError extends TrackerError {
  override readonly code = "INVALID_NOTE";

  constructor(reason: string, hint: string) {
    super(`This cannot be a note: ${reason}`, { hint });
  }
}
