import type { ImageInfo } from "../../protocol.ts";

/** Image formats that are shown, by extension; everything else in the images folder is left alone. */
export const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["svg", "image/svg+xml"],
]);

/** Frames of one image that are listed; a longer list is thinned evenly, first and last stay. */
const MAX_FRAMES = 1000;

/** One file of the images folder. */
export interface ImageFile {
  /** Relative to the images folder: `samples/12.png`. */
  readonly path: string;
  /** Changes with the file's content. */
  readonly version: string;
}

/** Returns the extension of a path in lower case, without its dot. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}

/**
 * Groups image files into what the page shows: `samples/0.png`, `samples/1.png` become one image with two frames.
 *
 * @param folder - The images folder relative to the run's folder; frames carry paths that begin with it.
 * @param isStepFirst - The older layout: `0/samples.png`.
 */
export function groupImages(files: readonly ImageFile[], folder: string, isStepFirst: boolean): ImageInfo[] {
  const frames = new Map<string, { step: number | null; path: string; version: string }[]>();
  for (const file of files) {
    if (!IMAGE_TYPES.has(extensionOf(file.path))) continue;
    const { name, step } = isStepFirst ? splitStepFolder(file.path) : splitStepFile(file.path);
    const group = frames.get(name) ?? [];
    frames.set(name, group);
    group.push({ step, path: `${folder}/${file.path}`, version: file.version });
  }
  return [...frames]
    .map(([name, list]) => ({ name, frames: thin(list.toSorted((a, b) => (a.step ?? -1) - (b.step ?? -1))) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function splitStepFile(path: string): { name: string; step: number | null } {
  const match = /^(.+)\/(\d{1,15})\.[^./]+$/.exec(path);
  return match?.[1] === undefined ? { name: path, step: null } : { name: match[1], step: Number(match[2]) };
}

function splitStepFolder(path: string): { name: string; step: number | null } {
  const match = /^(\d{1,15})\/(.+)$/.exec(path);
  return match?.[2] === undefined ? { name: path, step: null } : { name: match[2], step: Number(match[1]) };
}

function thin<T>(frames: readonly T[]): readonly T[] {
  if (frames.length <= MAX_FRAMES) return frames;
  const stride = (frames.length - 1) / (MAX_FRAMES - 1);
  return Array.from({ length: MAX_FRAMES }, (_, i) => frames[Math.round(i * stride)]).filter(
    (frame) => frame !== undefined,
  );
}
