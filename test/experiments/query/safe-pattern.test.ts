import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern, PatternError } from "../../../packages/experiments/src/query/safe-pattern.ts";

describe("a regular expression", () => {
  test("matches what JavaScript's own matches", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\d", "^", "$", "\\b", "(a|b)", "(?:ab|)", "1");
    const part = fc.tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?")).map(
      // An assertion cannot be repeated in JavaScript.
      ([one, times]) => (/^(?:\^|\$|\\b)$/u.test(one) ? one : one + times),
    );
    const pattern = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
    const text = fc.array(fc.constantFrom("a", "b", "1", " "), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, pattern, text, (one, other, subject) => {
        for (const source of [one, `${one}|${other}`]) {
          expect(compilePattern(source).test(subject)).toBe(new RegExp(source, "u").test(subject));
        }
      }),
    );
  });

  test("reads characters beyond the first plane, any case, and escapes", () => {
    expect(compilePattern("^.$").test("\u{1F600}")).toBe(true);
    expect(compilePattern("(?i)STRASSE-[A-C]").test("strasse-b")).toBe(true);
    expect(compilePattern("\\x41\\u0042\\.").test("AB.")).toBe(true);
    expect(compilePattern("[\\d\\]-]+$").test("1]-")).toBe(true);
    expect(compilePattern("\\s\\S\\W").test(" x.")).toBe(true);
  });

  test.each(["(", "a)", "[a", "*a", "a**", "a{3,1}", "a{9999}", "[z-a]", "(?<n>a)", "(?!a)", "\\1", "\\p{L}", "\\"])(
    "%s is refused",
    (source) => {
      expect(() => compilePattern(source)).toThrow(PatternError);
    },
  );

  test("takes time in proportion to the text, also where others would never end", () => {
    // Backtracking would try 2^40 and more ways.
    expect(compilePattern("^(a+)+$").test(`${"a".repeat(5000)}!`)).toBe(false);
    expect(compilePattern("(x+x+)+y").test("x".repeat(5000))).toBe(false);
    expect(compilePattern("(.*)*(.*)*=").test("-".repeat(5000))).toBe(false);
  });

  test("is refused when it is too large to be quick", () => {
    expect(() => compilePattern("((a{100}){100}){100}")).toThrow("The pattern is too large");
    expect(() => compilePattern("((){1000}){1000}")).toThrow("The pattern is too large");
    expect(() => compilePattern(`${"(".repeat(200)}a${")".repeat(200)}`)).toThrow("nested too deeply");
  });
});
