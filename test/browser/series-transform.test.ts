import { describe, expect, it } from "vitest";
import type { ChartRow } from "../../viewer/src/client/chart/chart-row.ts";
import { createView, parseSpec } from "../../viewer/src/client/chart/runtime.ts";
import { LIVE_CHART_SPEC } from "../../viewer/src/client/chart/spec.ts";
import { LineSeries } from "../../viewer/src/client/series/line-series.ts";

const runtime = parseSpec(LIVE_CHART_SPEC);

function series(points: readonly (readonly [number, number])[]): LineSeries {
  const made = new LineSeries();
  for (const [x, y] of points) made.raw.push(x, y);
  return made;
}

function row(over: Partial<ChartRow>): ChartRow {
  return {
    kind: "line",
    run: "a",
    color: "#058dfa",
    dash: [],
    opacity: 1,
    extraWidth: 0,
    layer: "raw",
    series: null,
    positions: [],
    ...over,
  };
}

/** Paths of the marks as Vega exports them. */
async function paths(rows: readonly ChartRow[], signals: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
  const view = createView(runtime, "none");
  view.insert("rows", [...rows]);
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  const marks = svg.slice(svg.indexOf("mark-shape"));
  return [...marks.matchAll(/<path transform="translate\(0,0\)" d="([^"]*)"/gu)].map((match) => match[1] ?? "");
}

describe("the series transform inside a Vega view", () => {
  it("draws typed arrays through the scales' domains", async () => {
    expect(
      await paths([
        row({
          series: series([
            [0, 0],
            [0.5, 1],
            [1, 0.5],
          ]),
        }),
      ]),
    ).toEqual(["M0,150L150,0L300,75"]);
  });

  it("breaks a line where a value is missing, and draws a lone point as a dot", async () => {
    const [path] = await paths([
      row({
        series: series([
          [0, 0],
          [0.2, 0],
          [0.4, Number.NaN],
          [0.6, 0.5],
          [0.8, Number.NaN],
          [0.9, 1],
          [1, 1],
        ]),
      }),
    ]);
    expect(path).toBe("M0,150L60,150M180,75M178.5,74L181.5,74M178.5,75L181.5,75M178.5,76L181.5,76M270,0L300,0");
  });

  it("maps logarithmic scales and leaves out what they cannot show", async () => {
    const points = series([
      [1, 1],
      [10, 10],
      [100, 0],
      [100, 100],
    ]);
    const signals = { xScale: "log", xDomain: [0, 2], yScale: "log", yDomain: [0, 2] };
    expect((await paths([row({ series: points })], signals))[0]).toMatch(/^M0,150L150,75M300,0/u);
  });

  it("shows rows that arrive after it was made, without a new view", async () => {
    const view = createView(runtime, "none");
    const points = series([[0, 0]]);
    view.insert("rows", [row({ series: points })]);
    await view.runAsync();
    points.raw.push(1, 1);
    view.signal("version", 1);
    await view.runAsync();
    expect(await view.toSVG()).toContain('d="M0,150L300,0"');
    view.finalize();
  });

  it("begins a new stroke wherever rewound rows go back", async () => {
    const rewound = new LineSeries();
    for (const [x, y] of [
      [0, 0],
      [0.5, 0.5],
      [0.25, 1],
      [0.75, 1],
    ] as const)
      rewound.rewound.push(x, y);
    expect(await paths([row({ kind: "rewound", series: rewound })])).toEqual(["M0,150L150,75M75,0L225,0"]);
  });

  it("marks checkpoints on the x axis and values that are not numbers at the edge", async () => {
    const broken = new LineSeries();
    broken.nonFinite = [{ x: 0.5, kind: "nan" }];
    const drawn = await paths([
      row({ kind: "checkpoints", positions: [0, 0.5, 2] }),
      row({ kind: "invalid", series: broken }),
    ]);
    expect(drawn[0]).toBe("M0,143L0,150M150,143L150,150");
    expect(drawn[1]).toMatch(/^M146,.*L150,149/u);
  });
});
