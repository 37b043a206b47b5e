import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SeriesQuery } from "@waymark/viewer/protocol";
import { LineLayer } from "../../viewer/src/server/stream/line-layer.ts";

/** What a page holds after applying updates as the protocol says. */
class Page {
  x: number[] = [];
  y: number[] = [];

  apply(update: ReturnType<LineLayer["update"]>): void {
    if (update === undefined) return;
    const from = update.replaceFrom;
    const cut = from === null ? 0 : this.x.findIndex((x) => x >= from);
    const keep = cut < 0 ? this.x.length : cut;
    this.x = [...this.x.slice(0, keep), ...update.points.x];
    this.y = [...this.y.slice(0, keep), ...update.points.y];
  }
}

const query = (over: Partial<SeriesQuery> = {}): SeriesQuery => ({
  lines: [],
  x: "step",
  from: null,
  to: null,
  buckets: 8,
  smoothing: { kind: "none" },
  logX: false,
  ...over,
});

const queries = fc
  .record({
    buckets: fc.integer({ min: 2, max: 12 }),
    logX: fc.boolean(),
    window: fc.option(fc.tuple(fc.integer({ min: -10, max: 400 }), fc.integer({ min: 0, max: 300 })), {
      nil: undefined,
    }),
  })
  .map(({ buckets, logX, window }) =>
    query({ buckets, logX, from: window?.[0] ?? null, to: window === undefined ? null : window[0] + window[1] }),
  );

/** Appends, and now and then a rewind to an earlier point first. */
const batches = fc.array(
  fc.record({
    back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(60) }),
    points: fc.array(fc.record({ gap: fc.constantFrom(0, 1, 1, 1, 2, 7), y: fc.integer({ min: -99, max: 99 }) }), {
      maxLength: 60,
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

describe("LineLayer", () => {
  it("leaves a page that applied every update with exactly what a fresh subscription gets", () => {
    fc.assert(
      fc.property(queries, batches, (asked, history) => {
        const layer = new LineLayer(asked);
        const page = new Page();
        let line: { x: number; y: number }[] = [];
        for (const { back, points } of history) {
          const kept = Math.max(0, line.length - back);
          line = line.slice(0, kept);
          for (const { gap, y } of points) line.push({ x: (line.at(-1)?.x ?? -4) + gap, y });
          const x = Float64Array.from(line, (point) => point.x);
          const y = Float64Array.from(line, (point) => point.y);
          page.apply(layer.update(x, y, line.length, kept));
          const fresh = new Page();
          fresh.apply(new LineLayer(asked).update(x, y, line.length, 0));
          expect({ x: page.x, y: page.y }).toEqual({ x: fresh.x, y: fresh.y });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("sends only the new points while all of them are sent", () => {
    const layer = new LineLayer(query({ buckets: 100 }));
    const x = Float64Array.from({ length: 100 }, (_, i) => i);
    layer.update(x, x, 90, 0);
    const update = layer.update(x, x, 100, 90);
    expect(update).toMatchObject({ replaceFrom: 90, total: 100, exact: true });
    expect(update?.points.length).toBe(10);
  });

  it("sends only the last bucket once points are reduced, and everything when the bucket width doubles", () => {
    const layer = new LineLayer(query({ buckets: 100 }));
    const x = Float64Array.from({ length: 5000 }, (_, i) => i);
    expect(layer.update(x, x, 2050, 0)).toMatchObject({ replaceFrom: null, total: 2050, exact: false });
    const tail = layer.update(x, x, 2055, 2050);
    expect(tail?.replaceFrom).toBe(2048);
    expect(tail?.points.length).toBeLessThanOrEqual(4);
    expect(layer.update(x, x, 5000, 2055)?.replaceFrom).toBeNull();
  });

  it("has nothing to say when nothing changed, or when what changed lies outside the window", () => {
    const layer = new LineLayer(query({ from: 10, to: 20, buckets: 50 }));
    const x = Float64Array.from({ length: 100 }, (_, i) => i);
    expect(layer.update(x, x, 50, 0)).toBeDefined();
    expect(layer.update(x, x, 50, 50)).toBeUndefined();
    expect(layer.update(x, x, 100, 50)).toBeUndefined();
  });

  it("reaches one point beyond a window on both sides, so that lines run to the edges", () => {
    const x = Float64Array.from({ length: 100 }, (_, i) => i * 10);
    const update = new LineLayer(query({ from: 101, to: 299, buckets: 500 })).update(x, x, 100, 0);
    expect([update?.points.x[0], update?.points.x.at(-1), update?.total]).toEqual([100, 300, 19]);
  });
});
