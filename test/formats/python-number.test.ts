import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float, FloatValue, formatPythonFloat, formatPythonNumber, int, NotAnIntegerError } from "@waymark/core";
import { readGolden } from "../support/golden.ts";

function fromHex(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

describe("formatPythonFloat", () => {
  it("writes what Python's repr writes", () => {
    for (const [hex, text] of readGolden("floats.json") as [string, string][]) {
      expect(formatPythonFloat(fromHex(hex)), hex).toBe(text);
    }
  });

  it.each([
    [1 / 3, "0.3333333333333333"],
    [1e16, "1e+16"],
    [1e15, "1000000000000000.0"],
    [1e-5, "1e-05"],
    [0.0001, "0.0001"],
    [123456789012345680, "1.2345678901234568e+17"],
    [1e22, "1e+22"],
    [-0, "-0.0"],
    [1.5e300, "1.5e+300"],
    [5e-324, "5e-324"],
    [1, "1.0"],
  ])("writes %d as %s", (value, text) => {
    expect(formatPythonFloat(value)).toBe(text);
  });

  it("reads back as the same number, and always as a float", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const text = formatPythonFloat(value);
        expect(Number(text.replace("inf", "Infinity"))).toBe(value);
        expect(text).toMatch(/[.en]/);
      }),
    );
  });
});

describe("formatPythonNumber", () => {
  it("takes a whole number for an integer until it is called a float", () => {
    expect(formatPythonNumber(2)).toBe("2");
    expect(formatPythonNumber(-0)).toBe("-0.0");
    expect(formatPythonNumber(float(2))).toBe("2.0");
    expect(formatPythonNumber(0.5)).toBe("0.5");
    expect(formatPythonNumber(1e21)).toBe("1000000000000000000000");
    expect(formatPythonNumber(int(1e20))).toBe("100000000000000000000");
    expect(formatPythonNumber(10n ** 30n)).toBe("1000000000000000000000000000000");
    expect(formatPythonNumber(int(7))).toBe("7");
  });

  it("refuses to call a fraction an integer", () => {
    expect(() => int(1.5)).toThrow(NotAnIntegerError);
    expect(() => int(Number.NaN)).toThrow("NaN is not an integer");
  });

  it("keeps marked numbers usable in arithmetic", () => {
    expect(new FloatValue(2).valueOf() + 1).toBe(3);
    expect(int(3).valueOf()).toBe(3);
  });
});
