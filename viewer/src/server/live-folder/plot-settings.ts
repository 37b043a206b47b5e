import { dirname, join, relative, resolve } from "node:path";
import { parseDvcYaml } from "@waymark/core";
import { SmallFile } from "./small-file.ts";

/** What a dvc.yaml says of one plot file. */
export type PlotProperties = Readonly<Record<string, unknown>>;

/** Properties by absolute path. */
export type FileSettings = ReadonlyMap<string, PlotProperties>;

/** The plots that the dvc.yaml files of a project configure. */
export class PlotSettings {
  readonly #root: string;
  readonly #files = new Map<string, SmallFile<FileSettings>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Reads the dvc.yaml files that may speak of `folder` (relative to the root): its own and those above it. */
  refresh(folder: string): void {
    for (const path of this.#candidates(folder)) this.#fileAt(path).refresh();
  }

  /**
   * What is said of a file, by the nearest dvc.yaml that names it.
   *
   * @param path - Relative to the root, with forward slashes.
   */
  of(path: string): PlotProperties | undefined {
    for (const candidate of this.#candidates(dirname(path))) {
      const settings = this.#fileAt(candidate).value?.get(join(this.#root, path));
      if (settings !== undefined) return settings;
    }
    return undefined;
  }

  #candidates(folder: string): string[] {
    const paths: string[] = [];
    for (let at = join(this.#root, folder); ; at = dirname(at)) {
      if (relative(this.#root, at).startsWith("..")) return paths;
      paths.push(join(at, "dvc.yaml"));
      if (at === this.#root || at === dirname(at)) return paths;
    }
  }

  #fileAt(path: string): SmallFile<FileSettings> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new SmallFile(path, (text) => parsePlotSettings(text, path));
    this.#files.set(path, file);
    return file;
  }
}

/**
 * Reads the `plots` of a dvc.yaml into properties by absolute path.
 *
 * @param path - Absolute path of the dvc.yaml; plots are named relative to its folder.
 */
export function parsePlotSettings(text: string, path: string): FileSettings {
  const { plots } = parseDvcYaml(text, { path });
  return new Map(plots.map(({ id, properties }) => [resolve(dirname(path), id), properties]));
}
