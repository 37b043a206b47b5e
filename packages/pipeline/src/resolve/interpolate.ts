import { FloatValue, formatPythonFloat } from "@waymark/core";
import { PipelineError } from "../errors.ts";
import { isMapping, member, newMapping, type Mapping } from "../values.ts";
import type { Context } from "./context.ts";

const EXPRESSION = /(?<!\\)\$\{(.*?)\}/g;
const WHOLE = /^(?<!\\)\$\{([^}]*)\}$/;
const ESCAPED = /\\\$\{/g;

/** Values that were used, by the file they came from; keys are dotted. */
export type UsedVars = Map<string, Mapping>;

/** Replaces `${…}` in the strings of a value, keys of mappings included. */
export class Interpolation {
  readonly #context: Context;
  /** Named in errors. */
  readonly where: string;
  /** What was used so far. */
  readonly used: UsedVars = new Map();

  /** @param where - Named in errors. */
  constructor(context: Context, where: string) {
    this.#context = context;
    this.where = where;
  }

  /**
   * Returns a value with its expressions replaced. A string that is nothing but one expression becomes the value it
   * names, whatever its type.
   *
   * @throws {@link PipelineError} for a name that is not defined.
   */
  apply(value: unknown): unknown {
    if (typeof value === "string") return this.#string(value);
    if (Array.isArray(value)) return value.map((item: unknown) => this.apply(item));
    if (!isMapping(value)) return value;
    const result = newMapping();
    for (const [key, item] of Object.entries(value)) result[this.text(key)] = this.apply(item);
    return result;
  }

  /** Returns a string with its expressions replaced by their text. */
  text(value: string): string {
    return value.replace(EXPRESSION, (_, inner: string) => formatValue(this.#find(inner))).replace(ESCAPED, "${");
  }

  #string(value: string): unknown {
    const whole = WHOLE.exec(value);
    return whole?.[1] === undefined ? this.text(value) : this.#find(whole[1]);
  }

  #find(expression: string): unknown {
    // `a[b].c` and `a.b.c` are the same address.
    const address = expression.trim().replaceAll("[", ".").replaceAll("]", "");
    const parts = address.split(".").map((part) => part.trim());
    const value = this.#context.find(parts);
    if (value === undefined) {
      throw new PipelineError(
        this.where,
        `'\${${expression}}' is not defined`,
        "Define it in params.yaml or under `vars:`. A variable of the shell is written \\${NAME}.",
      );
    }
    this.#use(parts, value);
    return value;
  }

  #use(parts: readonly string[], value: unknown): void {
    for (const file of this.#context.filesOf(parts)) {
      const used = this.used.get(file) ?? newMapping();
      for (const [key, leaf] of leaves(parts.join("."), value)) used[key] = leaf;
      this.used.set(file, used);
    }
  }
}

/** Formats a value as it stands inside a longer string. */
export function formatValue(value: unknown): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  return formatPythonText(value);
}

/** Formats a value as Python's `str` does. */
export function formatPythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof FloatValue) return formatPythonFloat(value.value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : formatPythonFloat(value);
  return typeof value === "object" ? JSON.stringify(value) : `${value as string | bigint}`;
}

function leaves(path: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (isMapping(value)) return Object.keys(value).flatMap((key) => leaves(`${path}.${key}`, value[key]));
  if (Array.isArray(value)) {
    return value.flatMap((_: unknown, at) => leaves(`${path}.${at}`, member(value, String(at))));
  }
  return [[path, value]];
}
