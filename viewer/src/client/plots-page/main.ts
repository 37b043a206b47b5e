import { drawFigure, type DrawnFigure } from "./draw-figure.ts";

/**
 * The script of a page of plots. Every figure holds its specification as a block of JSON; this draws them one after
 * the other, and again when the page turns dark or light.
 */
function start(): void {
  const figures = [...document.querySelectorAll<HTMLElement>("[data-plot]")];
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  let drawn: DrawnFigure[] = [];
  let round = 0;
  const drawAll = async (): Promise<void> => {
    round += 1;
    const own = round;
    for (const figure of drawn) figure.finalize();
    drawn = [];
    for (const figure of figures) {
      const result = await drawFigure(figure);
      // Another round has begun meanwhile, and draws this one too.
      if (own !== round) {
        result.finalize();
        return;
      }
      drawn.push(result);
    }
    document.documentElement.dataset["plots"] = "drawn";
  };
  darkness.addEventListener("change", () => void drawAll());
  void drawAll();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
else start();
