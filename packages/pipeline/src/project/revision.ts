import { TrackerError } from "@waymark/core";
import type { ContentCache } from "@waymark/store";
import { ContentView } from "./content-view.ts";
import { parseDataFile } from "../values/data-file.ts";
import { FileMissingError, type Readable } from "../errors.ts";
import { keepMetrics } from "../values/metric-values.ts";
import { ParseMemo } from "./parse-memo.ts";
import type { ParamSelection, PlotEntry, Project, StageDependency, StageOutput } from "./project.ts";
import { readProject, type ReadProjectOptions } from "./read-project.ts";
import type { RevisionSource } from "./revision-source.ts";
import { selectParams } from "../values/select-params.ts";
import { commandParsing } from "../resolve/command-options.ts";
import { newMapping } from "../values/values.ts";

const DEFAULT_PARAMS = "params.yaml";

/** Params to read, whatever asked for them. */
export type SelectedParams = Pick<ParamSelection, "path" | "keys">;

/** What a revision holds. Paths are relative to the project. */
export interface RevisionContent {
  /** Values of each params file, numbers with their kind. */
  readonly params: ReadonlyMap<string, Readable<unknown>>;
  /** Values of each metrics file: numbers, strings, booleans and mappings of these. */
  readonly metrics: ReadonlyMap<string, Readable<unknown>>;
  /** Inputs of stages. */
  readonly deps: readonly StageDependency[];
  /** Outputs, metrics and plots left out. */
  readonly outs: readonly StageOutput[];
  /** Plots of stages and of the top level. */
  readonly plots: readonly PlotEntry[];
}

/** Options of {@link RevisionReader}. */
export interface RevisionReaderOptions {
  /** Where the content of outputs is found that the revision itself lacks. Default: nowhere. */
  readonly cache?: ContentCache | undefined;
}

/** Options of {@link RevisionReader.collect}. */
export interface CollectOptions {
  /** Only params that stages depend on. Default `false`. */
  readonly onlyStageParams?: boolean;
}

/** Options of {@link RevisionReader.readParams}. */
export interface ReadParamsOptions extends CollectOptions {
  /** Files and folders, relative to the project, to read whole instead of what the project names. Default: none. */
  readonly targets?: readonly string[];
}

/** Options of {@link RevisionReader.readMetrics}. */
export type ReadMetricsOptions = Pick<ReadParamsOptions, "targets">;

/** What a revision defines, with a view of its files and of what its outputs keep in the cache. */
export interface RevisionView {
  readonly project: Project;
  readonly content: ContentView;
}

/**
 * Reads what revisions hold, as DVC's `exp show`, `params` and `metrics` see it. Content that several revisions share
 * is parsed once.
 */
export class RevisionReader {
  readonly #cache: ContentCache | undefined;
  readonly #memo = new ParseMemo();

  constructor(options: RevisionReaderOptions = {}) {
    this.#cache = options.cache;
  }

  /**
   * Collects one revision.
   *
   * @throws A `TrackerError` when a file that defines the project cannot be read; a params or metrics file that cannot
   *   be is reported in its place.
   */
  async collect(source: RevisionSource, options: CollectOptions = {}): Promise<RevisionContent> {
    const view = await this.view(source);
    const { project } = view;
    const [params, metrics] = await Promise.all([this.readParams(view, options), this.readMetrics(view)]);
    const outs = project.stages.flatMap((stage) => stage.outs);
    return {
      params,
      metrics,
      // What comes from another repository, a database or a data set has no hash of its own.
      deps: project.stages.flatMap((stage) => stage.deps.filter((dep) => dep.kind === "path")),
      outs: outs.filter((out) => out.role === "out"),
      plots: [...stagePlots(project), ...project.plots],
    };
  }

