import { TrackerError } from "@waymark/core";

/** A chart could not be turned into a file. */
export class ChartExportError extends TrackerError {
  override readonly code = "CHART_EXPORT_FAILED";

  constructor(kind: "png" | "chart") {
    super(kind === "png" ? "The browser could not encode the chart as PNG" : "The chart has not been drawn yet", {
      hint: kind === "png" ? "Save it as SVG instead." : "Scroll to the chart and try again.",
    });
  }
}
