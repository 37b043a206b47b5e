import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatView, parseView } from "../../viewer/src/client/state/view-codec.ts";
import { DEFAULT_VIEW, type ViewState } from "../../viewer/src/client/state/view-state.ts";

const name = fc.string({ minLength: 1, unit: "grapheme" });
const range = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .filter(([a, b]) => a < b);
const smoothing = fc.oneof(
  fc.constant({ kind: "none" as const }),
  fc.record({ kind: fc.constant("ema" as const), weight: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
  fc.record({
    kind: fc.constantFrom("mean" as const, "gaussian" as const, "median" as const),
    width: fc.integer({ min: 1, max: 500 }).map((half) => half * 2 + 1),
  }),
);
const scale = fc.constantFrom("linear" as const, "log" as const, "symlog" as const);
const mapOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> =>
  fc.array(fc.tuple(name, value), { maxLength: 3 }).map((entries) => new Map(entries));
const names = fc.array(name, { maxLength: 3 });

const view: fc.Arbitrary<ViewState> = fc.record({
  x: fc.constantFrom("step" as const, "relative" as const, "wall" as const),
  logX: fc.boolean(),
  yScale: scale,
  yScales: mapOf(scale),
  smoothing,
  smoothings: mapOf(smoothing),
  window: fc.option(range),
  windows: mapOf(range),
  yWindows: mapOf(range),
  tail: fc.option(fc.double({ min: 1e-9, noNaN: true, noDefaultInfinity: true })),
  outliers: fc.constantFrom("robust" as const, "all" as const),
  shown: names,
  hidden: names,
  pinned: names,
  colors: mapOf(fc.integer({ min: 0, max: 9 })),
  opened: names,
  closed: names,
  readings: fc.array(
    fc.record({ chart: name, run: name, metric: name, x: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    { maxLength: 2 },
  ),
  full: fc.option(name),
  details: fc.option(name),
  query: fc.string({ unit: "grapheme" }),
});

describe("the address of a view", () => {
  it("brings the same view back, whatever runs and metrics are called", () => {
    fc.assert(
      fc.property(view, (state) => {
        expect(normal(parseView(`#${formatView(state)}`))).toEqual(normal(state));
      }),
    );
  });

  it("is empty for the plainest view", () => {
    expect(formatView(DEFAULT_VIEW)).toBe("");
    expect(parseView("")).toEqual(DEFAULT_VIEW);
  });

  it("is readable", () => {
    expect(
      formatView({
        ...DEFAULT_VIEW,
        x: "relative",
        smoothing: { kind: "ema", weight: 0.9 },
        details: "live:runs/1/live",
      }),
    ).toBe("x=relative&smooth=ema:0.9&run=live:runs/1/live");
  });

  it("passes over what it does not know or cannot read", () => {
    fc.assert(fc.property(fc.string(), (hash) => void parseView(hash)));
    expect(parseView("#new=1&x=sideways&win=5~1&smooth=ema:7&tail=-3&at=a,b&y=log")).toEqual({
      ...DEFAULT_VIEW,
      yScale: "log",
    });
  });
});

/** Text has no negative zero. */
function normal(state: ViewState): unknown {
  return JSON.parse(JSON.stringify(state, (_, value: unknown) => (value instanceof Map ? [...value] : value)));
}
