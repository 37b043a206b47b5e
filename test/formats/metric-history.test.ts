import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  float,
  formatHistoryCell,
  formatHistoryHeader,
  formatHistoryRow,
  MalformedHistoryError,
  parseMetricHistory,
} from "@waymark/core";
import { readGolden } from "../support/golden.ts";

describe("formatting a history", () => {
  it("writes header and rows as DVCLive does", () => {
    expect(formatHistoryHeader({ timestamp: false, column: "loss" })).toBe("step\tloss\n");
    expect(formatHistoryHeader({ timestamp: true, column: "acc" })).toBe("timestamp\tstep\tacc\n");
    expect(formatHistoryHeader({ timestamp: false, column: "a\tb" })).toBe('step\t"a\tb"\n');
    expect(formatHistoryRow(0, float(0), 1795374227498)).toBe("1795374227498\t0\t0.0\n");
    expect(formatHistoryRow(2, 0.5)).toBe("2\t0.5\n");
    expect(formatHistoryRow(1.5, 1)).toBe("1.5\t1\n");
  });

  it("quotes text as Python's csv writer does", () => {
    for (const [value, row] of readGolden("cells.json") as [string, string][]) {
      expect(formatHistoryRow(0, value)).toBe(row);
    }
  });

  it.each([
    [1 / 3, "0.3333333333333333"],
    [1e-5, "1e-05"],
    [-0, "-0.0"],
    [10n ** 20n, "100000000000000000000"],
    [true, "True"],
    [false, "False"],
    [Number.NaN, "nan"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [" a ", " a "],
  ])("writes the cell %s as %s", (value, cell) => {
    expect(formatHistoryCell(value)).toBe(cell);
  });
});

describe("parseMetricHistory", () => {
  it("reads steps, times and values", () => {
    expect(parseMetricHistory("timestamp\tstep\tacc\n1000\t0\t0.5\n2000\t1\tnan\n")).toEqual({
      column: "acc",
      isTorn: false,
      points: [
        { step: 0, timestampMs: 1000, value: 0.5 },
        { step: 1, timestampMs: 2000, value: Number.NaN },
      ],
    });
  });

  it("gives back what was formatted", () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.string().filter((text) => !text.includes("\r")),
    );
    const row = fc.tuple(fc.nat(), value);
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((name) => !/[\r]|^step$|^timestamp$/.test(name)),
        fc.array(row),
        (column, rows) => {
          const text =
            formatHistoryHeader({ timestamp: false, column }) + rows.map((one) => formatHistoryRow(...one)).join("");
          const history = parseMetricHistory(text);
          expect(history.isTorn).toBe(false);
          expect(history.column).toBe(column);
          expect(history.points.map(({ step }) => step)).toEqual(rows.map(([step]) => step));
          history.points.forEach((point, index) => {
            const wanted = rows[index]?.[1];
            // Text that looks like a number reads as one: the format does not tell them apart.
            expect(typeof wanted === "string" && typeof point.value === "number" ? wanted : point.value).toEqual(
              wanted,
            );
          });
        },
      ),
    );
  });

  it("leaves a torn last row out and says so", () => {
    expect(parseMetricHistory("step\tloss\n0\t0.5\n1\t0.2")).toMatchObject({ isTorn: true, points: [{ step: 0 }] });
    expect(parseMetricHistory('step\tloss\n0\t"a\nb')).toMatchObject({ isTorn: true, points: [] });
    expect(parseMetricHistory("ste")).toEqual({ column: "", points: [], isTorn: true });
    expect(parseMetricHistory("")).toEqual({ column: "", points: [], isTorn: false });
  });

  it("reads CSV, Windows line ends and a byte order mark", () => {
    const points = [{ step: 3, timestampMs: undefined, value: 1.5 }];
    expect(parseMetricHistory("\ufeffstep,loss\r\n3,1.5\r\n").points).toEqual(points);
    expect(parseMetricHistory("step\tloss\r\n3\t1.5\r\n").points).toEqual(points);
  });

  it.each([
    ["step\tloss\n0\t1\t2\n", "h.tsv:2:1: the row has 3 cells, the header has 2"],
    ["step\tloss\n0\t1\nx\t2\n", "h.tsv:3:1: 'x' is not a step"],
    ["timestamp\tstep\n", "h.tsv:1:1: the header 'timestamp step' names no value column"],
    ['step\tloss\n0\t"a\nb"\n1\n', "h.tsv:4:1: the row has 1 cells"],
  ])("says where %j is wrong", (text, message) => {
    expect(() => parseMetricHistory(text, { path: "h.tsv" })).toThrow(MalformedHistoryError);
    expect(() => parseMetricHistory(text, { path: "h.tsv" })).toThrow(message);
  });
});
