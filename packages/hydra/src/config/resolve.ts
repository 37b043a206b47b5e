import { formatPythonStr } from "@waymark/core/formats/python-repr";
import { InterpolationError } from "../errors.ts";
import { type ConfigKey, type ConfigMap, type ConfigValue, setMember, toPlain } from "../values.ts";
import {
  type Expression,
  type Interpolation,
  InterpolationSyntaxError,
  parseInterpolated,
  parseSingleValue,
} from "./interpolation.ts";
import { findMember, isContainer, isInterpolated, MISSING, NotAnIndexError, splitKey } from "./key-path.ts";
import { RESOLVERS } from "./resolvers.ts";

/** Options of resolving. */
export interface ResolveOptions {
  /** What `${oc.env:NAME}` reads. Default: nothing is set. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What `${now:%Y-%m-%d}` reads, in local time. Default: that resolver is not known. */
  readonly now?: Date | undefined;
  /** Refuse values that are `???` instead of leaving them. Default false. */
  readonly refuseMissing?: boolean;
}

/**
 * Replaces all interpolations by what they stand for, as `OmegaConf.resolve` does.
 *
 * @throws {@link InterpolationError} with the place of the value.
 */
export function resolveConfig(root: ConfigMap, options: ResolveOptions = {}): ConfigMap {
  return new Resolution(root, options).resolveAll(root, []) as ConfigMap;
}

type Path = readonly ConfigKey[];

/** A value, and where it stands; what a resolver made stands nowhere, and interpolates from where it was made for. */
export interface Located {
  readonly value: ConfigValue;
  /** Path of the value itself. */
  readonly path: Path | undefined;
  /** Path of the container its interpolations are relative to. */
  readonly context: Path;
}

/** An interpolation leads to `???`. */
export class MissingValueError extends Error {}

/** Why an interpolation has nothing to stand for. */
export class UnresolvedError extends Error {
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string) {
    super(reason);
    this.hint = hint;
  }
}

const MAX_DEPTH = 150;
/** Values in all: what a few lines of lists of lists can grow to. */
const MAX_VALUES = 200_000;

/** Resolves interpolations of one configuration. */
export class Resolution {
  readonly #root: ConfigMap;
  readonly #options: ResolveOptions;
  /** Paths of the values that are being resolved. */
  readonly #open = new Set<string>();
  #depth = 0;
  #values = 0;

  constructor(root: ConfigMap, options: ResolveOptions = {}) {
    this.#root = root;
    this.#options = options;
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.#options.env ?? {};
  }

  get now(): Date | undefined {
    return this.#options.now;
  }

