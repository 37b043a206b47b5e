import type { PlotInfo } from "../../protocol.ts";
import type { PlotProperties } from "./plot-settings.ts";

/** Finds what dvc.yaml says of a plot file, by its path relative to the project's root. */
export type FindPlotProperties = (path: string) => PlotProperties | undefined;

/** One plot data file: `path` is relative to `folder`, which is relative to the run's folder. */
export interface PlotFile {
  readonly folder: string;
  readonly path: string;
  readonly version: string;
}

/** What the logger says of its classification plots when no dvc.yaml does, by the name of the file or its first folder. */
const DEFAULTS: ReadonlyMap<string, PlotProperties> = new Map([
  ["roc", { template: "simple", x: "fpr", y: "tpr" }],
  ["precision_recall", { template: "simple", x: "recall", y: "precision" }],
  ["det", { template: "simple", x: "fpr", y: "fnr" }],
  ["calibration", { template: "simple", x: "prob_pred", y: "prob_true" }],
  ["confusion_matrix", { template: "confusion", x: "actual", y: "predicted" }],
]);

/** Lists the plots of a run with their properties. */
export function collectPlots(files: readonly PlotFile[], runFolder: string, find: FindPlotProperties): PlotInfo[] {
  const plots: PlotInfo[] = [];
  for (const { folder, path, version } of files) {
    const name = /^(.+)\.json$/s.exec(path)?.[1];
    if (name === undefined) continue;
    const inRun = `${folder}/${path}`;
    const inProject = runFolder === "." ? inRun : `${runFolder}/${inRun}`;
    plots.push({ name, path: inRun, version, properties: find(inProject) ?? DEFAULTS.get(name) ?? {} });
  }
  return plots.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
