import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import { loadCore } from "#lazy";
import type { Registry } from "./registry.ts";

/** What dvc.yaml is to say of a run. */
export interface DvcYamlState {
  readonly dir: string;
  readonly hasParams: boolean;
  readonly hasMetrics: boolean;
  readonly hasHistories: boolean;
  readonly registry: Registry;
}

/** The dvc.yaml that lists what a run logged; edited in place, our entries only, and only when they change. */
export class DvcYamlFile {
  readonly path: string;
  readonly #temporaryFolder: string;
  #written: string | undefined;

  constructor(path: string, temporaryFolder: string) {
    this.path = path;
    this.#temporaryFolder = temporaryFolder;
  }

  /**
   * Writes the entries of a run.
   *
   * @param isForced - Looks at the file even when the entries are those written last.
   * @throws When the file cannot be understood or written; it is left as it is then.
   */
  write(state: DvcYamlState, isForced: boolean): void {
    const key = `${state.hasParams} ${state.hasMetrics} ${state.hasHistories} ${state.registry.version}`;
    if (!isForced && key === this.#written) return;
    const entries = this.#entries(state);
    const current = readIfPresent(this.path);
    // One that cannot be understood is not read again at every step.
    this.#written = key;
    const edited = loadCore().editDvcYaml(current, entries, { path: this.path });
    if (edited !== current) {
      // Beside the live folder and not beside the file: nothing of ours shows up in the user's folder.
      this.#written = undefined;
      replaceFileSync(this.path, edited, { temporaryFolder: this.#temporaryFolder });
      this.#written = key;
    }
  }

  #entries(state: DvcYamlState): Parameters<ReturnType<typeof loadCore>["editDvcYaml"]>[1] {
    const { dir, registry } = state;
    const path = (...parts: readonly string[]): string => toPosix(relative(dirname(this.path), join(dir, ...parts)));
    const plots: (string | Record<string, unknown>)[] = [];
    if (state.hasHistories) plots.push({ [path("plots", "metrics")]: { x: "step" } });
    if (registry.hasImages) plots.push(path("plots", "images"));
    for (const [file, properties] of registry.plots) {
      plots.push({ [toPosix(relative(dirname(this.path), file))]: properties });
    }
    const artifacts: Record<string, unknown> = {};
    for (const [id, entry] of registry.artifacts) {
      artifacts[id] = { ...entry, path: toPosix(relative(dirname(this.path), entry.path)) };
    }
    return {
      dir: path(),
      params: state.hasParams ? [path("params.yaml")] : [],
      metrics: state.hasMetrics ? [path("metrics.json")] : [],
      plots,
      artifacts,
    };
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function toPosix(path: string): string {
  return path.split(sep).join("/");
}