  /** Reads what the project files define, without the values of any file. */
  readProject(source: RevisionSource, options: Omit<ReadProjectOptions, "parsing"> = {}): Promise<Project> {
    return readProject(source, this.#memo, { ...options, parsing: commandParsing(this.#cache?.config) });
  }

  /** Reads what the project files define, and lets the files they name be looked at. */
  async view(source: RevisionSource): Promise<RevisionView> {
    const project = await this.readProject(source);
    return { project, content: new ContentView(source, project, this.#cache) };
  }

  /** Reads the values of params files; one that cannot be read is reported in its place. */
  async readParams(
    { project, content }: RevisionView,
    options: ReadParamsOptions = {},
  ): Promise<ReadonlyMap<string, Readable<unknown>>> {
    const { targets = [], onlyStageParams = false } = options;
    const hasTargets = targets.length > 0;
    const selections: SelectedParams[] = hasTargets
      ? targets.map((path) => ({ path, keys: [] }))
      : project.stages.flatMap((stage) => stage.params);
    if (!hasTargets && !onlyStageParams) {
      selections.push(...project.params.map((path) => ({ path, keys: [] })));
      if ((await content.kind(DEFAULT_PARAMS)) !== undefined) selections.push({ path: DEFAULT_PARAMS, keys: [] });
    }
    const result = new Map<string, Readable<unknown>>();
    for (const [path, keys] of mergeSelections(selections)) {
      for (const file of await expandFolder(content, path)) {
        result.set(
          file,
          await this.#readFile(content, file, (values) => (keys.length === 0 ? values : selectParams(values, keys))),
        );
      }
    }
    const used = new Map<string, object>();
    for (const stage of hasTargets ? [] : project.stages) {
      for (const [file, values] of stage.usedVars) {
        // A file that is shown anyway is shown as it is.
        if (!result.has(file)) used.set(file, Object.assign(used.get(file) ?? newMapping(), values));
      }
    }
    for (const [file, data] of used) result.set(file, { data });
    return result;
  }

  /** Reads the values of metrics files; one that cannot be read is reported in its place. */
  async readMetrics(
    { project, content }: RevisionView,
    options: ReadMetricsOptions = {},
  ): Promise<ReadonlyMap<string, Readable<unknown>>> {
    const { targets = [] } = options;
    const stageMetrics = project.stages.flatMap((stage) => stage.outs.filter((out) => out.role === "metric"));
    const paths = targets.length > 0 ? targets : [...stageMetrics.map((out) => out.path), ...project.metrics];
    const files = (await Promise.all([...new Set(paths)].map((path) => expandFolder(content, path)))).flat();
    const result = new Map<string, Readable<unknown>>();
    for (const file of files) result.set(file, await this.#readFile(content, file, keepMetrics));
    return result;
  }

  async #readFile(view: ContentView, path: string, convert: (values: unknown) => unknown): Promise<Readable<unknown>> {
    try {
      // The name belongs to the content: its extension says how to read it.
      const values = await this.#memo.get(`values ${path}`, await view.contentId(path), async () => {
        const data = await view.read(path);
        if (data === undefined) throw new FileMissingError(path);
        return parseDataFile(path, data);
      });
      return { data: convert(values) };
    } catch (error) {
      if (error instanceof TrackerError) return { error };
      throw error;
    }
  }
}

function stagePlots(project: Project): readonly PlotEntry[] {
  return project.stages.flatMap((stage) =>
    stage.outs
      .filter((out) => out.role === "plot")
      .map((out) => ({ id: out.path, path: out.path, properties: out.properties, file: stage.file })),
  );
}

/** A file that is tracked whole anywhere is tracked whole. */
export function mergeSelections(selections: readonly SelectedParams[]): ReadonlyMap<string, readonly string[]> {
  const whole = new Set(selections.filter(({ keys }) => keys.length === 0).map(({ path }) => path));
  const merged = new Map<string, string[]>();
  for (const { path, keys } of selections) {
    const known = merged.get(path) ?? [];
    merged.set(path, whole.has(path) ? [] : [...new Set([...known, ...keys])]);
  }
  return merged;
}

async function expandFolder(view: ContentView, path: string): Promise<readonly string[]> {
  return (await view.kind(path)) === "folder" ? view.listFiles(path) : [path];
}
