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
  readonly #plots = new Map<string, PlotProperties>();
  readonly #artifacts = new Map<string, ArtifactEntry>();
  #hasImages = false;
  #version = 0;

  /** Counts up with every change, so that whoever writes it out can tell cheaply whether to. */
  get version(): number {
    return this.#version;
  }

  get hasImages(): boolean {
    return this.#hasImages;
  }

  /** By absolute path of the data file. */
  get plots(): ReadonlyMap<string, PlotProperties> {
    return this.#plots;
  }

  /** By id. */
  get artifacts(): ReadonlyMap<string, ArtifactEntry> {
    return this.#artifacts;
  }

  addImages(): void {
    if (!this.#hasImages) this.#version += 1;
    this.#hasImages = true;
  }

  setPlot(path: string, properties: PlotProperties): void {
    this.#plots.set(path, properties);
    this.#version += 1;
  }

  setArtifact(id: string, entry: ArtifactEntry): void {
    this.#artifacts.set(id, entry);
    this.#version += 1;
  }
}
