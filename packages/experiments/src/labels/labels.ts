/** What people wrote on an experiment. */
export interface Labels {
  /** Sorted. */
  readonly tags: readonly string[];
  /** Without a line end; `undefined` when there is none. */
  readonly note: string | undefined;
}

/** An experiment that nobody wrote anything on. */
export const NO_LABELS: Labels = { tags: [], note: undefined };

/** Formats tags as they are kept: sorted, one a line. */
export function formatTags(tags: Iterable<string>): string {
  const sorted = [...new Set(tags)].sort();
  return sorted.map((tag) => `${tag}\n`).join("");
}

/** Parses what {@link formatTags} wrote; lines that are no tags are passed over. */
export function parseTags(text: string): string[] {
  return [...new Set(text.split("\n").filter(isValidTag))].sort();
}

/** Formats a note as it is kept: without blank lines around it, and with one line end. */
export function formatNote(text: string): string {
  return `${text.replaceAll("\r\n", "\n").trim()}\n`;
}

/** Tags are words: letters, digits and `. _ - / : + @`, at most 100 characters, so that queries can name them. */
export function isValidTag(tag: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/:+@-]{0,99}$/u.test(tag);
}
