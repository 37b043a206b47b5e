/**
 * Tells whether a name matches a pattern as Python's `fnmatch` understands it: `*`, `?`, `[abc]`, `[!abc]`. Takes time in
 * proportion to both lengths, whatever the pattern.
 */
export function matchesWildcard(name: string, pattern: string): boolean {
  const parts = parsePattern(pattern);
  const characters = [...name];
  let [at, part] = [0, 0];
  // Where to go on when what follows the last `*` does not match here: the star takes one character more.
  let [starPart, starAt] = [-1, 0];
  while (at < characters.length) {
    const current = parts[part];
    if (current === "*") {
      [starPart, starAt] = [part, at];
      part += 1;
    } else if (current !== undefined && current(characters[at] as string)) {
      at += 1;
      part += 1;
    } else if (starPart >= 0) {
      starAt += 1;
      [at, part] = [starAt, starPart + 1];
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === "*");
}

type Part = "*" | ((character: string) => boolean);

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    if (character === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (character === "?") {
      parts.push(() => true);
    } else if (character === "[") {
      const end = findSetEnd(characters, at);
      if (end === undefined) parts.push((other) => other === "[");
      else parts.push(parseSet(characters.slice(at + 1, end)));
      at = end ?? at;
    } else {
      parts.push((other) => other === character);
    }
  }
  return parts;
}

/** A `]` right behind the `[` or `[!` is one of the characters. */
function findSetEnd(characters: readonly string[], start: number): number | undefined {
  let at = start + 1;
  if (characters[at] === "!") at += 1;
  if (characters[at] === "]") at += 1;
  const end = characters.indexOf("]", at);
  return end < 0 ? undefined : end;
}

function parseSet(inner: readonly string[]): Part {
  const isNegated = inner[0] === "!";
  const members = isNegated ? inner.slice(1) : inner;
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at += 1) {
    const [from, dash, to] = members.slice(at, at + 3);
    if (dash === "-" && to !== undefined) {
      ranges.push([from as string, to]);
      at += 2;
    } else {
      ranges.push([from as string, from as string]);
    }
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== isNegated;
}
