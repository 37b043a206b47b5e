/** Escapes what has a meaning in an ignore pattern, as DVC does. */
function escapePattern(name: string): string {
  return name.replace(/[[\]!*#?]/g, (character) => `\\${character}`);
}

/** The line that ignores one file of the folder: `/model.pt`. */
export function formatIgnoreEntry(name: string): string {
  return `/${escapePattern(name)}`;
}

/**
 * Adds the entry of a file to the text of a `.gitignore` in the same folder.
 *
 * @param text - Undefined when there is no such file yet.
 * @returns The new text; the same text when the entry is there already.
 */
export function addIgnoreEntry(text: string | undefined, name: string): string {
  const entry = formatIgnoreEntry(name);
  const current = text ?? "";
  if (current.split("\n").some((line) => line.trim() === entry)) return current;
  return `${current}${current === "" || current.endsWith("\n") ? "" : "\n"}${entry}\n`;
}

/** Removes the entry of a file; undefined when nothing is left, for the file to be deleted. */
export function removeIgnoreEntry(text: string, name: string): string | undefined {
  const entry = formatIgnoreEntry(name);
  const kept = text.split("\n").filter((line) => line.trim() !== entry);
  const rest = kept.join("\n");
  return rest.trim() === "" ? undefined : rest;
}