  /** Copies a value with every interpolation in it replaced. */
  resolveAll(value: ConfigValue, path: Path): ConfigValue {
    return this.#within(path, () => {
      if (Array.isArray(value)) return value.map((item, at) => this.#member(item, path, at));
      if (!(value instanceof Map)) return value;
      return new Map([...value].map(([key, member]) => [key, this.#member(member, path, key)]));
    });
  }

  #member(value: ConfigValue, container: Path, key: ConfigKey): ConfigValue {
    const path = [...container, key];
    this.#values += 1;
    if (this.#values > MAX_VALUES) {
      throw asInterpolationError(new UnresolvedError(`it grows to more than ${MAX_VALUES} values`), path, "${…}");
    }
    if (isContainer(value)) return this.resolveAll(value, path);
    if (value === MISSING && this.#options.refuseMissing === true) throw missing(path);
    if (!isInterpolated(value)) return value;
    try {
      const found = this.dereference(value, container);
      if (!isContainer(found.value)) return found.value;
      return this.resolveAll(found.value, found.path ?? found.context);
    } catch (error) {
      if (error instanceof MissingValueError) {
        if (this.#options.refuseMissing === true) throw missing(path);
        return MISSING;
      }
      throw asInterpolationError(error, path, value);
    }
  }

  /** Follows a value that may be an interpolation to what it stands for. */
  dereference(value: ConfigValue, context: Path): Located {
    if (!isInterpolated(value)) return { value, path: undefined, context };
    return this.#within(context, () => this.#evaluate(parseInterpolated(value), context));
  }

  /**
   * Finds a value by its path; interpolations on the way, and at its end, are followed.
   *
   * @param key - Dotted path from `context`; `""` for that itself.
   * @returns `undefined` for what is not there.
   */
  select(key: string, context: Path, refusesMissing: boolean): Located | undefined {
    let current: Located = { value: this.#at(context), path: context, context };
    if (key === "") return current;
    const parts = splitKey(key);
    for (const [at, part] of parts.entries()) {
      if (!isContainer(current.value)) {
        throw new UnresolvedError(`'${parts.slice(0, at).join(".")}' holds no '${part}': it is no mapping`);
      }
      const next = findMember(current.value, part);
      if (next === undefined) return undefined;
      if (next === MISSING && refusesMissing) throw new MissingValueError(key);
      const container = current.path ?? current.context;
      // A list has its indexes for keys.
      const member = Array.isArray(current.value) ? Number(part) : part;
      current = this.#follow(next, container, current.path === undefined ? undefined : [...current.path, member]);
    }
    return current;
  }

  #follow(value: ConfigValue, container: Path, path: Path | undefined): Located {
    if (!isInterpolated(value)) return { value, path, context: container };
    const id = path === undefined ? undefined : path.map(String).join("\0");
    if (id !== undefined && this.#open.has(id)) throw new UnresolvedError("it leads back to itself");
    if (id !== undefined) this.#open.add(id);
    try {
      return this.dereference(value, container);
    } finally {
      if (id !== undefined) this.#open.delete(id);
    }
  }

  /** Finds where a key begins: at the root, or with dots in front as many containers up. */
  locate(key: string, context: Path): { readonly key: string; readonly context: Path } {
    if (!key.startsWith(".")) return { key, context: [] };
    const up = /^\.+/.exec(key)?.[0].length ?? 1;
    if (up - 1 > context.length) throw new UnresolvedError(`'${key}' goes up beyond the root`);
    return { key: key.slice(up), context: context.slice(0, context.length - (up - 1)) };
  }

  /** Parses and evaluates text as one value. */
  decode(text: string, context: Path): ConfigValue {
    return this.#evaluate(parseSingleValue(text), context).value;
  }

  #evaluate(expression: Expression, context: Path): Located {
    switch (expression.kind) {
      case "literal":
        return { value: expression.value, path: undefined, context };
      case "list": {
        const value = expression.items.map((item) => this.#evaluate(item, context).value);
        return { value, path: undefined, context };
      }
      case "map": {
        const value: ConfigMap = new Map();
        for (const [key, item] of expression.entries) setMember(value, key, this.#evaluate(item, context).value);
        return { value, path: undefined, context };
      }
      case "text": {
        const [only] = expression.parts;
        if (expression.parts.length === 1 && only !== undefined && typeof only !== "string") {
          return this.#interpolation(only, context);
        }
        return { value: this.#joined(expression.parts, context), path: undefined, context };
      }
    }
  }

  #joined(parts: readonly (string | Interpolation)[], context: Path): string {
    return parts.map((part) => (typeof part === "string" ? part : this.#text(part, context))).join("");
  }

  #text(part: Interpolation, context: Path): string {
    return formatPythonStr(toPlain(this.#interpolation(part, context).value));
  }

  #interpolation(interpolation: Interpolation, context: Path): Located {
    if (interpolation.kind === "node") return this.#node(this.#names(interpolation.path, context), context);
    const name = this.#names(interpolation.name, context);
    const args = interpolation.args.map((argument) => this.#evaluate(argument, context).value);
    const resolver = RESOLVERS.get(name);
    if (resolver === undefined) {
      const known = [...RESOLVERS.keys()].join(", ");
      throw new UnresolvedError(`there is no resolver '${name}'`, `Those that need no Python are ${known}.`);
    }
    return resolver(args, this, context);
  }

  #names(parts: readonly (string | Interpolation)[], context: Path): string {
    return parts
      .map((part) => {
        if (typeof part === "string") return part;
        const { value } = this.#interpolation(part, context);
        if (typeof value !== "string") throw new UnresolvedError("an interpolation inside of a key has to give text");
        return value;
      })
      .join("");
  }

  #node(key: string, context: Path): Located {
    const start = this.locate(key, context);
    const found = this.select(start.key, start.context, true);
    if (found === undefined) throw new UnresolvedError(`there is no '${key}'`);
    if (found.path !== undefined && isPrefix(found.path, context) && isContainer(found.value)) {
      throw new UnresolvedError("it stands inside of what it stands for");
    }
    return found;
  }

  #at(path: Path): ConfigValue {
    let value: ConfigValue | undefined = this.#root;
    for (const key of path)
      value = Array.isArray(value) ? value[Number(key)] : (value as ConfigMap | undefined)?.get(key);
    return value ?? null;
  }

  #within<T>(path: Path, work: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      this.#depth = 0;
      throw asInterpolationError(new UnresolvedError("it leads on and on"), path, "${…}");
    }
    try {
      return work();
    } finally {
      this.#depth = Math.max(0, this.#depth - 1);
    }
  }
}

function isPrefix(path: Path, of: Path): boolean {
  return path.length <= of.length && path.every((key, at) => key === of[at]);
}

function missing(path: Path): InterpolationError {
  return new InterpolationError(path.map(String).join("."), MISSING, "it has to be set", "Give it a value with -S.");
}

/** Gives whatever went wrong the place it went wrong at. */
export function asInterpolationError(error: unknown, path: Path, text: string): unknown {
  const place = path.map(String).join(".");
  if (error instanceof UnresolvedError) return new InterpolationError(place, text, error.message, error.hint);
  if (error instanceof NotAnIndexError || error instanceof InterpolationSyntaxError) {
    return new InterpolationError(place, text, error.message);
  }
  return error;
}
