import type { ImageFigure } from "@waymark/plots";
import type { OutputFolder } from "./output-folder.ts";

/** An image of a figure that lies in the output folder. */
export interface WrittenImage {
  readonly revision: string;
  /** Absolute. */
  readonly path: string;
  /** Its name in its folder. */
  readonly name: string;
}

/**
 * Writes the images of a figure, one a revision, where DVC puts them: `<revision>_<path>` with `_` for every `/`.
 *
 * @param folder - Way from the output folder.
 */
export function writeImages(figure: ImageFigure, output: OutputFolder, folder: readonly string[]): WrittenImage[] {
  return figure.images.map(({ revision, path, bytes }) => {
    const name = `${revision}_${path}`.replace(/[/\\\0]/gu, "_");
    return { revision, name, path: output.write([...folder, name], bytes) };
  });
}
