import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { refuseEverything } from "../chart/refuse-everything.ts";
import { readTheme } from "./theme.ts";

/** A figure on the page, which can be taken off again. */
export interface DrawnFigure {
  readonly finalize: () => void;
}

/**
 * Draws the figure that an element describes: expressions are interpreted, never compiled, and nothing is loaded. What
 * cannot be drawn says so in its place and keeps no other from being drawn.
 */
export async function drawFigure(figure: HTMLElement): Promise<DrawnFigure> {
  const host = figure.querySelector<HTMLElement>("[data-chart]");
  const block = figure.querySelector('script[type="application/json"]');
  if (host === null || block === null) return { finalize: () => undefined };
  try {
    const spec = JSON.parse(block.textContent ?? "") as VisualizationSpec;
    const result = await embed(host, spec, {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
      ast: true,
      expr: expressionInterpreter,
      loader: refuseEverything() as never,
      config: readTheme(figure),
      // Templates written for older versions draw all the same; a page has no one to warn.
      logLevel: 0,
    });
    figure.dataset["state"] = "drawn";
    return { finalize: () => result.finalize() };
  } catch (error) {
    figure.dataset["state"] = "failed";
    const note = document.createElement("p");
    note.className = "problem";
    note.textContent = `This plot cannot be drawn: ${error instanceof Error ? error.message : String(error)}`;
    host.replaceChildren(note);
    return { finalize: () => undefined };
  }
}
