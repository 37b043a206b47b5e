import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float, int } from "@waymark/core";
import { countConfusion } from "../../packages/live/src/report/confusion-chart.ts";
import { formatHtmlReport } from "../../packages/live/src/report/html.ts";
import { drawLineChart } from "../../packages/live/src/report/line-chart.ts";
import { formatMarkdownReport } from "../../packages/live/src/report/markdown.ts";
import { drawPlot } from "../../packages/live/src/report/plot-chart.ts";
import { escapeHtml, formatFigure, type ReportData, toFlatValue } from "../../packages/live/src/report/report-data.ts";
import { makeNameScale, makeScale } from "../../packages/live/src/report/scale.ts";
import { shorten } from "../../packages/live/src/report/svg.ts";
import { thinOut } from "../../packages/live/src/report/thin-out.ts";

const EVIL = `<img src=x onerror="alert('1')">&</script>|*_\`[a](b)\u0000`;

const EMPTY: ReportData = {
  title: "brave-bat",
  subtitle: "live · finished · step 2",
  params: {},
  metrics: {},
  histories: [],
  images: [],
  plots: [],
  problems: [],
};

const rows = [
  { x: 0, y: 1, name: "a", actual: "cat", predicted: "dog" },
  { x: 1, y: 2, name: "b", actual: "dog", predicted: "dog" },
];
const plotOf = (template: string | undefined, name = "p") => ({
  name,
  properties: { ...(template === undefined ? {} : { template }), x: "x", y: "y" },
  rows,
});

const FULL: ReportData = {
  ...EMPTY,
  params: { lr: 0.1, "model.depth": 3 },
  metrics: { "train.loss": 0.123456789, ok: true, none: null },
  histories: [{ name: "train/loss", points: [0.5, Number.NaN, 0.25].map((y, x) => ({ x, y })) }],
  images: [{ name: "samples/0.png", kind: "png", bytes: Buffer.from("image") }],
  plots: [plotOf("linear", "roc")],
  problems: ["plots/custom/broken.json:1:1: the text ends early"],
};

/** Checks that every element is closed by its own end tag, and attributes are quoted. */
function expectWellFormed(markup: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g;
  const rest = markup
    .replace(/<style>.*?<\/style>/gs, "")
    .replaceAll(tag, (_, end: string, name: string, __, self: string) => {
      if (end === "/") expect(open.pop()).toBe(name);
      else if (self !== "/" && !["meta", "img"].includes(name)) open.push(name);
      return "";
    });
  expect(open).toEqual([]);
  expect(rest.replace("<!DOCTYPE html>", "")).not.toMatch(/[<>]/);
}

