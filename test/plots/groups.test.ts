import { groupMetrics, MAX_OPEN_CHARTS, parseMetricSplit } from "@waymark/plots";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

function outline(names: readonly string[]): string[] {
  return groupMetrics(names).map(
    ({ title, charts, isCollapsed }) =>
      `${title}${isCollapsed ? " (closed)" : ""}: ${charts.map((chart) => `${chart.id}[${chart.metrics.map((metric) => metric.split ?? "-").join(",")}]`).join(" ")}`,
  );
}

describe("parseMetricSplit", () => {
  it.each([
    ["train/loss", "loss", "train"],
    ["loss/val", "loss", "val"],
    ["gan/train/loss", "gan/loss", "train"],
    ["train_loss", "loss", "train"],
    ["top_1_valid", "top_1", "val"],
    ["validation.f1", "f1", "val"],
    ["loss", "loss", null],
    ["training_time", "time", "train"],
    ["train", "train", null],
    ["contrast", "contrast", null],
  ])("takes the split out of %s", (name, quantity, split) => {
    expect(parseMetricSplit(name)).toEqual({ quantity, split });
  });
});

describe("groupMetrics", () => {
  it("puts losses and then scores first, learning rate next, prefixes after, the machine last and closed", () => {
    expect(
      outline([
        "system/cpu/usage (%)",
        "learning_rate",
        "train/accuracy",
        "val/accuracy",
        "gradients/max",
        "gradients/norm",
        "train/loss",
        "val/loss",
        "throughput",
        "beauty",
      ]),
    ).toMatchInlineSnapshot(`
      [
        "Key metrics: loss[train,val] accuracy[train,val]",
        "Optimisation and speed: learning_rate[-] throughput[-]",
        "More metrics: beauty[-]",
        "gradients: gradients/norm[-] gradients/max[-]",
        "System (closed): system/cpu/usage (%)[-]",
      ]
    `);
  });

  it("draws a bare name together with its splits", () => {
    expect(outline(["val_loss", "loss"])).toEqual(["Key metrics: loss[-,val]"]);
  });

  it("gives a prefix with one chart no section of its own", () => {
    expect(outline(["loss", "layers/sparsity"])).toEqual(["Key metrics: loss[-]", "More metrics: layers/sparsity[-]"]);
  });

  it("looks one level down for key metrics when none stand at the top", () => {
    expect(outline(["gan/loss", "gan/sharpness", "vae/loss"])[0]).toBe("Key metrics: gan/loss[-] vae/loss[-]");
  });

  it("closes all sections but the first where there are too many charts to look at", () => {
    const names = ["loss", ...Array.from({ length: MAX_OPEN_CHARTS }, (_, i) => `layers/l${i}`)];
    expect(groupMetrics(names).map((section) => section.isCollapsed)).toEqual([false, true]);
  });

  it("shows every metric exactly once, whatever its name", () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom("__proto__", "constructor", "train/__proto__", "a//b", "/", "train_"),
    );
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const shown = groupMetrics(names).flatMap((section) =>
          section.charts.flatMap((chart) => chart.metrics.map((metric) => metric.name)),
        );
        expect(shown.toSorted()).toEqual([...new Set(names)].toSorted());
      }),
    );
  });

  it("gives charts ids that no other chart has", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("train/a", "a", "a/train", "train_a", "b/a", "system/a", "val/b")),
        (names) => {
          const ids = groupMetrics(names).flatMap((section) => section.charts.map((chart) => chart.id));
          expect(new Set(ids).size).toBe(ids.length);
        },
      ),
    );
  });
});
