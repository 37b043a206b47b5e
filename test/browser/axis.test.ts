import { PointList } from "@waymark/plots";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapValue, unmapValue } from "../../viewer/src/client/chart/axis-scale.ts";
import { yDomain } from "../../viewer/src/client/chart/domain.ts";
import { linearValues, valueTicks, xTicks } from "../../viewer/src/client/chart/ticks.ts";
import { formatTick, formatValue } from "../../viewer/src/client/text/number.ts";
import { formatDuration } from "../../viewer/src/client/text/time.ts";

function points(values: readonly number[]): PointList {
  const list = new PointList();
  values.forEach((value, i) => list.push(i, value));
  return list;
}

describe("axis scales", () => {
  it("map back to where they came from", () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(value, fc.constantFrom("linear" as const, "symlog" as const), (v, scale) => {
        expect(unmapValue(scale, mapValue(scale, v))).toBeCloseTo(v, 5);
      }),
    );
    expect(mapValue("log", 0)).toBeNaN();
  });
});

describe("ticks", () => {
  it("are few round numbers inside the range, in order", () => {
    const bound = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 2, max: 10 }), (a, b, count) => {
        fc.pre(Math.abs(a - b) > 1e-6 * Math.max(1, Math.abs(a), Math.abs(b)));
        const [low, high] = a < b ? [a, b] : [b, a];
        const values = linearValues([low, high], count);
        expect(values.length).toBeLessThanOrEqual(count * 2 + 2);
        values.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(low - 1e-9 * (high - low));
          expect(value).toBeLessThanOrEqual(high + 1e-9 * (high - low));
          if (i > 0) expect(value).toBeGreaterThan(values[i - 1] ?? Infinity);
        });
      }),
    );
  });

  it("read as people write them", () => {
    expect(valueTicks("linear", [0, 1], 5).labels).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(valueTicks("log", [0.001, 20], 5).labels).toEqual(["0.001", "0.01", "0.1", "1", "10"]);
    expect(valueTicks("log", [0.04, 2.5], 5).labels).toEqual(["0.05", "0.1", "0.2", "0.5", "1", "2"]);
    expect(xTicks("step", false, [0, 98_304], 5).labels).toEqual(["0", "20k", "40k", "60k", "80k"]);
    expect(xTicks("step", false, [0, 3], 6).labels).toEqual(["0", "1", "2", "3"]);
    expect(xTicks("relative", false, [0, 7200], 4).labels).toEqual(["0s", "30m 00s", "1h 00m", "1h 30m", "2h 00m"]);
  });
});

describe("the y range", () => {
  it("covers all points with a margin, and stays above zero where they do", () => {
    const { range, isRobust } = yDomain([points([0.1, 2, 5])], [0, 2], "linear", true) ?? {
      range: [0, 0],
      isRobust: true,
    };
    expect(range[0]).toBe(0);
    expect(range[1]).toBeGreaterThan(5);
    expect(isRobust).toBe(false);
  });

  it("leaves out a spike that would flatten the rest, and says so", () => {
    const values = Array.from({ length: 300 }, (_, i) => (i === 150 ? 1e6 : Math.sin(i)));
    const robust = yDomain([points(values)], [0, 300], "linear", true);
    expect(robust?.isRobust).toBe(true);
    expect(robust?.range[1]).toBeLessThan(10);
    expect(yDomain([points(values)], [0, 300], "linear", false)?.range[1]).toBeGreaterThan(1e6);
  });

  it("is unknown where the scale can show nothing", () => {
    expect(yDomain([points([-1, 0])], [0, 5], "log", true)).toBeNull();
    expect(yDomain([], [0, 1], "linear", true)).toBeNull();
  });
});

describe("numbers", () => {
  it.each([
    [0.041_23, "0.04123"],
    [1.2346e-7, "1.235e-7"],
    [98.314_15, "98.31"],
    [12_480, "12,480"],
    [-0.5, "−0.5000"],
    [Number.NaN, "NaN"],
    [Infinity, "∞"],
    [null, "–"],
    ["nan", "nan"],
  ] as const)("shows %s as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it.each([
    [0.0002, 0.0001, "0.0002"],
    [1_500_000, 500_000, "1.5M"],
    [0.3, 0.1, "0.3"],
  ])("labels %d in steps of %d as %s", (value, step, text) => {
    expect(formatTick(value, step)).toBe(text);
  });

  it.each([
    [0.25, "250ms"],
    [12, "12s"],
    [245, "4m 05s"],
    [3720, "1h 02m"],
    [273_600, "3d 04h"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
