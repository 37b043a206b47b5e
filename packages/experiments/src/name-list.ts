const LISTED = 5;

/** Lists names for a line of a record: `'a'`, `'a' and 'b'`, `'a', 'b', 'c', 'd', 'e' and 995 more`. */
export function listNames(names: readonly string[]): string {
  const quoted = names.slice(0, names.length > LISTED + 1 ? LISTED : names.length).map((name) => `'${name}'`);
  if (quoted.length < names.length) quoted.push(`${names.length - quoted.length} more`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1) ?? ""}`;
}
