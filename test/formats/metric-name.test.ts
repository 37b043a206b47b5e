import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeFileName, fileNameToMetricName, InvalidMetricNameError, parseMetricName } from "@waymark/core";

describe("parseMetricName", () => {
  it("splits at slashes; dots, spaces and other scripts are plain text", () => {
    expect(parseMetricName("train/loss")).toEqual({
      segments: ["train", "loss"],
      fileSegments: ["train", "loss"],
      column: "loss",
    });
    expect(parseMetricName("a.b.c").fileSegments).toEqual(["a.b.c"]);
    expect(parseMetricName("system/cpu/usage (%)").fileSegments).toEqual(["system", "cpu", "usage (%)"]);
    expect(parseMetricName("損失").column).toBe("損失");
  });

  it("escapes in file names what Windows forbids", () => {
    expect(parseMetricName('a:b/c<d>"|?*').fileSegments).toEqual(["a%3Ab", "c%3Cd%3E%22%7C%3F%2A"]);
    expect(parseMetricName("trailing.").fileSegments).toEqual(["trailing%2E"]);
  });

  it.each([
    ["", "is empty"],
    ["/abs", "starts with '/'"],
    ["a//b", "has an empty part"],
    ["a/", "has an empty part"],
    ["../x", "has the part '..'"],
    ["a/../../b", "has the part '..'"],
    ["./b", "has the part '.'"],
    ["a\0b", "holds a NUL character"],
    ["step", "ends in 'step'"],
    ["x/timestamp", "ends in 'timestamp'"],
    ["x".repeat(241), "has a part longer than 240 bytes"],
    ["日".repeat(81), "has a part longer than 240 bytes"],
    ["x/".repeat(100) + "y", "has more than 100 parts"],
    ["part/".repeat(200) + "y", "is longer than 1000 characters"],
  ])("refuses %j", (name, reason) => {
    expect(() => parseMetricName(name)).toThrow(InvalidMetricNameError);
    expect(() => parseMetricName(name)).toThrow(reason);
  });

  it("gives the name back from its file name, and different names different files", () => {
    const part = fc
      .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'ab.: %2A3<>|?*\\"é') })
      .filter((text) => text !== "." && text !== "..");
    fc.assert(
      fc.property(part, (name) => {
        const file = escapeFileName(name);
        expect(file).not.toMatch(/[<>:"\\|?*]|[. ]$/);
        expect(fileNameToMetricName(file)).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });
});
