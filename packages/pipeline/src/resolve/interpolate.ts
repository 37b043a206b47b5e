import { suggestWords } from "@waymark/core/suggest";
import { PipelineError } from "../errors.ts";
import { isMapping, member, newMapping, type Mapping } from "../values/values.ts";
import { DEFAULT_PARSING, formatOptions, type CommandParsing } from "./command-options.ts";
import type { Context } from "./context.ts";
import { formatValue } from "./python-text.ts";

const EXPRESSION = /(?<!\\)\$\{(.*?)\}/g;
const WHOLE = /^\$\{([^}\n]*)\}$/;
const ESCAPED = /\\\$\{/g;
/** Words joined by `.name` or `[name]`; there are no operators. */
const ADDRESS = /^[^.[\]]+(?:\.[^.[\]]+|\[[^.[\]]+\])*$/;

/** Values that were used, by the file they came from; keys are dotted. */
export type UsedVars = Map<string, Mapping>;

/**
 * What an expression may stand for: `any` value for the data of `foreach` and `matrix`, `scalar` for everything of a
 * stage, `command` for what becomes a command, where a mapping turns into options.
 */
export type ExpressionKind = "any" | "scalar" | "command";

/** Replaces `${…}` in the strings of a value, keys of mappings included. */
export class Interpolation {
  readonly #context: Context;
  readonly #parsing: CommandParsing;
  /** Named in errors. */
  readonly where: string;
  /** What was used so far. */
  readonly used: UsedVars;

  /**
   * @param where - Named in errors.
   * @param used - What is used goes here.
   */
  constructor(context: Context, where: string, parsing: CommandParsing = DEFAULT_PARSING, used: UsedVars = new Map()) {
    this.#context = context;
    this.#parsing = parsing;
    this.where = where;
    this.used = used;
  }

  /** Returns the same, for one key of what it was made for. */
  at(key: string): Interpolation {
    return new Interpolation(this.#context, `${this.where}, '${key}'`, this.#parsing, this.used);
  }

  /**
   * Returns a value with its expressions replaced. A string that is nothing but one expression becomes the value it
   * names, whatever its type.
   *
   * @throws {@link PipelineError} for a name that is not defined, and for a value of a kind that has no place here.
   */
  apply(value: unknown, kind: ExpressionKind = "any"): unknown {
    if (typeof value === "string") return this.#string(value, kind);
    if (Array.isArray(value)) return value.map((item: unknown) => this.apply(item, kind));
    if (!isMapping(value)) return value;
    const result = newMapping();
    for (const [key, item] of Object.entries(value)) result[this.text(key, kind)] = this.apply(item, kind);
    return result;
  }

  /** Returns a string with its expressions replaced by their text. */
  text(value: string, kind: ExpressionKind = "scalar"): string {
    return value
      .replace(EXPRESSION, (_, inner: string) => this.#format(inner, this.#find(inner), kind))
      .replace(ESCAPED, "${");
  }

  #string(value: string, kind: ExpressionKind): unknown {
    const inner = WHOLE.exec(value)?.[1];
    if (inner === undefined || kind === "command") return this.text(value, kind);
    const found = this.#find(inner);
    if (kind === "scalar" && !isScalar(found)) throw this.#misplaced(inner, found);
    return found;
  }

  #format(inner: string, value: unknown, kind: ExpressionKind): string {
    if (isScalar(value)) return formatValue(value);
    if (kind !== "command" || !isMapping(value)) throw this.#misplaced(inner, value);
    const options = formatOptions(value, this.#parsing);
    if ("nestedKey" in options) {
      throw new PipelineError(this.where, `'\${${inner}}' has a list in the list '${options.nestedKey}'`);
    }
    return options.text;
  }

  #find(expression: string): unknown {
    if (!ADDRESS.test(expression)) {
      throw new PipelineError(
        this.where,
        `'\${${expression}}' is not an expression`,
        "Write names joined by dots, or an index in brackets: ${model.layers[0]}. For the shell, write \\${…}.",
      );
    }
    // `a[b].c` and `a.b.c` are the same address.
    const parts = expression
      .replaceAll("[", ".")
      .replaceAll("]", "")
      .split(".")
      .map((part) => part.trim());
    const value = this.#context.find(parts);
    if (value === undefined) throw this.#undefined(expression, parts);
    this.#use(parts, value);
    return value;
  }

  #undefined(expression: string, parts: readonly string[]): PipelineError {
    const [name = ""] = parts;
    const similar = parts.length === 1 ? suggestWords(name, this.#context.names) : [];
    const meant = similar.length === 0 ? "" : `Did you mean ${similar.map((word) => `\${${word}}`).join(" or ")}? `;
    return new PipelineError(
      this.where,
      `'\${${expression}}' is not defined`,
      `${meant}Define it in params.yaml or under \`vars:\`. A variable of the shell is written \\\${${expression}}.`,
    );
  }

  #misplaced(expression: string, value: unknown): PipelineError {
    const kind = isMapping(value) ? "mapping" : "list";
    return new PipelineError(
      this.where,
      `'\${${expression}}' is a ${kind}, and only a single value can stand here`,
      kind === "mapping" ? `Name one of its values: \${${expression}.name}.` : `Name an item: \${${expression}[0]}.`,
    );
  }

  #use(parts: readonly string[], value: unknown): void {
    for (const file of this.#context.filesOf(parts)) {
      const used = this.used.get(file) ?? newMapping();
      for (const [key, leaf] of leaves(parts.join("."), value)) used[key] = leaf;
      this.used.set(file, used);
    }
  }
}

/** Tells whether a string is nothing but one expression. */
export function isExpression(value: unknown): boolean {
  return typeof value === "string" && WHOLE.test(value);
}

/** Tells whether there is an expression in a value, keys included. */
export function hasExpression(value: unknown): boolean {
  if (typeof value === "string") return value.search(EXPRESSION) !== -1;
  if (Array.isArray(value)) return value.some(hasExpression);
  return isMapping(value) && Object.entries(value).some((entry) => entry.some(hasExpression));
}

function isScalar(value: unknown): boolean {
  return !isMapping(value) && !Array.isArray(value);
}

function leaves(path: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (isMapping(value)) return Object.keys(value).flatMap((key) => leaves(`${path}.${key}`, value[key]));
  if (Array.isArray(value)) {
    return value.flatMap((_: unknown, at) => leaves(`${path}.${at}`, member(value, String(at))));
  }
  return [[path, value]];
}
