import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SeriesLine } from "@waymark/viewer/protocol";
import { decodeSeriesFrame, encodeSeriesFrame } from "../../viewer/src/client/net/frame.ts";
import { retryDelayMs } from "../../viewer/src/client/net/backoff.ts";
import { ServerClock } from "../../viewer/src/client/net/clock.ts";
import { ChartSeries } from "../../viewer/src/client/series/line-series.ts";

function line(over: Partial<SeriesLine> = {}): SeriesLine {
  return {
    line: 0,
    layer: "raw",
    replaceFrom: null,
    count: 0,
    total: 0,
    exact: true,
    nonFinite: [],
    nonFiniteCount: 0,
    ...over,
  };
}

function frame(
  snapshot: boolean,
  lines: readonly (Partial<SeriesLine> & { readonly points: readonly (readonly [number, number])[] })[],
): ArrayBuffer {
  const header = {
    id: 1,
    seq: 1,
    sentMs: 0,
    noticedMs: 0,
    snapshot,
    lines: lines.map(({ points, ...rest }) => line({ ...rest, count: points.length })),
  };
  return encodeSeriesFrame(
    header,
    lines.map(({ points }) => ({ x: points.map(([x]) => x), y: points.map(([, y]) => y) })),
  );
}

describe("series frames", () => {
  it("decode to what was encoded, bit by bit, whatever the header's length", () => {
    const points = fc.array(fc.tuple(fc.double({ noNaN: true }), fc.double()), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(points, { maxLength: 4 }), fc.string(), (lines, filler) => {
        const nonFinite = [{ x: filler.length, kind: "nan" as const }];
        const { header, columns } = decodeSeriesFrame(
          frame(
            true,
            lines.map((own, i) => ({ line: i, points: own, nonFinite })),
          ),
        );
        expect(header.lines).toHaveLength(lines.length);
        expect(columns.map(({ x, y }) => [...x].map((value, i) => [value, y[i]]))).toEqual(
          lines.map((own) => own.map(([x, y]) => [x, y])),
        );
      }),
    );
  });

  it("replace the tail from a place on and append", () => {
    const series = new ChartSeries(1);
    series.applyFrame(
      decodeSeriesFrame(
        frame(true, [
          {
            points: [
              [0, 1],
              [1, 2],
              [2, 3],
            ],
          },
        ]),
      ),
    );
    series.applyFrame(
      decodeSeriesFrame(
        frame(false, [
          {
            replaceFrom: 2,
            points: [
              [2, 30],
              [3, 4],
            ],
            total: 9,
            exact: false,
          },
        ]),
      ),
    );
    const [first] = series.lines;
    expect([...(first?.raw.x ?? [])]).toEqual([0, 1, 2, 3]);
    expect([...(first?.raw.y ?? [])]).toEqual([1, 2, 30, 4]);
    expect([first?.total, first?.isExact]).toEqual([9, false]);
  });

  it("empty what a snapshot does not name, but not what an empty snapshot has yet to name", () => {
    const series = new ChartSeries(2);
    series.applyFrame(decodeSeriesFrame(frame(true, [{ points: [[0, 1]] }, { line: 1, points: [[0, 2]] }])));
    series.applyFrame(decodeSeriesFrame(frame(true, [])));
    expect(series.lines.map(({ raw }) => raw.length)).toEqual([1, 1]);
    series.applyFrame(decodeSeriesFrame(frame(true, [{ line: 1, points: [[5, 5]] }])));
    expect(series.lines.map(({ raw }) => [...raw.x])).toEqual([[], [5]]);
  });
});

describe("reconnecting", () => {
  it("waits 0.25, 0.5, 1, 2 and then 5 seconds, give or take a fifth", () => {
    const delays = [0, 1, 2, 3, 4, 40].map((attempt) => retryDelayMs(attempt, () => 0.5));
    expect(delays).toEqual([250, 500, 1000, 2000, 5000, 5000]);
    expect(retryDelayMs(0, () => 0)).toBe(200);
    expect(retryDelayMs(0, () => 0.999_999)).toBeCloseTo(300, 2);
  });
});

describe("ServerClock", () => {
  it("trusts the quickest answer", () => {
    const clock = new ServerClock();
    clock.observe(1000, 5600, 1200);
    clock.observe(2000, 6505, 2010);
    expect(clock.toServerMs(3000)).toBe(7500);
  });
});
