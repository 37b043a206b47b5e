import { TrackerError } from "@waymark/core";
import { parseDelimited } from "@waymark/core/formats/delimited";
import { isImagePath, type PlotSource } from "@waymark/core/plot-data";
import type { ContentView } from "../../project/content-view.ts";
import { parseDataFile } from "../../values/data-file.ts";
import { FileMissingError, UnreadableFileError } from "../../errors.ts";
import { describeProblem } from "../../project/problem.ts";

/** Plots hold more than params do; a page with more than this is none that anybody could open. */
const MAX_BYTES = 64 * 1024 * 1024;
const SEPARATORS: Readonly<Record<string, string>> = { ".csv": ",", ".tsv": "\t" };
const PARSED = new Set([".json", ".yaml", ".yml", ".toml", ".py"]);

/** A file of a kind that cannot be drawn. */
export class NotPlottableError extends TrackerError {
  override readonly code = "NOT_PLOTTABLE";
  readonly path: string;

  constructor(path: string) {
    super(`'${path}' is of no kind that can be drawn`, {
      hint: "Data is read from JSON, YAML, TOML, CSV and TSV, images from PNG, JPEG, GIF and SVG files.",
    });
    this.path = path;
  }
}

/** Where a data file is, and how it is read. */
export interface SourceRequest {
  /** Relative to the project; a path that leaves it names nothing. */
  readonly path: string;
  /** As it is shown. */
  readonly name: string;
  /** The first row of CSV and TSV names the columns. */
  readonly hasHeader: boolean;
}

/**
 * Reads a data file of plots. Values of CSV and TSV stay text, as in DVC; numbers of the other formats keep their kind.
 *
 * @returns The problem in place of what cannot be read.
 */
export async function readPlotSource(content: ContentView, request: SourceRequest): Promise<PlotSource> {
  const { path, name } = request;
  try {
    const extension = /\.[^./]*$/.exec(path)?.[0] ?? "";
    const isImage = isImagePath(path);
    if (!isImage && !Object.hasOwn(SEPARATORS, extension) && !PARSED.has(extension)) throw new NotPlottableError(name);
    const bytes = isOutside(path) ? undefined : await content.read(path);
    if (bytes === undefined) throw new FileMissingError(name);
    if (isImage) return { kind: "image", bytes };
    return { kind: "values", values: parse(name, bytes, SEPARATORS[extension], request.hasHeader) };
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    const { type, msg } = describeProblem(error, path);
    // DVC's name for it, which programs that read its JSON may look for.
    return {
      kind: "problem",
      problem: { type: error instanceof NotPlottableError ? "PlotMetricTypeError" : type, msg },
    };
  }
}

function parse(path: string, bytes: Uint8Array, separator: string | undefined, hasHeader: boolean): unknown {
  if (separator === undefined) return parseDataFile(path, bytes, { maxBytes: MAX_BYTES });
  try {
    return parseDelimited(new TextDecoder("utf-8", { fatal: true }).decode(bytes), { separator, hasHeader });
  } catch (error) {
    if (error instanceof TypeError) throw new UnreadableFileError(path, "it is not UTF-8 text");
    throw error;
  }
}

function isOutside(path: string): boolean {
  return path === ".." || path.startsWith("../") || path.startsWith("/") || path.includes("://");
}
