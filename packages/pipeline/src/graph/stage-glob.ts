/**
 * Tells whether a name matches a pattern of Python's `fnmatch`: `*` any text, `?` one character, `[…]` and `[!…]` one
 * of a set.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const end = character === "[" ? endOfSet(pattern, at) : undefined;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (end === undefined) source += character.replace(/[\\^$.|?*+(){}[\]/-]/, "\\$&");
    else {
      const set = pattern.slice(at + 1, end);
      const isNegated = set.startsWith("!");
      source += `[${isNegated ? "^" : ""}${(isNegated ? set.slice(1) : set).replace(/[\\^[\]&~]/g, "\\$&")}]`;
      at = end;
    }
  }
  try {
    return new RegExp(`^${source}$`, "su").test(name);
  } catch {
    // A range that runs backwards matches nothing.
    return false;
  }
}

/** Where the `]` of a set stands; one right behind the `[` belongs to the set. */
function endOfSet(pattern: string, open: number): number | undefined {
  const from = pattern.charAt(open + 1) === "!" ? open + 3 : open + 2;
  const close = pattern.indexOf("]", from);
  return close === -1 ? undefined : close;
}
