/** How much of a long text is shown on either side. */
const CONTEXT = 60;

/**
 * Shows a place in a text of one line, with a caret below it.
 *
 * @param column - 0-based, in UTF-16 units.
 */
export function pointAt(text: string, column: number): string {
  const start = Math.max(0, column - CONTEXT);
  const line = text.slice(start, column + CONTEXT).replaceAll(/[\r\n\t]/gu, " ");
  return `  ${line}\n  ${" ".repeat(column - start)}^`;
}
