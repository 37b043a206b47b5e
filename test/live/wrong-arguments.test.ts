import { readdirSync } from "node:fs";
import { TrackerError } from "@waymark/core";
import { Live, type LiveOptions, float } from "@waymark/live";
import { describe, expect, test } from "vitest";
import { workspace } from "./support.ts";

/** What plain JavaScript can pass where TypeScript would have said no. */
const any = (value: unknown): never => value as never;
const pixel = { width: 1, height: 1, data: new Uint8Array(1) };
const endless: Record<string, unknown> = {};
endless["again"] = endless;

describe("a wrong argument throws an error that names it, and nothing is written", () => {
  test.each<[what: string, code: string, call: (live: Live) => unknown]>([
    ["a metric's name that is no text", "INVALID_OPTION", (live) => live.logMetric(any(5), 1)],
    ["no name at all", "INVALID_OPTION", (live) => live.logMetric(any(undefined), 1)],
    ["a name of a thousand parts", "INVALID_METRIC_NAME", (live) => live.logMetric("x/".repeat(499) + "y", 1)],
    ["a name too long for a path", "INVALID_METRIC_NAME", (live) => live.logMetric("long/".repeat(300) + "y", 1)],
    ["a flag by position", "INVALID_OPTION", (live) => live.logMetric("a", 1, any(true))],
    ["no options but null", "INVALID_OPTION", (live) => live.logMetric("a", 1, any(null))],
    ["plot that is no flag", "INVALID_OPTION", (live) => live.logMetric("a", 1, { plot: any("no") })],
    ["a float of text", "INVALID_DATA_TYPE", (live) => live.logMetric("a", float(any("x")))],
    ["metrics in a list", "INVALID_DATA_TYPE", (live) => live.logMetrics(any([1, 2]))],
    ["metrics in a map", "INVALID_DATA_TYPE", (live) => live.logMetrics(any(new Map([["a", 1]])))],
    ["no metrics", "INVALID_DATA_TYPE", (live) => live.logMetrics(any(undefined))],
    ["no goal", "INVALID_OPTION", (live) => live.defineMetric("a", any(undefined))],
    ["a goal for no name", "INVALID_OPTION", (live) => live.defineMetric(any(5), { goal: "min" })],
    ["a param without a name", "INVALID_OPTION", (live) => live.logParam(any(undefined), 1)],
    ["params in a map", "INVALID_DATA_TYPE", (live) => live.logParams(any(new Map([["a", 1]])))],
    ["params of text", "INVALID_DATA_TYPE", (live) => live.logParams(any("abc"))],
    ["an image's name that is no text", "INVALID_IMAGE_NAME", (live) => live.logImage(any(Symbol("a")), pixel)],
    ["an image's name that is too long", "INVALID_IMAGE_NAME", (live) => live.logImage("x/".repeat(600) + "y", pixel)],
    ["an image on the web", "INVALID_IMAGE", (live) => live.logImage("a", new URL("https://localhost/a.png"))],
    ["no pixels", "INVALID_IMAGE", (live) => live.logImage("a", { ...pixel, data: any(undefined) })],
    ["pixels of text", "INVALID_IMAGE", (live) => live.logImage("a", { ...pixel, data: any("a") })],
    ["pixels of 64 bits", "INVALID_IMAGE", (live) => live.logImage("a", { ...pixel, data: any(new BigInt64Array(1)) })],
    ["a plot's name that is no text", "INVALID_PLOT_NAME", (live) => live.logPlot(any({}), [], { x: "a", y: "b" })],
    ["a plot without options", "INVALID_OPTION", (live) => live.logPlot("p", [], any(undefined))],
    ["a title that is no text", "INVALID_OPTION", (live) => live.logPlot("p", [], { x: "a", y: "b", title: any({}) })],
    ["rows in a map", "INVALID_PLOT_DATA", (live) => live.logPlot("p", any(new Map()), { x: "a", y: "b" })],
    ["a row without end", "NOT_SERIALIZABLE", (live) => live.logPlot("p", [{ a: endless, b: 1 }], { x: "a", y: "b" })],
    ["no labels", "INVALID_PLOT_DATA", (live) => live.logClassification("roc", any(null), [1])],
    ["options that are null", "INVALID_OPTION", (live) => live.logClassification("roc", [0, 1], [0, 1], any(null))],
    [
      "a billion bins",
      "INVALID_PLOT_DATA",
      (live) => live.logClassification("calibration", [0, 1], [0.1, 0.9], { bins: 1e9 }),
    ],
    [
      "bins of no known kind",
      "INVALID_PLOT_DATA",
      (live) => live.logClassification("calibration", [0, 1], [0.1, 0.9], { strategy: any("equal") }),
    ],
    ["an artifact without a path", "INVALID_OPTION", (live) => live.logArtifact("")],
    ["an artifact on the web", "INVALID_OPTION", (live) => live.logArtifact(new URL("https://localhost/a"))],
    ["an artifact around the run", "INVALID_OPTION", (live) => live.logArtifact(".")],
    ["the run as its own artifact", "INVALID_OPTION", (live) => live.logArtifact("live", { copy: true })],
    ["copy that is no flag", "INVALID_OPTION", (live) => live.logArtifact("a", { copy: any("yes") })],
    ["meta in a list", "INVALID_OPTION", (live) => live.logArtifact("a", { meta: any([1]) })],
    ["items that cannot be walked", "INVALID_DATA_TYPE", (live) => live.track(any(5))],
    ["monitored folders in a list", "INVALID_OPTION", (live) => live.monitorSystem({ directories: any([]) })],
    ["a monitor of null", "INVALID_OPTION", (live) => live.monitorSystem(any(null))],
  ])("%s", (_, code, call) => {
    const space = workspace();
    const live = space.live();
    const before = readdirSync(space.path("live"), { recursive: true, encoding: "utf8" });
    let error: unknown;
    try {
      call(live);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TrackerError);
    expect(error).toMatchObject({ code });
    live.nextStep();
    live.end();
    const added = readdirSync(space.path("live"), { recursive: true, encoding: "utf8" }).filter(
      (path) => !before.includes(path),
    );
    expect(added.filter((path) => !path.startsWith(".waymark"))).toEqual(["metrics.json"]);
    expect(space.json("live/metrics.json")).toEqual({ step: 0 });
    expect(space.warnings).toEqual([]);
  });

  test.each([[null], [5], [[]], [() => "live"]])("options that are %j", (options) => {
    expect(() => new Live(any(options))).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  test("options that cannot be used leave the folder as it is, for the next try", () => {
    const space = workspace();
    const options: LiveOptions = { monitorSystem: { interval: -1 } };
    expect(() => space.live(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(space.exists("live")).toBe(false);
  });

  test.each([
    ["save_dvc_exp", "Did you mean 'saveExp'?"],
    ["cache_images", "Did you mean 'cacheImages'?"],
    ["resum", "Options are dir, resume,"],
  ])("an option called %s", (name, hint) => {
    const space = workspace();
    const make = (): Live => space.live({ [name]: true });
    expect(make).toThrow(expect.objectContaining({ code: "UNKNOWN_OPTION", hint: expect.stringContaining(hint) }));
  });
});

test("metrics of which one was refused leave no trace of the others", () => {
  const space = workspace();
  const live = space.live();
  expect(() => live.logMetrics({ group: 1, "other/a": 1, bad: any({}) })).toThrow("'bad'");
  live.logMetrics({ "group/a": 1, other: 2 });
  live.nextStep();
  expect(space.json("live/metrics.json")).toEqual({ group: { a: 1 }, other: 2, step: 0 });
});

test("a metric in the way of the monitor is said once and ends nothing", async () => {
  const space = workspace();
  const live = space.live();
  live.logMetric("system", 1);
  live.monitorSystem({ interval: 0.001, samples: 1 });
  while (space.warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  live.end();
  expect(live.status).toBe("finished");
  expect(space.warnings).toEqual([expect.stringContaining("'system' is one already")]);
});

test("a summary that contains itself does not stop a checkpoint", async () => {
  const space = workspace();
  const live = space.live({ saveExp: false });
  live.summary["again"] = live.summary;
  live.summary["endless"] = endless;
  await expect(live.checkpoint()).resolves.toMatchObject({ kind: "kept" });
  live.end();
  expect(space.warnings).toEqual([expect.stringContaining("metrics.json")]);
});
