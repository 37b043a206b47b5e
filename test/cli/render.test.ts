import { formatStatusText } from "../../packages/cli/src/render/status-text.ts";
import { float } from "@waymark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCsv } from "../../packages/cli/src/render/csv.ts";
import { displayWidth, toPrintable } from "../../packages/cli/src/render/display-text.ts";
import { formatSignificant, formatValue } from "../../packages/cli/src/render/format-value.ts";
import { formatMarkdownTable } from "../../packages/cli/src/render/markdown.ts";
import { formatTable } from "../../packages/cli/src/render/table.ts";
import { isGoBetween } from "../../packages/cli/src/find-caller.ts";

test("a table aligns its columns, numbers to the right, and shows what is missing", () => {
  const table = formatTable(
    [{ header: "Name" }, { header: "loss", align: "right" }, { header: "note" }],
    [
      ["brave-bat", "0.25", "a"],
      ["日本", undefined, "longer"],
    ],
  );
  expect(table).toBe("Name       loss  note\nbrave-bat  0.25  a\n日本          -  longer\n");
});

test("whatever the cells, every line is as wide as its columns, and holds no control character", () => {
  const cell = fc.string({ unit: "grapheme", maxLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), (rows) => {
      const lines = formatTable([{ header: "a" }, { header: "b", align: "right" }], rows)
        .trimEnd()
        .split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows.length + 1);
      // oxlint-disable-next-line no-control-regex -- what must not be there
      expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u007f]/u);
    }),
  );
});

test("text that could move the cursor is shown instead", () => {
  expect(toPrintable("a\u001b[2Jb\nc\td")).toBe(String.raw`a\x1b[2Jb c d`);
  expect(displayWidth("日本e\u0301😀")).toBe(7);
});

test("CSV quotes what needs it, as Python does", () => {
  expect(formatCsv([["a", 'say "hi"', "x,y", "two\nlines", ""]])).toBe('a,"say ""hi""","x,y","two\nlines",\r\n');
});

test("Markdown escapes bars", () => {
  expect(formatMarkdownTable(["Path", "a|b"], [["x", "1"]])).toBe(
    "| Path   | a\\|b   |\n|--------|--------|\n| x      | 1      |\n\n",
  );
});

describe("values", () => {
  test.each([
    [1, 5, "1"],
    [float(1), 5, "1"],
    [float(1), undefined, "1.0"],
    [1 / 3, 5, "0.33333"],
    [123456.789, 5, "1.2346e+05"],
    [float(1e-7), 5, "1e-07"],
    [0.0001, 5, "0.0001"],
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [2.5, 1, "2"],
    [-12345.5, 5, "-12346"],
    [99999.5, 5, "1e+05"],
    [1234567, 5, "1234567"],
    [true, 5, "True"],
    [[1, [2.5, "a'b", null]], 5, `[1, [2.5, "a'b", None]]`],
    ["plain", 5, "plain"],
  ])("%j with %s digits is %s", (value, precision, expected) => {
    expect(formatValue(value, precision)).toBe(expected);
  });

  test("that are missing have no text", () => {
    expect([formatValue(null, 5), formatValue(undefined, 5)]).toEqual([undefined, undefined]);
  });

  test("keep as many digits as asked for", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
        fc.integer({ min: 1, max: 17 }),
        (value, digits) => {
          const error = Math.abs(Number(formatSignificant(value, digits)) - value);
          expect(error).toBeLessThanOrEqual(Math.abs(value) * 10 ** (1 - digits));
        },
      ),
    );
  });
});

test("what only starts this command is not the script that trains", () => {
  expect(isGoBetween(["npm exec waymark checkpoint model.bin"])).toBe(true);
  expect(isGoBetween(["sh", "-c", "waymark checkpoint model.bin"])).toBe(true);
  expect(isGoBetween(["/bin/bash", "-c", "for i in 1 2; do waymark checkpoint m; done"])).toBe(false);
  expect(isGoBetween(["bash", "train.sh"])).toBe(false);
  expect(isGoBetween(["python3", "train.py"])).toBe(false);
});

describe("formatStatusText", () => {
  test("makes names that repositories hold printable", () => {
    const status = { "s\u001B[31m": [{ "changed outs": { "o\u0007\nforged": "deleted" } }] };
    expect(formatStatusText(status)).toBe("s\\x1b[31m:\n\tchanged outs:\n\t\tdeleted:            o\\x07 forged\n");
  });
});
