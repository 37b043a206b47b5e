import { basename, join } from "node:path";
import { RUN_FILE, RUN_FOLDER } from "@waymark/core";
import { statIfSeen } from "../history/stat.ts";
import { listFiles } from "./list-files.ts";

/** Where a live folder keeps its parts; the layout changed over the years. Paths are relative to the folder. */
export interface FolderLayout {
  readonly metrics: string;
  readonly images: string;
  /** Images lie in a folder per step (`images/3/sample.png`) instead of a step per file (`sample/3.png`). */
  readonly isStepFirst: boolean;
  /** Folders of plot data files. */
  readonly plots: readonly string[];
  /** The summary: inside the folder, or beside it under the folder's name. */
  readonly summary: string;
}

const CURRENT: FolderLayout = {
  metrics: "plots/metrics",
  images: "plots/images",
  isStepFirst: false,
  plots: ["plots/custom", "plots/sklearn"],
  summary: "metrics.json",
};

/** The root of a work tree of our own. Beside it lies what we remember of it, `<number>.json`, and no summary. */
const OWN_WORK_TREE = /[/\\]\.dvc[/\\]tmp[/\\]waymark[/\\]worktrees[/\\]\d+$/u;

/**
 * Recognises a live folder by what is in it.
 *
 * @param folder - Absolute path.
 * @returns `undefined` when nothing was logged there.
 * @see docs/formats.md#live-folder
 */
export function recogniseLayout(folder: string): FolderLayout | undefined {
  const has = (path: string): boolean => statIfSeen(join(folder, path)) !== undefined;
  if (has(`${RUN_FOLDER}/${RUN_FILE}`) || has("plots/metrics") || (has("metrics.json") && has("plots"))) return CURRENT;
  if (OWN_WORK_TREE.test(folder)) return undefined;
  const beside = `../${basename(folder)}.json`;
  if (has("scalars")) {
    return { metrics: "scalars", images: "images", isStepFirst: true, plots: ["plots"], summary: beside };
  }
  // The oldest: histories right in the folder, with the summary beside it.
  if (!has(beside) || !listFiles(folder).files.some((file) => file.endsWith(".tsv"))) return undefined;
  return { metrics: ".", images: "images", isStepFirst: true, plots: [], summary: beside };
}
