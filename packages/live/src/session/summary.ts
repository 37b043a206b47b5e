import { FloatValue, IntValue } from "@waymark/core/formats/python-number";
import { formatPythonJson } from "@waymark/core/formats/python-json";
import type { SummaryValue } from "./series.ts";

/** The last value of every metric, nested by the parts of its name, and whatever the script puts there itself. */
export interface SummaryTree {
  [key: string]: unknown;
}

/**
 * The summary of a run: a plain object for the script, the text of metrics.json for everybody else.
 *
 * JavaScript has one kind of number where the file has two, so the paths whose numbers are floats are kept beside it.
 */
export class Summary {
  readonly tree: SummaryTree = emptyTree();
  readonly #floats = new Set<string>();

  /** Takes over what metrics.json held. */
  load(content: Readonly<Record<string, unknown>>): void {
    this.#loadInto(this.tree, content, "");
  }

  setAt(segments: readonly string[], value: unknown): void {
    const tree = this.#groupAt(segments);
    const leaf = segments[segments.length - 1];
    if (leaf !== undefined) tree[leaf] = value;
  }

  /** Records the step; its place among the keys is where it came first. */
  setStep(step: number): void {
    this.tree["step"] = step;
  }

  get isEmpty(): boolean {
    for (const _key in this.tree) return false;
    return true;
  }

  /** Removes a value, and the groups that become empty with it. */
  removeAt(segments: readonly string[]): void {
    const [first, ...rest] = segments;
    if (first !== undefined) removeFrom(this.tree, first, rest);
  }

  /** Remembers that a value is a float even when it is whole. */
  markFloat(segments: readonly string[]): void {
    this.#floats.add(segments.join("/"));
  }

  isFloat(key: string): boolean {
    return this.#floats.has(key);
  }

  /** Tells whether a single value, not a group, stands at `key`. */
  isLeaf(key: string): boolean {
    const value = this.#at(key);
    return value !== undefined && !isGroup(value);
  }

  /** The value at `key`, when it is one a metric can have. */
  leafAt(key: string): SummaryValue | undefined {
    const value = this.#at(key);
    const isValue = ["number", "bigint", "boolean", "string"].includes(typeof value);
    return isValue ? (value as SummaryValue) : undefined;
  }

  isGroup(key: string): boolean {
    return isGroup(this.#at(key));
  }

  /** Returns the summary as plain data, as it stands in metrics.json; without what contains itself. */
  toRecord(): Record<string, unknown> {
    return plain(this.tree, [this.tree]);
  }

  /** Returns the text of metrics.json. */
  format(): string {
    return formatPythonJson(this.#typed(this.tree, "", [this.tree]));
  }

  #at(key: string): unknown {
    let value: unknown = this.tree;
    for (const segment of key.split("/")) {
      if (!isGroup(value) || !Object.hasOwn(value, segment)) return undefined;
      value = value[segment];
    }
    return value;
  }

  #groupAt(segments: readonly string[]): SummaryTree {
    let tree = this.tree;
    for (let index = 0; index < segments.length - 1; index += 1) {
      const segment = segments[index] ?? "";
      const next = tree[segment];
      // What a script put in the way itself gives way: the metric was there first, or it would have been refused.
      if (isGroup(next)) tree = next;
      else tree = tree[segment] = emptyTree();
    }
    return tree;
  }

  #typed(tree: SummaryTree, prefix: string, around: readonly unknown[]): SummaryTree {
    const result = emptyTree();
    for (const key of Object.keys(tree)) {
      const value = tree[key];
      const path = prefix + key;
      // One that contains itself stays as it is, and is refused when it is written.
      if (isGroup(value) && !around.includes(value)) result[key] = this.#typed(value, `${path}/`, [...around, value]);
      else if (typeof value === "number" && this.#floats.has(path)) result[key] = new FloatValue(value);
      else result[key] = value;
    }
    return result;
  }

  #loadInto(tree: SummaryTree, content: Readonly<Record<string, unknown>>, prefix: string): void {
    for (const key of Object.keys(content)) {
      const value = content[key];
      if (value instanceof FloatValue || (typeof value === "number" && !Number.isInteger(value))) {
        this.#floats.add(prefix + key);
        tree[key] = value instanceof FloatValue ? value.value : value;
      } else if (value instanceof IntValue) {
        tree[key] = value.value;
      } else if (isGroup(value)) {
        const group = emptyTree();
        tree[key] = group;
        this.#loadInto(group, value, `${prefix}${key}/`);
      } else {
        tree[key] = value;
      }
    }
  }
}

function emptyTree(): SummaryTree {
  // No prototype: a metric may be called `constructor` or `__proto__`.
  const tree: SummaryTree = Object.create(null);
  return tree;
}

function isGroup(value: unknown): value is SummaryTree {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function removeFrom(tree: SummaryTree, segment: string, rest: readonly string[]): void {
  const [next, ...others] = rest;
  const value = tree[segment];
  if (next === undefined) delete tree[segment];
  else if (isGroup(value)) {
    removeFrom(value, next, others);
    if (Object.keys(value).length === 0) delete tree[segment];
  }
}

function plain(tree: SummaryTree, around: readonly unknown[]): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(tree)) {
    const value = tree[key];
    if (!isGroup(value)) result[key] = value;
    else if (!around.includes(value)) result[key] = plain(value, [...around, value]);
  }
  return result;
}
