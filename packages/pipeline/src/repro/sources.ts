import type { DvcLockStage } from "@waymark/core";
import { TrackerError } from "@waymark/core";
import type { ChangeLookupOptions } from "../changes/change-lookup.ts";
import { checkoutOutputs } from "../data/checkout-project.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { UrlMissingError } from "../imports/external-errors.ts";
import { fetchSelected } from "../remotes/fetch.ts";
import { indexOutputs, listNeededOutputs, type OwnedOutput } from "../graph/graph.ts";
import { fetchImport, withScratch } from "../imports/import-source.ts";
import type { PathTree } from "../project/path-tree.ts";
import type { ProjectStage } from "../project/project.ts";
import { recordedHash, trackedEntry } from "../project/recorded.ts";
import { updateImports } from "../imports/update-imports.ts";
import type { OutputSelection } from "../data/used-objects.ts";
import { newMapping, type Mapping } from "../values/values.ts";
import { absolutePath, kindAt } from "./stage-content.ts";

const HASH_KEYS = ["etag", "checksum", "md5"];

/** Where the data of stages comes from that is not in the workspace: remotes, URLs, other repositories. */
export class StageSources {
  readonly #project: DvcProject;
  readonly #stages: readonly ProjectStage[];
  readonly #signal: AbortSignal | undefined;
  #outputs: PathTree<OwnedOutput> | undefined;

  /** @param stages - All stages of the project. */
  constructor(project: DvcProject, stages: readonly ProjectStage[], signal: AbortSignal | undefined) {
    this.#project = project;
    this.#stages = stages;
    this.#signal = signal;
  }

  /** How changes of dependencies elsewhere are noticed. */
  readonly lookupOptions: ChangeLookupOptions = {
    hashUrl: async (url, recorded) => {
      const found = await this.hashUrl(url, recorded);
      return found === undefined ? undefined : (recordedHash(found).hash ?? undefined);
    },
  };

  /** Asks a URL for what identifies it, as dvc.lock records it; `undefined` when nothing is there. */
  readonly hashUrl = async (url: string, recorded: Mapping | undefined): Promise<Mapping | undefined> => {
    const entry = Object.assign(newMapping(), { path: url });
    const settings = recorded?.["fs_config"];
    if (settings !== undefined) entry["fs_config"] = settings;
    const signal = this.#signal;
    return withScratch(this.#project, async (scratch) => {
      try {
        const asked = await fetchImport(this.#project, entry, "", scratch, { isDownloading: false, signal });
        const isKnown = HASH_KEYS.some((key) => asked.entry[key] !== undefined);
        // Where the server tells nothing, only the bytes do.
        const found = isKnown ? asked : await fetchImport(this.#project, entry, "", scratch, { signal });
        const { path: _, fs_config: __, ...content } = found.entry;
        return Object.assign(newMapping(), content);
      } catch (error) {
        if (error instanceof UrlMissingError) return undefined;
        throw error;
      }
    });
  };

  /**
   * Fetches the run cache of the default remote.
   *
   * @returns Why that was not possible; `undefined` when it was.
   */
  async pullRunCache(): Promise<string | undefined> {
    return this.#fetch([], true);
  }

  /**
   * Fetches the outputs of a stage as they are recorded, and puts them into the workspace.
   *
   * @returns Why that was not possible; `undefined` when it was.
   */
  async pullOutputs(stage: ProjectStage): Promise<string | undefined> {
    return this.#pull(stage.outs.map((out) => ({ stage, out })));
  }

  /** Fetches inputs of a stage that are missing and that other stages make; those that cannot be had stay missing. */
  async pullInputs(stage: ProjectStage): Promise<void> {
    this.#outputs ??= indexOutputs(this.#stages);
    const missing = stage.deps.filter(
      ({ kind, path }) =>
        kind === "path" && !path.includes("://") && kindAt(absolutePath(this.#project, path)) === undefined,
    );
    if (missing.length === 0) return;
    const needed = listNeededOutputs({ ...stage, deps: missing, params: [] }, this.#outputs);
    await this.#pull(needed);
  }

  /** Fetches what an earlier run made, as far as it can be had. */
  async fetchRun(stage: ProjectStage, run: DvcLockStage): Promise<void> {
    const selections = stage.outs.flatMap((out) => {
      const entry = run.outs?.find((one) => one["path"] === out.text);
      return entry === undefined
        ? []
        : [{ stage, out: { ...out, ...trackedEntry(out.text, out.path, entry), isCached: true } }];
    });
    await this.#fetch(selections, false);
  }

  /**
   * Brings what a `.dvc` file imports up to date.
   *
   * @returns The files that changed, relative to the project.
   */
  async synchronize(stage: ProjectStage): Promise<readonly string[]> {
    const { edit } = await updateImports({ ...this.#project, folder: "" }, [stage.file], { signal: this.#signal });
    return edit.files;
  }

  async #pull(selections: readonly OutputSelection[]): Promise<string | undefined> {
    const problem = await this.#fetch(selections, false);
    if (problem !== undefined) return problem;
    try {
      const { missing } = await checkoutOutputs(this.#project, selections, { signal: this.#signal });
      return missing.length === 0 ? undefined : `${missing.join(", ")} cannot be found`;
    } catch (error) {
      if (error instanceof TrackerError) return error.message;
      throw error;
    }
  }

  async #fetch(selections: readonly OutputSelection[], runCache: boolean): Promise<string | undefined> {
    try {
      const signal = this.#signal;
      const report = await fetchSelected(this.#project, { selections, skipped: [] }, { runCache, signal });
      const lost = [...report.failed, ...report.missing].map(({ name, path }) => path ?? name);
      return lost.length === 0 ? undefined : `${lost.join(", ")} cannot be fetched`;
    } catch (error) {
      if (error instanceof TrackerError) return error.message;
      throw error;
    }
  }
}
