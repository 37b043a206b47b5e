/** A custom or classification plot as dvc.yaml describes it. */
export type PlotProperties = Readonly<Record<string, unknown>>;

/** A model or data file as dvc.yaml describes it; `path` is absolute. */
export interface ArtifactEntry {
  readonly path: string;
  readonly type?: string;
  readonly desc?: string;
  readonly labels?: readonly string[];
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What a run has logged besides metrics and params, in the order it came: the content of dvc.yaml and of reports. */
export class Registry {
  hasImages = false;
  /** By absolute path of the data file. */
  readonly plots = new Map<string, PlotProperties>();
  readonly artifacts = new Map<string, ArtifactEntry>();
}
