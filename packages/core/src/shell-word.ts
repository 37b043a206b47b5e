/**
 * Formats a text as one word of a shell command that people are told to type. Names of experiments, stages and files
 * come from repositories: `x;rm` is a legal name.
 *
 * @returns The text itself when no shell reads anything into it, otherwise between single quotes.
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./][\w@%+=:,./-]*$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Formats a command line as it would be typed, program first: options stay bare, and only what needs quotes has them. */
export function shellCommand(words: readonly string[]): string {
  return words.map((word) => (/^-[\w@%+=:,./-]*$/u.test(word) ? word : shellWord(word))).join(" ");
}
