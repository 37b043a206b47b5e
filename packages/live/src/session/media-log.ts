import { join, resolve } from "node:path";
import { formatPythonJson } from "@waymark/core/formats/python-json";
import { replaceFileSync } from "@waymark/files";
import { type ImageInput, readImage } from "../image/image-input.ts";
import { type ClassificationKind, type ClassificationOptions, classificationPlot } from "../plot/classification.ts";
import { type CustomPlotOptions, type PlotData, customPlot } from "../plot/custom.ts";
import { type LoggedPlot, withoutNonFinite } from "../plot/logged-plot.ts";
import { plotFileName } from "../plot/plot-name.ts";
import type { Column, Label } from "../plot/ranking.ts";
import type { Registry } from "./registry.ts";
import type { Trouble } from "./trouble.ts";

export interface MediaLogOptions {
  readonly cwd: string;
  readonly dir: string;
  readonly temporaryFolder: string;
  readonly registry: Registry;
  readonly trouble: Trouble;
  /** Another rank logs: everything is checked and nothing written. */
  readonly isSilent: boolean;
}

/** Writes images and plots: everything is made in memory first, then put in place in one step. */
export class MediaLog {
  readonly #options: MediaLogOptions;

  constructor(options: MediaLogOptions) {
    this.#options = options;
  }

  logImage(name: string, input: ImageInput): void {
    const { cwd, registry } = this.#options;
    const image = readImage(name, typeof input === "string" ? resolve(cwd, input) : input);
    if (this.#write(["images", image.name], image.bytes)) registry.hasImages = true;
  }

  logPlot(name: string, data: PlotData, options: CustomPlotOptions): void {
    this.#writePlot("custom", customPlot(name, data, options));
  }

  logClassification(
    kind: ClassificationKind,
    labels: Column<Label>,
    predictions: Column<Label>,
    options: ClassificationOptions,
  ): void {
    this.#writePlot("sklearn", classificationPlot(kind, labels, predictions, options));
  }

  #writePlot(folder: "custom" | "sklearn", plot: LoggedPlot): void {
    const file = `${plotFileName(plot.name)}.json`;
    const text = formatPythonJson(withoutNonFinite(plot.content));
    // A plot is listed once its file is there; its latest description counts.
    if (this.#write([folder, file], text)) {
      this.#options.registry.plots.set(join(this.#options.dir, "plots", folder, file), plot.properties);
    }
  }

  #write(parts: readonly string[], content: string | Uint8Array): boolean {
    const { dir, isSilent, temporaryFolder, trouble } = this.#options;
    if (isSilent) return false;
    const path = join(dir, "plots", ...parts);
    return trouble.attempt(`plot ${path}`, `write '${path}'`, () =>
      replaceFileSync(path, content, { temporaryFolder }),
    );
  }
}
