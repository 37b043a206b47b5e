import { parseDataFile } from "../values/data-file.ts";
import { PipelineError } from "../errors.ts";
import { joinProjectPath } from "../project/posix-path.ts";
import type { RevisionSource } from "../project/revision-source.ts";
import { isMapping, member, newMapping, type Mapping } from "../values/values.ts";

const DEFAULT_FILE = "params.yaml";

/** Where a `vars` list stands. */
export interface VarsPlace {
  /** Paths of files are relative to it. */
  readonly folder: string;
  /** Named in errors. */
  readonly where: string;
  /** `params.yaml` of the folder is added first, when there is one. Default `false`. */
  readonly withDefault?: boolean;
  /** Names that `foreach` and `matrix` give a meaning to, and `vars` may not define. */
  readonly reserved?: readonly string[];
}

/** Something that defines values: a file, or a mapping written in place. */
interface Source {
  /** Named in errors: a path, or `vars[0]`. */
  readonly label: string;
  /** `undefined` for a mapping written in place. */
  readonly path: string | undefined;
  readonly data: Mapping;
}

/** Top-level names taken from each file; `undefined`: all of them. */
type Imports = ReadonlyMap<string, readonly string[] | undefined>;

/** Values that `${…}` in a dvc.yaml stand for, and where they came from. */
export class Context {
  readonly #values: Mapping;
  readonly #sources: readonly Source[];
  readonly #imports: Imports;

  private constructor(values: Mapping, sources: readonly Source[], imports: Imports) {
    this.#values = values;
    this.#sources = sources;
    this.#imports = imports;
  }

  /** A context without values. */
  static readonly empty: Context = new Context(newMapping(), [], new Map());

  /**
   * Adds what a `vars` list names: files (`path` or `path:key1,key2`) and mappings. Mappings merge; a value that is
   * there already may not be defined again.
   *
   * @throws {@link PipelineError} when a value is defined twice, a file is missing, or one is loaded whole and in part.
   */
  async extend(source: RevisionSource, vars: readonly unknown[], place: VarsPlace): Promise<Context> {
    const addition = new Addition(source, place, copy(this.#values), [...this.#sources], new Map(this.#imports));
    if (place.withDefault === true) await addition.addDefault();
    for (const [at, entry] of vars.entries()) {
      if (typeof entry === "string") await addition.addFile(entry);
      else if (isMapping(entry)) addition.addMapping(entry, at);
    }
    return new Context(addition.values, addition.sources, addition.imports);
  }

  /** Returns a context in which some top-level names stand for other values. */
  with(values: Mapping): Context {
    return new Context(Object.assign(newMapping(), this.#values, values), this.#sources, this.#imports);
  }

  /** Looks a value up by its parts; `undefined` when it is not defined. */
  find(parts: readonly string[]): unknown {
    return parts.reduce<unknown>(step, this.#values);
  }

  /** The names that are defined at the top. */
  get names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** Returns the files that define a value. */
  filesOf(parts: readonly string[]): readonly string[] {
    return this.#sources.flatMap(({ path, data }) =>
      path !== undefined && parts.reduce<unknown>(step, data) !== undefined ? [path] : [],
    );
  }
}

/** Goes one step down; items of a list count from its end, too, as in Python. */
function step(value: unknown, part: string): unknown {
  if (Array.isArray(value) && /^-\d+$/.test(part)) return (value as readonly unknown[]).at(Number(part));
  return member(value, part);
}

/** A context that is being made. */
class Addition {
  readonly values: Mapping;
  readonly sources: Source[];
  readonly imports: Map<string, readonly string[] | undefined>;
  readonly #source: RevisionSource;
  readonly #place: VarsPlace;

  constructor(
    source: RevisionSource,
    place: VarsPlace,
    values: Mapping,
    sources: Source[],
    imports: Map<string, readonly string[] | undefined>,
  ) {
    this.#source = source;
    this.#place = place;
    this.values = values;
    this.sources = sources;
    this.imports = imports;
  }

  async addDefault(): Promise<void> {
    const path = joinProjectPath(this.#place.folder, DEFAULT_FILE);
    if ((await this.#source.kind(path)) === "file") await this.addFile(DEFAULT_FILE);
  }

  async addFile(entry: string): Promise<void> {
    const colon = entry.indexOf(":");
    const written = colon === -1 ? entry : entry.slice(0, colon);
    const keys =
      colon === -1
        ? []
        : entry
            .slice(colon + 1)
            .split(",")
            .filter((key) => key !== "");
    const path = joinProjectPath(this.#place.folder, written);
    if (this.imports.has(path)) {
      const known = this.imports.get(path);
      // The same file may be named again whole.
      if (known === undefined && keys.length === 0) return;
      this.#checkParts(entry, keys, known);
    }
    const bytes = await this.#source.read(path);
    if (bytes === undefined) throw this.#error(`the file '${path}' that 'vars' names does not exist`);
    const data = parseDataFile(path, bytes);
    if (!isMapping(data)) throw this.#error(`'${path}' holds no mapping`);
    this.#add({ label: path, path, data: keys.length === 0 ? data : this.#pick(data, keys, path) });
    this.imports.set(path, keys.length === 0 ? undefined : [...(this.imports.get(path) ?? []), ...keys]);
  }

  addMapping(entry: Mapping, at: number): void {
    this.#add({ label: `vars[${at}]`, path: undefined, data: entry });
  }

  #checkParts(entry: string, keys: readonly string[], known: readonly string[] | undefined): void {
    if (known === undefined) throw this.#error(`'${entry}' cannot be loaded in part: the file is loaded whole already`);
    if (keys.length === 0 || keys.some((key) => known.includes(key))) {
      throw this.#error(`'${entry}' cannot be loaded: part of it is loaded already`);
    }
  }

  #pick(data: Mapping, keys: readonly string[], path: string): Mapping {
    const chosen = newMapping();
    for (const key of keys) {
      if (!Object.hasOwn(data, key)) throw this.#error(`'${path}' has no '${key}'`);
      chosen[key] = data[key];
    }
    return chosen;
  }

  #add(source: Source): void {
    const reserved = this.#place.reserved?.find((name) => Object.hasOwn(source.data, name));
    if (reserved !== undefined) {
      throw this.#error(`'${source.label}' defines '${reserved}', which stands for the item of this stage`);
    }
    this.#merge(this.values, source.data, [], source);
    this.sources.push(source);
  }

  #merge(into: Mapping, from: Mapping, parts: readonly string[], source: Source): void {
    for (const [key, value] of Object.entries(from)) {
      const path = [...parts, key];
      const present = into[key];
      if (isMapping(present) && isMapping(value)) this.#merge(present, value, path, source);
      else if (Object.hasOwn(into, key)) {
        const earlier = this.sources.find(({ data }) => path.reduce<unknown>(step, data) !== undefined);
        const places = `'${earlier?.label ?? "vars"}' and '${source.label}'`;
        throw this.#error(`'${path.join(".")}' is defined twice, in ${places}`);
      } else into[key] = isMapping(value) ? copy(value) : value;
    }
  }

  #error(reason: string): PipelineError {
    return new PipelineError(this.#place.where, reason);
  }
}

function copy(value: Mapping): Mapping {
  const result = newMapping();
  for (const [key, item] of Object.entries(value)) result[key] = isMapping(item) ? copy(item) : item;
  return result;
}
