import { suggestWords } from "@waymark/core/suggest";
import { InvalidOverrideError } from "./errors.ts";
import { InterpolationSyntaxError, parseInterpolated } from "./config/interpolation.ts";
import {
  findMember,
  indexOf,
  isContainer,
  isInterpolated,
  listPaths,
  NotAnIndexError,
  splitKey,
} from "./config/key-path.ts";
import { MergeError, mergeInto } from "./config/merge.ts";
import {
  asInterpolationError,
  type Located,
  Resolution,
  type ResolveOptions,
  UnresolvedError,
} from "./config/resolve.ts";
import { isSweep } from "./grammar/element.ts";
import { type Override, overrideValue } from "./override.ts";
import { type ConfigMap, type ConfigValue, copyValue, isEqualValue } from "./values.ts";

/** Options of {@link applyOverrides}. */
export interface ApplyOverridesOptions extends Pick<ResolveOptions, "env" | "now"> {
  /** What the values are, for errors: the name of a file. Default: not said. */
  readonly target?: string | undefined;
}

/**
 * Applies overrides to values, one after the other, as Hydra does. `key=value` changes what is there, and merges into a
 * mapping; `+key` adds; `++key` does either; `~key` deletes.
 *
 * @returns A copy; interpolations in it are not resolved.
 * @throws {@link InvalidOverrideError} for a key that is not there (or is, with `+`), with a suggestion.
 */
export function applyOverrides(
  values: ConfigMap,
  overrides: readonly Override[],
  options: ApplyOverridesOptions = {},
): ConfigMap {
  const root = copyValue(values) as ConfigMap;
  for (const override of overrides) new Application(root, override, options).apply();
  return root;
}

class Application {
  readonly #root: ConfigMap;
  readonly #override: Override;
  readonly #resolution: Resolution;
  readonly #target: string | undefined;

  constructor(root: ConfigMap, override: Override, options: ApplyOverridesOptions) {
    this.#root = root;
    this.#override = override;
    this.#resolution = new Resolution(root, options);
    this.#target = options.target;
  }

  apply(): void {
    const { action, key, value: typed } = this.#override;
    if (this.#override.package !== undefined) {
      throw this.#error(`there is no config group '${key}'`, "Only a group takes a package behind an @.");
    }
    if (typed !== undefined && isSweep(typed)) throw this.#error("it is a sweep, and stands for several values");
    const value = overrideValue(this.#override);
    try {
      if (action === "delete") this.#delete(value);
      else this.#set(checked(value ?? null));
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #set(value: ConfigValue): void {
    const { action, key, text } = this.#override;
    if (action === "add" && !isContainer(value)) {
      const there = this.#select(key);
      if (there !== undefined && there.value !== null && there.value !== "???") {
        throw this.#error(
          `'${key}' is there already`,
          `Write ${text.slice(1)} to change it, or +${text} to do either.`,
        );
      }
    }
    const isClosed = action === "change";
    const parts = splitKey(key);
    let container: ConfigMap | ConfigValue[] = this.#root;
    for (const part of parts.slice(0, -1)) {
      let next: ConfigValue | undefined = findMember(container, part);
      if (!isContainer(next)) {
        next = new Map();
        this.#put(container, part, next, isClosed);
      }
      container = next;
    }
    const last = parts.at(-1) ?? "";
    const current = findMember(container, last);
    if (isContainer(value) && isContainer(current)) mergeInto(current, value, { isClosed, root: this.#root });
    else this.#put(container, last, value, isClosed);
  }

  #put(container: ConfigMap | ConfigValue[], key: string, value: ConfigValue, isClosed: boolean): void {
    if (Array.isArray(container)) {
      const index = indexOf(key);
      if (index >= container.length) {
        throw this.#error(`the list has no item ${key}`, "Give the whole list: key=[…]");
      }
      container[index] = value;
      return;
    }
    if (isClosed && !container.has(key))
      throw new MergeError(`there is no '${this.#override.key}'`, this.#override.key);
    container.set(key, value);
  }

  #delete(value: ConfigValue | undefined): void {
    const { key } = this.#override;
    const found = this.#select(key);
    if (found === undefined || found.value === null || found.value === "???") {
      throw this.#error(`there is no '${key}' to delete`, this.#suggestion());
    }
    if (value !== undefined && value !== null) {
      const actual = isContainer(found.value)
        ? this.#resolution.resolveAll(found.value, found.path ?? found.context)
        : found.value;
      if (!isEqualValue(value, actual)) throw this.#error(`'${key}' has another value`, `Write ~${key} to delete any.`);
    }
    const dot = key.lastIndexOf(".");
    const container = dot < 0 ? this.#root : this.#select(key.slice(0, dot))?.value;
    if (!(container instanceof Map)) {
      throw this.#error("items of a list are not deleted one by one", "Give the list without it: key=[…]");
    }
    container.delete(key.slice(dot + 1));
  }

  #select(key: string): Located | undefined {
    try {
      return this.#resolution.select(key, [], false);
    } catch (error) {
      // A path that leads through a number or a text leads nowhere.
      if (error instanceof NotAnIndexError) return undefined;
      if (error instanceof UnresolvedError && error.message.endsWith("it is no mapping")) return undefined;
      throw error;
    }
  }

  #explained(error: unknown): unknown {
    if (error instanceof MergeError) {
      const { unknownKey } = error;
      return this.#error(error.message, unknownKey === undefined ? undefined : this.#additionHint());
    }
    if (error instanceof NotAnIndexError) return this.#error(error.message);
    return asInterpolationError(error, [this.#override.key], this.#override.text);
  }

  #additionHint(): string {
    const suggestion = this.#suggestion();
    const addition = `Write +${this.#override.text} to add it.`;
    return suggestion === undefined ? addition : `${suggestion} ${addition}`;
  }

  #suggestion(): string | undefined {
    const [similar] = suggestWords(this.#override.key, listPaths(this.#root));
    return similar === undefined ? undefined : `Did you mean ${similar}?`;
  }

  #error(reason: string, hint?: string): InvalidOverrideError {
    return new InvalidOverrideError(this.#override.text, reason, hint, this.#target);
  }
}

/** Checks what OmegaConf checks when a value is set: that interpolations in it can be read, and keys are keys. */
function checked(value: ConfigValue): ConfigValue {
  if (isInterpolated(value)) {
    try {
      parseInterpolated(value);
    } catch (error) {
      if (error instanceof InterpolationSyntaxError) throw new UnresolvedError(error.message);
      throw error;
    }
  }
  if (Array.isArray(value)) value.forEach(checked);
  if (value instanceof Map) {
    if (value.has(null)) throw new MergeError("a key cannot be null");
    for (const member of value.values()) checked(member);
  }
  return value;
}
