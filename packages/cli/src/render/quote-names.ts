import { toPrintable } from "./display-text.ts";

/** Joins names as DVC does: `'a', 'b' and 'c'`. */
export function quoteNames(items: readonly { readonly name: string }[]): string {
  const words = items.map(({ name }) => quote(toPrintable(name)));
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** As Python does: double quotes where there are single ones inside. */
function quote(name: string): string {
  if (!name.includes("'")) return `'${name}'`;
  return name.includes('"') ? `'${name.replaceAll("'", String.raw`\'`)}'` : `"${name}"`;
}
