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
  /** Writes `NaN` and `Infinity` as DVCLive does, which only Python reads; else they are text. */
  readonly keepsNonFinite: boolean;
  /** Another rank logs: everything is checked and nothing written. */
  readonly isSilent: boolean;
}

/** Images and plots that could not be written are kept up to this many bytes in all. */
const PENDING_LIMIT = 32 << 20;

interface PendingFile {
  readonly content: string | Uint8Array;
  readonly onWritten: (path: string) => void;
}

/** Writes images and plots: everything is made in memory first, then put in place in one step. */
export class MediaLog {
  readonly #options: MediaLogOptions;
  /** What could not be written yet, by path; the latest content only. */
  readonly #pending = new Map<string, PendingFile>();
  #pendingBytes = 0;

  constructor(options: MediaLogOptions) {
    this.#options = options;
  }

  logImage(name: string, input: ImageInput): void {
    const { cwd, registry } = this.#options;
    const image = readImage(name, typeof input === "string" ? resolve(cwd, input) : input);
    this.#put(["images", image.name], image.bytes, () => registry.addImages());
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

  /** Writes again what could not be written. */
  retry(): void {
    for (const [path, { content, onWritten }] of this.#pending) {
      if (!this.#write(path, content)) return;
      this.#forget(path);
      onWritten(path);
    }
  }

  #writePlot(folder: "custom" | "sklearn", plot: LoggedPlot): void {
    const file = `${plotFileName(plot.name)}.json`;
    const { keepsNonFinite } = this.#options;
    const text = formatPythonJson(keepsNonFinite ? plot.content : withoutNonFinite(plot.content));
    // A plot is listed once its file is there; its latest description counts.
    this.#put([folder, file], text, (path) => this.#options.registry.setPlot(path, plot.properties));
  }

  #put(parts: readonly string[], content: string | Uint8Array, onWritten: (path: string) => void): void {
    if (this.#options.isSilent) return;
    const path = join(this.#options.dir, "plots", ...parts);
    this.#forget(path);
    if (this.#write(path, content)) {
      onWritten(path);
    } else if (this.#pendingBytes + content.length <= PENDING_LIMIT) {
      this.#pendingBytes += content.length;
      this.#pending.set(path, { content, onWritten });
    }
  }

  #forget(path: string): void {
    this.#pendingBytes -= this.#pending.get(path)?.content.length ?? 0;
    this.#pending.delete(path);
  }

  #write(path: string, content: string | Uint8Array): boolean {
    const { temporaryFolder, trouble } = this.#options;
    return trouble.attempt(`plot ${path}`, `write '${path}'`, () =>
      replaceFileSync(path, content, { temporaryFolder }),
    );
  }
}
