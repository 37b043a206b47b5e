import type { ChartColors } from "../state/theme.ts";
import type { PlotArea } from "./geometry.ts";

/** A dot on a line, in pixels of the plot. */
export interface OverlayDot {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly isStrong: boolean;
}

/** What stands above a chart without being part of it; positions are in pixels of the plot. */
export interface OverlayScene {
  readonly area: PlotArea;
  readonly colors: ChartColors;
  readonly accent: string;
  readonly crosshair: number | null;
  readonly dots: readonly OverlayDot[];
  /** Kept readings. */
  readonly readings: readonly OverlayDot[];
  /** The part being dragged over. */
  readonly brush: { readonly axis: "x" | "y"; readonly from: number; readonly to: number } | null;
}

/** A canvas above the chart: the pointer moves it sixty times a second without waking Vega. */
export class Overlay {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #isBlank = true;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  draw(width: number, height: number, scene: OverlayScene): void {
    const context = this.#context;
    if (context === null) return;
    const isEmpty =
      scene.crosshair === null && scene.dots.length === 0 && scene.readings.length === 0 && scene.brush === null;
    if (isEmpty && this.#isBlank) return;
    const ratio = devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== pixelWidth || this.#canvas.height !== pixelHeight) {
      this.#canvas.width = pixelWidth;
      this.#canvas.height = pixelHeight;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#isBlank = isEmpty;
    if (isEmpty) return;
    context.translate(scene.area.left, scene.area.top);
    if (scene.brush !== null) drawBrush(context, scene, scene.brush);
    if (scene.crosshair !== null) drawCrosshair(context, scene, scene.crosshair);
    for (const reading of scene.readings) drawReading(context, scene, reading);
    for (const dot of scene.dots) drawDot(context, scene.colors.surface, dot);
  }
}

function drawCrosshair(context: CanvasRenderingContext2D, scene: OverlayScene, x: number): void {
  if (x < 0 || x > scene.area.width) return;
  const pixel = Math.round(x) + 0.5;
  context.strokeStyle = scene.colors.muted;
  context.globalAlpha = 0.7;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(pixel, 0);
  context.lineTo(pixel, scene.area.height);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawDot(context: CanvasRenderingContext2D, surface: string, dot: OverlayDot): void {
  context.beginPath();
  context.arc(dot.x, dot.y, dot.isStrong ? 4 : 3, 0, Math.PI * 2);
  context.fillStyle = dot.color;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = surface;
  context.stroke();
}

function drawReading(context: CanvasRenderingContext2D, scene: OverlayScene, dot: OverlayDot): void {
  context.strokeStyle = dot.color;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(dot.x, dot.y);
  context.lineTo(dot.x, scene.area.height);
  context.stroke();
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(dot.x, dot.y, 4.5, 0, Math.PI * 2);
  context.fillStyle = scene.colors.surface;
  context.fill();
  context.lineWidth = 2;
  context.stroke();
}

function drawBrush(
  context: CanvasRenderingContext2D,
  scene: OverlayScene,
  brush: { readonly axis: "x" | "y"; readonly from: number; readonly to: number },
): void {
  const { width, height } = scene.area;
  const low = Math.min(brush.from, brush.to);
  const size = Math.abs(brush.to - brush.from);
  context.fillStyle = scene.accent;
  context.globalAlpha = 0.14;
  if (brush.axis === "x") context.fillRect(low, 0, size, height);
  else context.fillRect(0, low, width, size);
  context.globalAlpha = 0.8;
  if (brush.axis === "x") {
    context.fillRect(low, 0, 1, height);
    context.fillRect(low + size - 1, 0, 1, height);
  } else {
    context.fillRect(0, low, width, 1);
    context.fillRect(0, low + size - 1, width, 1);
  }
  context.globalAlpha = 1;
}
