// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;
/** Combining marks and joiners, which take no column of their own. */
const ZERO_WIDTH = /^(?:\p{Mn}|\p{Me}|[\u200b-\u200f]|\p{Variation_Selector})$/u;
/** East Asian wide characters and emoji, which take two. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/**
 * Makes text from a repository safe to print: names, messages and values may hold escape sequences that move the
 * cursor or recolour a terminal. Control characters become `\xHH`, and line breaks and tabs one space.
 */
export function toPrintable(text: string): string {
  return text.replace(CONTROL, (character) => {
    if (character === "\n" || character === "\r" || character === "\t" || character > "\u2000") return " ";
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Counts the columns that text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (ZERO_WIDTH.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}
