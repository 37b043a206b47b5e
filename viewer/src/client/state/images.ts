import { signal, type ReadonlySignal } from "@preact/signals";
import { announce } from "./announce.ts";
import { crosshair } from "./hover.ts";
import { xAxis } from "./view.ts";

const linked = signal<number | null>(null);
const own = signal<ReadonlyMap<string, number | null>>(new Map());

/** The step that the linked sliders stand on; null follows the newest. */
export const linkedStep: ReadonlySignal<number | null> = linked;

/** Whether the slider of an image moves with the others. */
export function isLinked(image: string): boolean {
  return !own.value.has(image);
}

/** The step that an image shows; null follows the newest. */
export function stepOf(image: string): number | null {
  return own.value.get(image) ?? (isLinked(image) ? linked.value : null);
}

/** Moves an image to a step, and the others with it unless it is unlinked; null follows the newest again. */
export function showStep(image: string, step: number | null): void {
  if (isLinked(image)) linked.value = step;
  else own.value = new Map(own.peek()).set(image, step);
}

/** Moves the linked images back to the newest. */
export function followNewest(): void {
  linked.value = null;
}

/** Marks the step of a picture on the charts, where in training it was taken. */
export function pointAtStep(image: string, step: number): void {
  if (isLinked(image) && xAxis.peek() === "step")
    crosshair.value = { chart: "", x: step, pixelY: null, line: null, clientX: 0, clientY: 0 };
}

/** Lets an image go its own way from where it stands, or has it follow the others again. */
export function toggleLink(image: string): void {
  const next = new Map(own.peek());
  if (!next.delete(image)) next.set(image, linked.peek());
  own.value = next;
  announce(next.has(image) ? `${image} has a slider of its own` : `${image} moves with the other images`);
}

/** The same for the image that has the focus, else for the one pointed at. */
export function toggleImageInFocus(): void {
  const card =
    document.activeElement?.closest<HTMLElement>("[data-image]") ??
    document.querySelector<HTMLElement>("[data-image]:hover");
  const image = card?.dataset["image"];
  if (image === undefined) announce("Point at an image first");
  else toggleLink(image);
}
