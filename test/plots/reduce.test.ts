import fc from "fast-check";
import { bucketOf, bucketStart, chooseGrid, lowerBound, PointList, reduceRange } from "@waymark/plots";
import { describe, expect, it } from "vitest";

/** Strictly ascending x with y that may be non-finite. */
const series = (least = 0) =>
  fc
    .array(
      fc.record({
        gap: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.01, max: 20, noNaN: true })),
        y: fc.oneof(
          { weight: 9, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
          { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
        ),
      }),
      { minLength: least, maxLength: 400 },
    )
    .map((points) => {
      let at = -3;
      return {
        x: Float64Array.from(points, ({ gap }) => (at += gap)),
        y: Float64Array.from(points, ({ y }) => y),
      };
    });

describe("chooseGrid", () => {
  it("covers a range with at most the asked number of buckets, and no grid of half the width would", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 2000 }),
        (from, span, buckets) => {
          const to = from + span;
          const grid = chooseGrid(from, to, buckets);
          expect(Number.isInteger(Math.log2(grid.width))).toBe(true);
          expect(bucketOf(grid, to) - bucketOf(grid, from) + 1).toBeLessThanOrEqual(buckets);
          const half = grid.width / 2;
          const isFinest = Math.floor(to / half) - Math.floor(from / half) + 1 > buckets;
          // A range of one point, or one near the precision of a double, has no finer grid worth having.
          expect(isFinest || span / buckets <= grid.width).toBe(true);
        },
      ),
    );
  });

  it("never moves an edge while a series grows: a wider grid's edges are edges of the narrower one", () => {
    const narrow = chooseGrid(0, 1000, 500);
    const wide = chooseGrid(0, 4001, 500);
    for (let index = 0; index < 400; index++) {
      const edge = bucketStart(wide, index);
      expect(bucketStart(narrow, bucketOf(narrow, edge))).toBe(edge);
    }
  });

  it("puts every x into the bucket whose edges enclose it, on a log axis too", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), fc.integer({ min: 2, max: 900 }), (x, buckets) => {
        const grid = chooseGrid(1e-9, 1e12, buckets, true);
        const index = bucketOf(grid, x);
        expect(bucketStart(grid, index)).toBeLessThanOrEqual(x);
        expect(bucketStart(grid, index + 1)).toBeGreaterThan(x);
      }),
    );
  });
});

describe("lowerBound", () => {
  it("finds the first x that is not below a value", () => {
    fc.assert(
      fc.property(series(), fc.double({ min: -10, max: 5000, noNaN: true }), ({ x }, value) => {
        const found = x.findIndex((entry) => entry >= value);
        expect(lowerBound(x, value, 0, x.length)).toBe(found < 0 ? x.length : found);
      }),
    );
  });
});

describe("reduceRange", () => {
  it("keeps the exact envelope, first and last of every bucket, and nothing that was not logged", () => {
    fc.assert(
      fc.property(series(1), fc.integer({ min: 2, max: 60 }), fc.boolean(), (data, buckets, log) => {
        const start = log ? lowerBound(data.x, Number.MIN_VALUE, 0, data.x.length) : 0;
        fc.pre(start < data.x.length);
        const grid = chooseGrid(data.x[start] ?? 0, data.x.at(-1) ?? 0, buckets, log);
        const out = new PointList();
        reduceRange(data.x, data.y, start, data.x.length, grid, out);

        const reduced = groupByBucket(out.x, out.y, 0, grid);
        const full = groupByBucket(data.x, data.y, start, grid);
        expect([...reduced.keys()]).toEqual([...full.keys()]);
        for (const [bucket, points] of full) {
          const finite = points.filter(({ y }) => Number.isFinite(y));
          const sent = reduced.get(bucket) ?? [];
          expect(sent.length).toBeLessThanOrEqual(4);
          if (finite.length === 0) {
            expect(sent).toEqual([{ x: points[0]?.x, y: Number.NaN }]);
            continue;
          }
          expect(sent[0]).toEqual(finite[0]);
          expect(sent.at(-1)).toEqual(finite.at(-1));
          expect(Math.min(...sent.map(({ y }) => y))).toBe(Math.min(...finite.map(({ y }) => y)));
          expect(Math.max(...sent.map(({ y }) => y))).toBe(Math.max(...finite.map(({ y }) => y)));
          for (const point of sent) expect(finite).toContainEqual(point);
        }
        expect(out.x.every((x, i) => i === 0 || x > (out.x[i - 1] ?? 0))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps all 15 spikes of a series of 100,000 points", () => {
    const x = Float64Array.from({ length: 100_000 }, (_, i) => i);
    const spikes = new Set(Array.from({ length: 15 }, (_, i) => 3000 + i * 6451));
    const y = Float64Array.from(x, (step) => (spikes.has(step) ? 50 + (step % 7) : Math.sin(step / 900)));
    const out = new PointList();
    reduceRange(x, y, 0, x.length, chooseGrid(0, 99_999, 500), out);
    expect(out.length).toBeLessThanOrEqual(2000);
    expect([...out.x].filter((step) => spikes.has(step))).toHaveLength(15);
  });
});

function groupByBucket(
  x: Float64Array,
  y: Float64Array,
  start: number,
  grid: ReturnType<typeof chooseGrid>,
): Map<number, { x: number; y: number }[]> {
  const buckets = new Map<number, { x: number; y: number }[]>();
  for (let i = start; i < x.length; i++) {
    const at = x[i] ?? 0;
    const bucket = buckets.get(bucketOf(grid, at)) ?? [];
    buckets.set(bucketOf(grid, at), bucket);
    bucket.push({ x: at, y: y[i] ?? 0 });
  }
  return buckets;
}
