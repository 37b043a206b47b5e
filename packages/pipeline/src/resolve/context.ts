import { parseDataFile } from "../data-file.ts";
import { PipelineError } from "../errors.ts";
import { joinProjectPath } from "../posix-path.ts";
import type { RevisionSource } from "../revision-source.ts";
import { isMapping, member, newMapping, type Mapping } from "../values.ts";

const DEFAULT_FILE = "params.yaml";

/** Values that `${…}` in a dvc.yaml stand for, and the files they came from. */
export class Context {
  readonly #values: Mapping;
  readonly #files: readonly { readonly path: string; readonly data: Mapping }[];

  private constructor(values: Mapping, files: readonly { readonly path: string; readonly data: Mapping }[]) {
    this.#values = values;
    this.#files = files;
  }

  /** A context without values. */
  static readonly empty: Context = new Context(newMapping(), []);

  /**
   * Adds what a `vars` list names: files (`path` or `path:key1,key2`) and mappings.
   *
   * @param folder - Paths are relative to it.
   * @param where - Named in errors.
   * @param withDefault - `params.yaml` of the folder is added first, when there is one.
   * @throws {@link PipelineError} when a value is defined twice or a file is missing.
   */
  async extend(
    source: RevisionSource,
    vars: readonly unknown[],
    folder: string,
    where: string,
    withDefault: boolean,
  ): Promise<Context> {
    const values = copy(this.#values);
    const files = [...this.#files];
    const seen = new Set(files.map((file) => file.path));
    const addFile = async (path: string, keys: readonly string[], isOptional: boolean): Promise<void> => {
      const full = joinProjectPath(folder, path);
      // The same file may be named again whole.
      if (seen.has(full) && keys.length === 0) return;
      const bytes = await source.read(full);
      if (bytes === undefined) {
        if (isOptional) return;
        throw new PipelineError(where, `the file '${full}' that 'vars' names does not exist`);
      }
      const data = parseDataFile(full, bytes);
      if (!isMapping(data)) throw new PipelineError(where, `'${full}' holds no mapping`);
      const chosen = keys.length === 0 ? data : pick(data, keys, where, full);
      seen.add(full);
      files.push({ path: full, data: chosen });
      merge(values, chosen, where, "");
    };
    if (withDefault) await addFile(DEFAULT_FILE, [], true);
    for (const entry of vars) {
      if (typeof entry === "string") {
        const colon = entry.lastIndexOf(":");
        const keys = colon === -1 ? [] : entry.slice(colon + 1).split(",");
        await addFile(colon === -1 ? entry : entry.slice(0, colon), keys, false);
      } else if (isMapping(entry)) {
        merge(values, entry, where, "");
      }
    }
    return new Context(values, files);
  }

  /** Returns a context in which some top-level names stand for other values. */
  with(values: Mapping): Context {
    return new Context(Object.assign(newMapping(), this.#values, values), this.#files);
  }

  /** Looks a value up by its parts; `undefined` when it is not defined. */
  find(parts: readonly string[]): unknown {
    return parts.reduce<unknown>((value, part) => member(value, part), this.#values);
  }

  /** Returns the files that define a value. */
  filesOf(parts: readonly string[]): readonly string[] {
    return this.#files
      .filter((file) => parts.reduce<unknown>((value, part) => member(value, part), file.data) !== undefined)
      .map((file) => file.path);
  }
}

function pick(data: Mapping, keys: readonly string[], where: string, file: string): Mapping {
  const chosen = newMapping();
  for (const key of keys) {
    const value = member(data, key.trim());
    if (value === undefined) throw new PipelineError(where, `'${file}' has no '${key.trim()}'`);
    chosen[key.trim()] = value;
  }
  return chosen;
}

/** Mappings merge; a value that is there already may not be set again. */
function merge(into: Mapping, from: Mapping, where: string, prefix: string): void {
  for (const [key, value] of Object.entries(from)) {
    const present = Object.hasOwn(into, key) ? into[key] : undefined;
    if (isMapping(present) && isMapping(value)) merge(present, value, where, `${prefix}${key}.`);
    else if (present !== undefined) throw new PipelineError(where, `'${prefix}${key}' is defined twice in 'vars'`);
    else into[key] = isMapping(value) ? copy(value) : value;
  }
}

function copy(value: Mapping): Mapping {
  const result = newMapping();
  for (const [key, item] of Object.entries(value)) result[key] = isMapping(item) ? copy(item) : item;
  return result;
}
