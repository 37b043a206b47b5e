import { readFileSync, realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { isErrno } from "@waymark/files";
import { readObjectsSync } from "@waymark/git";
import {
  applyOverrides,
  composeConfig,
  dumpConfigYaml,
  expandSweeps,
  fromPlain,
  InvalidSweepError,
  listGroupOptions,
  type ConfigMap,
  type ConfigSource,
  type Override,
  parseOverride,
  resolveConfig,
  sweepOf,
  SweepTooLargeError,
} from "@waymark/hydra";
import { paramsFileEditor, readParamsFile } from "@waymark/pipeline";
import { type Project, toRepositoryPath } from "../project.ts";
import { findResumePoint } from "../run/find-resume-point.ts";
import type { RunParam } from "../run/run-spec.ts";
import { ChoiceNotAllowedError, OverrideFileError, SweepNotAllowedError } from "./errors.ts";
import { type HydraSettings, readHydraSettings } from "./hydra-settings.ts";
import type { OverrideSet, PlanOverridesOptions } from "./override-set.ts";
import { toFileValues } from "./file-values.ts";
import { listParams } from "./list-params.ts";
import { COMPOSED_FILE, groupByFile } from "./split-override.ts";

/**
 * Plans what `-S` sets: the params files of each run. Without a sweep there is one set, also when nothing was typed; when
 * `hydra.enabled` is on, that set has the composed params.yaml. Nothing is written.
 *
 * @param typed - `[FILE:]OVERRIDE` each, in the order typed.
 * @returns Sets in the order of Hydra's sweeper: the last override of the last file varies fastest.
 * @throws A `TrackerError` for what does not parse (with its column), keys that are not there (with a suggestion), sweeps
 *   that are not allowed or too large, files outside of the repository, and configs that do not compose.
 */
export async function planOverrides(
  project: Project,
  typed: readonly string[],
  options: PlanOverridesOptions,
): Promise<readonly OverrideSet[]> {
  const plan = new OverridePlan(project, options);
  return plan.sets(groupByFile(typed));
}

/** All files of a sweep together: they are held in memory. */
const MAX_BYTES = 512 << 20;

/** A params file as it is, read once for all runs. */
interface ParamsFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly values: ConfigMap;
  readonly edit: (wanted: Record<string, unknown>) => Uint8Array;
}

class OverridePlan {
  readonly #project: Project;
  readonly #options: PlanOverridesOptions;
  readonly #cwd: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #hydra: HydraSettings | undefined;
  readonly #now = new Date();
  readonly #paths = new Map<string, string>();
  readonly #files = new Map<string, ParamsFile>();
  /** Its files are changed; `undefined` for those of the workspace. */
  readonly #commit: string | undefined;
  #source: ConfigSource | undefined;

  constructor(project: Project, options: PlanOverridesOptions) {
    this.#project = project;
    this.#options = options;
    this.#cwd = options.cwd ?? project.dvcRoot;
    this.#env = options.env ?? process.env;
    const { checkpoint, isComposing = true } = options;
    this.#hydra = isComposing ? readHydraSettings(project, this.#cwd, this.#env) : undefined;
    this.#commit = checkpoint === undefined ? undefined : findResumePoint(project, checkpoint).point.id;
  }

