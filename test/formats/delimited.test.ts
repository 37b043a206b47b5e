import { parseDelimited, splitDelimited } from "@waymark/core/formats/delimited";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCsv } from "../../packages/cli/src/render/csv.ts";

function rows(text: string, separator = ",", hasHeader = true): unknown {
  return parseDelimited(text, { separator, hasHeader }).map((row) => ({ ...row }));
}

describe("parseDelimited", () => {
  test("keeps every cell as text", () => {
    expect(rows("a,b\n1,x y\n")).toEqual([{ a: "1", b: "x y" }]);
  });

  test("leaves empty lines out, and fills short rows with nulls", () => {
    expect(rows("a,b\r\n\r\n1\r\n,\r\n1,2,3")).toEqual([
      { a: "1", b: null },
      { a: "", b: "" },
      { a: "1", b: "2" },
    ]);
  });

  test("calls columns by their number where there is no header, tabs and commas apart", () => {
    expect(rows("1\t2,5\n3\t4\n", "\t", false)).toEqual([
      { 0: "1", 1: "2,5" },
      { 0: "3", 1: "4" },
    ]);
    expect(rows("", ",", false)).toEqual([]);
  });

  test("reads quotes as leniently as Python does", () => {
    expect(rows('a,b\n"x ""y"", z","two\nlines"\n5" disk,"ab"c\n')).toEqual([
      { a: 'x "y", z', b: "two\nlines" },
      { a: '5" disk', b: "abc" },
    ]);
  });

  test("takes a byte order mark for no part of a name", () => {
    expect(rows("\ufeffa\n1\n")).toEqual([{ a: "1" }]);
  });

  test("a column may be called as something every object has", () => {
    const [row] = parseDelimited("__proto__,constructor\n1,2\n", { separator: ",", hasHeader: true });
    expect(Object.entries(row ?? {})).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  test("reads back what is written as CSV", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "1", '"', ",", " ", "\n", "é", ";") });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(table, (cells) => {
        expect(splitDelimited(formatCsv(cells), ",")).toEqual(cells);
      }),
    );
  });
});
