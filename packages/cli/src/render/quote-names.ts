import { toPrintable } from "./display-text.ts";

/** Joins names as DVC does: `'a', 'b' and 'c'`. */
export function quoteNames(items: readonly { readonly name: string }[]): string {
  const words = items.map(({ name }) => `'${toPrintable(name)}'`);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
