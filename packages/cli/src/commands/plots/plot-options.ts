import type { CommandOption } from "../../command.ts";

/** Options that say how plots are drawn. */
export interface PropertyOptions {
  /** True when no name follows it, which DVC takes for nothing. */
  readonly template?: string | boolean;
  readonly x?: string;
  readonly y?: string;
  readonly header?: boolean;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** Options of `plots show` and `plots diff`. */
export interface DrawOptions extends PropertyOptions {
  readonly out?: string;
  readonly showVega?: boolean;
  readonly json?: boolean;
  readonly split?: boolean;
  readonly open?: boolean;
  readonly htmlTemplate?: string;
}

export const PROPERTY_OPTIONS: readonly CommandOption[] = [
  { flags: "-t, --template [name]", description: "a template: built in, in .dvc/plots, or a file" },
  { flags: "-x <field>", description: "field of the x axis" },
  { flags: "-y <field>", description: "field of the y axis" },
  { flags: "--no-header", description: "CSV and TSV files have no header" },
  { flags: "--title <text>", description: "title of the plot" },
  { flags: "--x-label <text>", description: "label of the x axis" },
  { flags: "--y-label <text>", description: "label of the y axis" },
];

export const DRAW_OPTIONS: readonly CommandOption[] = [
  ...PROPERTY_OPTIONS,
  { flags: "-o, --out <folder>", description: "folder to write to (default: dvc_plots, or plots.out_dir)" },
  { flags: "--show-vega", description: "print the Vega-Lite specification of one plot" },
  { flags: "--json", description: "print JSON, as DVC does; images are still written" },
  { flags: "--split", description: "with --json: print the data apart from the specification" },
  { flags: "--open", description: "open the page in the browser" },
  { flags: "--html-template <file>", description: "a page of your own, with {plot_divs} where the plots go" },
];

/** Returns the properties that were typed, under the names they have in dvc.yaml. */
export function typedProperties(options: PropertyOptions): Readonly<Record<string, unknown>> {
  const properties = {
    template: typeof options.template === "string" ? options.template : undefined,
    x: options.x,
    y: options.y,
    header: options.header === false ? false : undefined,
    title: options.title,
    x_label: options.xLabel,
    y_label: options.yLabel,
  };
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
