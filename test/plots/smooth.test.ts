import fc from "fast-check";
import { createSmoother, smooth, type SmoothingKind } from "@waymark/plots";
import { describe, expect, it } from "vitest";

const kinds: fc.Arbitrary<SmoothingKind> = fc.oneof(
  fc.record({ kind: fc.constant("ema" as const), weight: fc.double({ min: 0.01, max: 0.99, noNaN: true }) }),
  fc.record({
    kind: fc.constantFrom("mean" as const, "gaussian" as const, "median" as const),
    width: fc.integer({ min: 1, max: 10 }).map((half) => half * 2 + 1),
  }),
);
const values = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity) },
  ),
  { maxLength: 200 },
);

describe("createSmoother", () => {
  it("gives the same line however the points arrive, rewinds included, and says truly from where it changed", () => {
    const history = fc.array(
      fc.record({
        back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(30) }),
        values,
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(kinds, history, fc.integer({ min: 1, max: 9 }), (kind, batches, stride) => {
        const smoother = createSmoother(kind);
        const out = new Float64Array(2000);
        let line: number[] = [];
        for (const { back, values: batch } of batches) {
          const before = [...out.subarray(0, line.length)];
          const kept = Math.max(0, line.length - back);
          line = [...line.slice(0, kept), ...batch];
          const steps = Float64Array.from(line, (_, i) => i * stride);
          const from = smoother?.extend(steps, Float64Array.from(line), line.length, kept, out) ?? 0;
          const now = [...out.subarray(0, line.length)];
          expect(now).toEqual([...smooth(steps, Float64Array.from(line), kind)]);
          expect(now.slice(0, Math.min(from, before.length))).toEqual(before.slice(0, Math.min(from, now.length)));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("leaves a constant line as it is and stays within the values' range", () => {
    fc.assert(
      fc.property(kinds, values, (kind, data) => {
        const steps = Float64Array.from(data, (_, i) => i);
        const finite = data.filter(Number.isFinite);
        const line = smooth(steps, Float64Array.from(data), kind);
        for (const [index, value] of line.entries()) {
          if (!Number.isFinite(data[index])) {
            expect(value).toBeNaN();
            continue;
          }
          expect(value).toBeGreaterThanOrEqual(Math.min(...finite) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...finite) + 1e-9);
        }
      }),
    );
  });
});

describe("smooth", () => {
  it("weighs by distance along the steps, not by the number of points", () => {
    // The same signal logged at every step, and with a gap of nine steps: after the gap less of the past is left.
    const even = smooth(Float64Array.of(0, 1, 2), Float64Array.of(0, 0, 1), { kind: "ema", weight: 0.5 });
    const gap = smooth(Float64Array.of(0, 1, 10), Float64Array.of(0, 0, 1), { kind: "ema", weight: 0.5 });
    expect(even[2]).toBeCloseTo(4 / 7);
    expect(gap[2]).toBeGreaterThan(even[2] ?? 1);
    // Logged every hundredth step, the usual gap is a hundred: the line is smoothed as much as one logged every step.
    const sparse = smooth(Float64Array.of(0, 100, 200), Float64Array.of(0, 0, 1), { kind: "ema", weight: 0.5 });
    expect(sparse[2]).toBeCloseTo(4 / 7);
  });

  it("starts at the first value instead of being drawn towards 0", () => {
    expect(smooth(Float64Array.of(0, 1), Float64Array.of(5, 5), { kind: "ema", weight: 0.9 })).toEqual(
      Float64Array.of(5, 5),
    );
  });

  it("averages and takes medians over neighbours on both sides", () => {
    const steps = Float64Array.of(0, 1, 2, 3, 4);
    const spiky = Float64Array.of(1, 1, 100, 1, 1);
    expect(smooth(steps, spiky, { kind: "median", width: 3 })).toEqual(Float64Array.of(1, 1, 1, 1, 1));
    expect(smooth(steps, spiky, { kind: "mean", width: 3 })).toEqual(Float64Array.of(1, 34, 34, 34, 1));
    const bell = smooth(steps, spiky, { kind: "gaussian", width: 5 });
    expect(bell[2]).toBeGreaterThan(bell[1] ?? 0);
    expect(bell[1]).toBeCloseTo(bell[3] ?? 0);
  });
});
