import { Transform, transforms, type Pulse } from "vega-dataflow";
import type { Range, YScale } from "../state/view-state.ts";
import type { ChartRow } from "./chart-row.ts";
import { drawRow, type DrawSpace } from "./draw-series.ts";
import { PathText, type PathContext } from "./path-text.ts";

/** Parameters, all of them signals of the chart's specification. */
interface SeriesParams {
  readonly xdomain: Range;
  readonly ydomain: Range;
  readonly width: number;
  readonly height: number;
  readonly xscale: YScale;
  readonly yscale: YScale;
  /** Counts up whenever the points behind the rows changed. */
  readonly version: number;
}

interface SeriesItem {
  readonly datum: ChartRow;
}

/** What Vega's shape mark draws with: see `shape` in vega-scenegraph and `geoshape`, whose contract this follows. */
interface ShapeGenerator {
  (item: SeriesItem): string | null;
  context(context: PathContext | null): ShapeGenerator;
}

/**
 * A Vega transform that gives every item of a `shape` mark its geometry straight from typed arrays: points never become
 * tuples, so a chart of thousands of points is a handful of items, and new points cost one redraw and no dataflow.
 */
class SeriesTransform extends Transform {
  static readonly Definition = {
    type: "Series",
    metadata: { modifies: true, nomod: true },
    params: [
      { name: "xdomain", type: "number", array: true, length: 2 },
      { name: "ydomain", type: "number", array: true, length: 2 },
      { name: "width", type: "number" },
      { name: "height", type: "number" },
      { name: "xscale", type: "string" },
      { name: "yscale", type: "string" },
      { name: "version", type: "number" },
    ],
  };

  constructor(params: unknown) {
    super(null, params);
  }

  override transform(params: SeriesParams, pulse: Pulse): Pulse {
    const output = pulse.fork(pulse.ALL);
    const shape = shapeGenerator({
      width: params.width,
      height: params.height,
      xDomain: params.xdomain,
      yDomain: params.ydomain,
      xScale: params.xscale,
      yScale: params.yscale,
    });
    output.materialize().reflow();
    output.visit(output.SOURCE, (item) => {
      item["shape"] = shape;
    });
    return output.modifies("shape");
  }
}

function shapeGenerator(space: DrawSpace): ShapeGenerator {
  let target: PathContext | null = null;
  const generator = ((item: SeriesItem): string | null => {
    if (target === null) {
      const text = new PathText();
      drawRow(text, item.datum, space);
      return text.toString();
    }
    if (isDrawing(target)) drawRow(target, item.datum, space);
    else {
      // Vega measures every item before drawing it; lines are clipped to the plot, so the plot is their box.
      target.moveTo(0, 0);
      target.lineTo(space.width, space.height);
    }
    return null;
  }) as ShapeGenerator;
  generator.context = (context) => {
    target = context;
    return generator;
  };
  return generator;
}

/** A real canvas, as opposed to Vega's context that only measures. */
function isDrawing(context: PathContext): boolean {
  return "canvas" in context;
}

/** Makes the transform known to Vega's parser and runtime. */
export function registerSeriesTransform(): void {
  transforms["series"] = SeriesTransform;
}