describe("the HTML report", () => {
  it("shows everything in one page that needs nothing else", () => {
    const page = formatHtmlReport(FULL);
    expectWellFormed(page);
    for (const text of [
      "brave-bat",
      "train.loss",
      "0.123457",
      "model.depth",
      "train/loss",
      "roc",
      "the text ends early",
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain(`src="data:image/png;base64,${Buffer.from("image").toString("base64")}"`);
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page).not.toMatch(/<script|<link|@import|url\(|http-equiv="refresh"/);
    // The only addresses are names of XML namespaces.
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:/);
  });

  it("says so when nothing has been logged", () => {
    const page = formatHtmlReport(EMPTY);
    expectWellFormed(page);
    expect(page).toContain("Nothing has been logged yet.");
  });

  it("escapes every text that comes from the run", () => {
    const data: ReportData = {
      title: EVIL,
      subtitle: EVIL,
      params: { [EVIL]: EVIL },
      metrics: { [EVIL]: EVIL },
      histories: [{ name: EVIL, points: [{ x: 0, y: 1 }] }],
      images: [{ name: `${EVIL}/${EVIL}`, kind: "svg", bytes: Buffer.from("<svg/>") }],
      plots: ["linear", "scatter", "bar_horizontal", "confusion", "confusion_normalized", EVIL].map((template) => ({
        name: EVIL,
        properties: { template, x: EVIL, y: EVIL, title: EVIL, x_label: EVIL, y_label: EVIL },
        rows: [{ [EVIL]: EVIL }],
      })),
      problems: [EVIL],
    };
    const page = formatHtmlReport(data);
    expectWellFormed(page);
    expect(page).not.toContain("<img src=x");
    expect(page).not.toContain("</script>");
    for (const [, chart] of formatMarkdownReport(data).charts) expectWellFormed(chart);
  });
});

describe("the Markdown report", () => {
  it("has tables, charts beside it, and images inside", () => {
    const { text, charts } = formatMarkdownReport(FULL);
    expect(text).toBe(`# brave-bat

live · finished · step 2

> plots/custom/broken.json:1:1: the text ends early

## Metrics

| Metric | Value |
|---|---|
| train.loss | 0.123457 |
| ok | true |
| none |  |

## Params

| Param | Value |
|---|---|
| lr | 0.1 |
| model.depth | 3 |

## Histories

![train/loss](static/train/loss.svg)

## Plots

![roc](static/roc.svg)

## Images

![samples/0.png](data:image/png;base64,aW1hZ2U=)
`);
    expect([...charts.keys()]).toEqual(["static/train/loss.svg", "static/roc.svg"]);
    for (const [, chart] of charts) {
      expectWellFormed(chart);
      expect(chart).toContain("prefers-color-scheme:dark");
    }
  });

  it("keeps texts from becoming markup, cells or lines", () => {
    const { text } = formatMarkdownReport({ ...EMPTY, title: EVIL, params: { "a|b\nc": EVIL } });
    expect(text).toContain("| a\\|b c | ");
    expect(text.replaceAll(/\\./g, "")).not.toMatch(/<img|`|\[a\]/);
  });

  it("gives every chart a file of its own, with names every system can have", () => {
    const line = (name: string) => ({ name, points: [] });
    const { text, charts } = formatMarkdownReport({
      ...EMPTY,
      histories: [line("a.b.c"), line("a.b.d"), line("roc"), line("usage (%)"), line("x:y")],
      plots: [plotOf("linear", "roc"), plotOf("linear", "ROC")],
    });
    expect([...charts.keys()]).toEqual([
      "static/a.b.c.svg",
      "static/a.b.d.svg",
      "static/roc.svg",
      "static/usage (%).svg",
      "static/x%3Ay.svg",
      "static/roc-2.svg",
      "static/ROC-3.svg",
    ]);
    expect(text).toContain("(static/usage%20%28%25%29.svg)");
    expect(text).toContain("(static/x%253Ay.svg)");
  });
});

describe("charts", () => {
  it("are drawn for every template, and for templates of the user's own", () => {
    for (const template of ["linear", "simple", "smooth", "scatter", "scatter_jitter", "own", undefined]) {
      const chart = drawPlot(plotOf(template), "page");
      expectWellFormed(chart);
      expect(chart).toMatch(template?.startsWith("scatter") === true ? /<circle/ : /<path d="M/);
    }
    const bars = drawPlot({ name: "p", properties: { template: "bar_horizontal", x: "y", y: "name" }, rows }, "page");
    expectWellFormed(bars);
    expect(bars.match(/<rect/g)).toHaveLength(2);
    const matrix = { x: "actual", y: "predicted" };
    const confusion = drawPlot({ name: "p", properties: { template: "confusion", ...matrix }, rows }, "page");
    expectWellFormed(confusion);
    expect(confusion.match(/<rect/g)).toHaveLength(4);
  });

  it("sort bars by length where the template says so", () => {
    const properties = { template: "bar_horizontal_sorted", x: "y", y: "name" };
    const chart = drawPlot({ name: "p", properties, rows }, "page");
    expect(chart.indexOf(">b<")).toBeLessThan(chart.indexOf(">a<"));
  });

  it("draw several lines with a legend, and names on an axis that has no numbers", () => {
    const chart = drawPlot({ name: "p", properties: { x: "name", y: ["x", "y"] }, rows }, "page");
    expectWellFormed(chart);
    expect(chart.match(/<path/g)).toHaveLength(2);
    expect(chart).toContain(">a</text>");
  });

  it("break a line where a value is missing and say when there is none", () => {
    const line = (values: number[]) => [{ name: "l", points: values.map((y, x) => ({ x, y })) }];
    const options = { title: "l", xLabel: "step" };
    expect(drawLineChart(line([1, 2, Number.NaN, 3, 4]), options, "page").match(/M/g)).toHaveLength(2);
    expect(drawLineChart(line([Number.NaN, Infinity]), options, "page")).toContain("no finite values");
    expect(drawLineChart(line([]), options, "page")).toContain("no finite values");
    expect(drawLineChart(line([7]), { ...options, showsLast: true }, "page")).toContain(">7</text>");
  });

  it("never draw what is not a number", () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 1e15 + 1));
    fc.assert(
      fc.property(fc.array(fc.record({ x: value, y: value })), (points) => {
        const chart = drawLineChart([{ name: "l", points }], { title: "l", xLabel: "x" }, "page");
        expect(chart).not.toMatch(/NaN|Infinity/);
        expectWellFormed(chart);
      }),
    );
  });
});

describe("parts of charts", () => {
  it("scales hold every value, with a handful of ticks inside", () => {
    const values = fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, (all) => {
        const scale = makeScale(all, 0, 100);
        for (const value of all) expect(scale.at(value)).toSatisfy((at: number) => at >= -1e-6 && at <= 100 + 1e-6);
        expect(scale.ticks.length).toBeLessThanOrEqual(20);
        for (const tick of scale.ticks) expect(tick.at).toSatisfy((at: number) => at >= -1e-6 && at <= 100 + 1e-6);
      }),
    );
  });

  it.each([
    [[0, 1], "0 0.2 0.4 0.6 0.8 1.0"],
    [[0, 60_000], "0 10000 20000 30000 40000 50000 60000"],
    [[0, 4e6], "0 1e6 2e6 3e6 4e6"],
    [[0, 0.00001], "0 2e-6 4e-6 6e-6 8e-6 1e-5"],
    [[5, 5], "5"],
    [[], ""],
  ])("ticks of %j are short and round", (values, texts) => {
    expect(
      makeScale(values, 0, 1, { isTight: true })
        .ticks.map(({ text }) => text)
        .join(" "),
    ).toBe(texts);
  });

  it("an axis of many names shows some of them", () => {
    const names = Array.from({ length: 100 }, (_, index) => `n${index}`);
    expect(makeNameScale(names, 0, 100).ticks.length).toBeLessThanOrEqual(8);
  });

  it("thinning keeps extremes, ends, order and gaps", () => {
    const points = fc.array(fc.double({ noDefaultInfinity: true }), { minLength: 1, maxLength: 5000, size: "max" });
    fc.assert(
      fc.property(points, (ys) => {
        const all = ys.map((y, x) => ({ x, y }));
        const kept = thinOut(all);
        expect(kept.length).toBeLessThanOrEqual(Math.max(800, 1));
        expect(kept[0]).toEqual(all[0]);
        const finite = (of: readonly { y: number }[]) => of.map(({ y }) => y).filter(Number.isFinite);
        expect(Math.min(...finite(kept))).toBe(Math.min(...finite(all)));
        expect(Math.max(...finite(kept))).toBe(Math.max(...finite(all)));
        expect(kept.every((point, index) => index === 0 || point.x > (kept[index - 1]?.x ?? 0))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("confusion counts order classes by value", () => {
    const { classes, counts } = countConfusion([
      ["10", "2"],
      ["2", "2"],
      ["2", "10"],
      ["2", "2"],
    ]);
    expect(classes).toEqual(["2", "10"]);
    expect(counts).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  it("long texts keep both ends", () => {
    expect(shorten("abc", 3)).toBe("abc");
    expect(shorten("abcdefghij", 5)).toBe("ab…ij");
    expect(shorten("😀😀😀😀😀😀", 3)).toBe("😀…😀");
  });

  it("values of tables read as they were logged", () => {
    expect(toFlatValue(float(1))).toBe("1.0");
    expect(toFlatValue(int(3))).toBe("3");
    expect(toFlatValue(10n ** 20n)).toBe("100000000000000000000");
    expect(toFlatValue([1, float(2), "a", 10n ** 20n])).toBe('[1,2,"a","100000000000000000000"]');
    expect(toFlatValue(undefined)).toBeNull();
    expect(formatFigure(0.1 + 0.2)).toBe("0.3");
    expect(formatFigure(1e-7)).toBe("1e-7");
    expect(formatFigure(Number.NaN)).toBe("NaN");
    expect(escapeHtml("\u0000\ud800")).toBe("\ufffd\ufffd");
  });
});
