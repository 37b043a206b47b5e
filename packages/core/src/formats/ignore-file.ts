/**
 * The line that ignores one file or folder beside the `.gitignore`: `/model.pt`. What has a meaning in a pattern is
 * escaped as DVC does; a backslash and a space at the end, which DVC leaves as they are, would not match otherwise. A line
 * break cannot stand in a line, so any one character is taken for it.
 */
export function formatIgnoreEntry(name: string): string {
  return `/${name
    .replace(/[[\]!*#?\\]/g, "\\$&")
    .replace(/ $/, "\\ ")
    .replace(/[\r\n]/g, "?")}`;
}

/**
 * Adds the entry of a file to the text of the `.gitignore` in its folder.
 *
 * @param text - Undefined when there is no such file yet.
 * @returns The new text; the same text when the entry is there already.
 */
export function addIgnoreEntry(text: string | undefined, name: string): string {
  const entry = formatIgnoreEntry(name);
  const current = text ?? "";
  if (current.split("\n").some((line) => isEntry(line, entry))) return current;
  const lineBreak = current.includes("\r\n") ? "\r\n" : "\n";
  return `${current}${current === "" || current.endsWith("\n") ? "" : lineBreak}${entry}${lineBreak}`;
}

/** Removes the entry of a file; undefined when nothing is left, for the file to be deleted. */
export function removeIgnoreEntry(text: string, name: string): string | undefined {
  const entry = formatIgnoreEntry(name);
  const rest = text
    .split(/(?<=\n)/)
    .filter((line) => !isEntry(line, entry))
    .join("");
  return rest.trim() === "" ? undefined : rest;
}

function isEntry(line: string, entry: string): boolean {
  return line.trim() === entry.trim();
}
