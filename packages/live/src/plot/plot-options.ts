import { InvalidOptionError } from "../errors.ts";

/** What every plot may be told of how it is shown. */
interface PlotTexts {
  readonly title?: unknown;
  readonly xLabel?: unknown;
  readonly yLabel?: unknown;
  readonly template?: unknown;
}

/**
 * Checks what a plot is told of how it is shown.
 *
 * @throws {@link InvalidOptionError} for options that are no object, or texts that are none.
 */
export function checkPlotOptions(options: PlotTexts, expected: string): void {
  if (typeof options !== "object" || options === null) throw new InvalidOptionError("options", options, expected);
  const { title, xLabel, yLabel, template } = options;
  for (const [name, value] of Object.entries({ title, xLabel, yLabel, template })) {
    if (value !== undefined && typeof value !== "string") throw new InvalidOptionError(name, value, "text");
  }
}