  /** What a checkpoint was trained with has been composed, of overrides that only its params.yaml knows. */
  get #isComposing(): boolean {
    return this.#hydra !== undefined && this.#commit === undefined;
  }

  sets(typed: ReadonlyMap<string, readonly string[]>): OverrideSet[] {
    const all = new Map(typed);
    // Composed on every run, whether something is set or not.
    if (this.#isComposing && !all.has(COMPOSED_FILE)) all.set(COMPOSED_FILE, []);
    const parsed = new Map([...all].map(([file, texts]) => [file, texts.map((text) => parseOverride(text))]));
    const sweeps = [...parsed.values()].flat().filter((override) => sweepOf(override) !== undefined);
    const [first] = sweeps;
    if (this.#options.trials !== undefined && !sweeps.some((override) => sweepOf(override)?.kind === "interval")) {
      throw new InvalidSweepError("There is no interval to draw trials from", "Give one: -S 'lr=interval(0.001,0.1)'.");
    }
    if (first === undefined) return [this.#set(parsed, all)];
    if (!this.#options.isSweepAllowed) throw new SweepNotAllowedError(first.text);
    const runs = expandSweeps(parsed, this.#sweepOptions());
    if (runs.length === 0) throw new InvalidSweepError(`'${first.text}' makes no runs`, "Give it at least one value.");
    let bytes = 0;
    return runs.map((texts) => {
      // Hydra reads what it wrote: text that looks like a number is one from here on.
      const overrides = [...texts].map(([file, list]) => [file, list.map((text) => parseOverride(text))] as const);
      const set = this.#set(new Map(overrides), texts);
      for (const data of set.files.values()) bytes += data.byteLength;
      if (bytes > MAX_BYTES) throw new SweepTooLargeError(runs.length, Math.floor((MAX_BYTES / bytes) * runs.length));
      return set;
    });
  }

  #sweepOptions(): Parameters<typeof expandSweeps>[1] {
    const { trials, seed, sampling, maxRuns } = this.#options;
    const source = this.#hydra === undefined ? undefined : this.#configs(this.#hydra);
    return {
      ...(trials === undefined ? {} : { trials }),
      ...(seed === undefined ? {} : { seed }),
      ...(sampling === undefined ? {} : { sampling }),
      ...(maxRuns === undefined ? {} : { maxRuns }),
      listOptions: (group) => (source === undefined ? undefined : listGroupOptions([source], group)),
    };
  }

  #set(
    parsed: ReadonlyMap<string, readonly Override[]>,
    overrides: ReadonlyMap<string, readonly string[]>,
  ): OverrideSet {
    const files = new Map<string, Uint8Array>();
    const params: RunParam[] = [];
    for (const [file, list] of parsed) {
      const path = this.#repositoryPath(file);
      const hydra = file === COMPOSED_FILE ? this.#hydra : undefined;
      if (hydra !== undefined && this.#commit !== undefined) this.#refuseChoices(hydra, list);
      const isComposed = hydra !== undefined && this.#isComposing;
      files.set(path, isComposed ? this.#compose(hydra, list) : this.#edit(path, file, list, files.get(path)));
      params.push(...listParams(path, list));
    }
    return { files, params, overrides };
  }

  /** @throws {@link ChoiceNotAllowedError} where a config of a group would end as its bare name in params.yaml. */
  #refuseChoices(hydra: HydraSettings, overrides: readonly Override[]): void {
    const source = this.#configs(hydra);
    const choice = overrides.find(
      (override) => override.key !== "" && listGroupOptions([source], override.key) !== undefined,
    );
    if (choice !== undefined) throw new ChoiceNotAllowedError(choice.text);
  }

  #compose(hydra: HydraSettings, overrides: readonly Override[]): Uint8Array {
    const known = { env: this.#env, now: this.#now };
    const options = { ...known, openFolder: hydra.openFolder };
    const config = composeConfig(this.#configs(hydra), hydra.configName, overrides, options);
    return new TextEncoder().encode(dumpConfigYaml(resolveConfig(config, known)));
  }

  #configs(hydra: HydraSettings): ConfigSource {
    this.#source ??= hydra.openSource();
    return this.#source;
  }

  #edit(path: string, name: string, overrides: readonly Override[], earlier: Uint8Array | undefined): Uint8Array {
    // The same file under another spelling is changed further.
    const file = earlier === undefined ? this.#file(path, name) : openParamsFile(path, name, earlier);
    const env = this.#env;
    const changed = applyOverrides(file.values, overrides, { env, now: this.#now, target: name });
    const resolved = resolveConfig(changed, { env, now: this.#now, refuseMissing: true });
    return file.edit(toFileValues(resolved, file.before));
  }

  #file(path: string, name: string): ParamsFile {
    const known = this.#files.get(path) ?? openParamsFile(path, name, this.#read(path));
    this.#files.set(path, known);
    return known;
  }

  #read(path: string): Uint8Array | undefined {
    if (this.#commit === undefined) return readInside(this.#project.root, path);
    const [object] = readObjectsSync(this.#project.repo, [`${this.#commit}:${path}`]);
    return object?.type === "blob" ? object.data : undefined;
  }

  #repositoryPath(file: string): string {
    const path = this.#paths.get(file) ?? this.#checkedPath(file);
    this.#paths.set(file, path);
    return path;
  }

  /** @throws {@link OverrideFileError} for a file that is not one of the repository. */
  #checkedPath(file: string): string {
    const path = toRepositoryPath(this.#project.root, resolve(this.#cwd, file));
    if (path === undefined || path === "" || file === "") {
      throw new OverrideFileError(file, "is no file of this repository", "Name a params file: -S FILE:key=value.");
    }
    if (path.split("/").some((part) => [".git", ".dvc"].includes(part.toLowerCase()))) {
      throw new OverrideFileError(file, "lies in a folder of Git or DVC", "Name a params file: -S FILE:key=value.");
    }
    return path;
  }
}

function openParamsFile(path: string, name: string, data: Uint8Array | undefined): ParamsFile {
  const before = readParamsFile(name, data);
  return { path, before, values: fromPlain(before) as ConfigMap, edit: paramsFileEditor(name, data) };
}

function readInside(root: string, path: string): Uint8Array | undefined {
  const absolute = join(root, path);
  try {
    if (!realpathSync(absolute).startsWith(realpathSync(root) + sep)) {
      throw new OverrideFileError(path, "is a link that leads out of this repository", "Replace it by the file.");
    }
    return readFileSync(absolute);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    if (isErrno(error, "EISDIR", "ENOTDIR")) throw new OverrideFileError(path, "is no file");
    throw error;
  }
}
