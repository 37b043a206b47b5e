import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, suggestWords } from "@waymark/core/suggest";

describe("suggestWords", () => {
  it("finds what was meant, nearest first", () => {
    expect(suggestWords("brave-bt", ["calm-cod", "brave-bat", "brave-boat"])).toEqual(["brave-bat", "brave-boat"]);
    expect(suggestWords("shwo", ["show", "save", "apply"])).toEqual(["show"]);
    expect(suggestWords("li", ["list", "log", "live"])).toEqual(["list", "live"]);
  });

  it("says nothing when nothing is near, and three words at most", () => {
    expect(suggestWords("xyz", ["list", "show"])).toEqual([]);
    expect(suggestWords("a", ["aa", "ab", "ac", "ad"])).toHaveLength(3);
  });
});

describe("editDistance", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abc"), maxLength: 8 });

  it("counts insertions, deletions, replacements and swaps", () => {
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("abc", "ac")).toBe(1);
    expect(editDistance("abc", "axc")).toBe(1);
    expect(editDistance("abc", "acb")).toBe(1);
  });

  it("is zero for equal words only, the same both ways, and at most the longer length", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
