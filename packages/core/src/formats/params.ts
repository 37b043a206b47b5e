import { TrackerError } from "../errors.ts";
import { emptyRecord, flattenRecord, isPlainObject } from "./plain-data.ts";
import { FloatValue, IntValue } from "./python-number.ts";
import { formatYaml } from "./yaml.ts";
import { MalformedYamlError, parseYaml } from "./yaml-parse.ts";

/** The inputs of a run, as in params.yaml. */
export type ParamRecord = Record<string, unknown>;

/** A param that params.yaml cannot hold. */
export class InvalidParamError extends TrackerError {
  override readonly code = "INVALID_PARAM";
  /** Where it stands: `model.layers[2]`. */
  readonly param: string;

  constructor(param: string, reason: string) {
    super(`Param '${param}' ${reason}`, {
      hint: "Log numbers, strings, booleans, null, dates, arrays and objects of these.",
    });
    this.param = param;
  }
}

const MAX_DEPTH = 90;

/**
 * Turns the value of a param into what params.yaml can hold, or refuses it. The result is a copy: what the script does
 * to its own object afterwards changes nothing.
 *
 * Accepted besides plain data: `bigint`, `float(…)`, `int(…)`, dates, typed arrays (as lists; those of floats hold
 * floats), maps and sets, URLs (as text), objects with `toJSON`, and class instances (as their own fields).
 * Members that are `undefined` are left out.
 *
 * @throws {@link InvalidParamError} with the place of the offending value.
 */
export function coerceParam(name: string, value: unknown): unknown {
  if (name === "") throw new InvalidParamError(name, "has an empty name");
  return new Coercion().coerce(value, name, 0);
}

/** Formats params.yaml as DVCLive does. */
export function formatParams(params: Readonly<ParamRecord>): string {
  return formatYaml(params);
}

/**
 * Parses params.yaml. Numbers keep their kind: `1.0` is a {@link FloatValue}, `1` a number, an integer beyond 2^53 a
 * bigint. An empty file holds no params.
 *
 * @throws {@link MalformedYamlError} for text that is no mapping.
 */
export function parseParams(text: string, options: { readonly path?: string } = {}): ParamRecord {
  const value = parseYaml(text, { ...options, keepNumberKinds: true });
  if (value === null) return emptyRecord();
  if (isPlainObject(value)) return value;
  throw new MalformedYamlError("expected a mapping from param names to values", 1, 1, options.path);
}

/** Flattens params to dotted keys, as DVC shows them: `{ model: { depth: 3 } }` becomes `model.depth`. */
export function flattenParams(params: Readonly<ParamRecord>): ParamRecord {
  return flattenRecord(params);
}

/** One value on its way in. Objects met twice stay one object, which YAML writes as anchor and alias, as DVC does. */
class Coercion {
  readonly #copies = new Map<object, unknown>();
  readonly #open = new Set<object>();

  coerce(value: unknown, place: string, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
      case "bigint":
        return value;
      case "object":
        return value === null ? null : this.#object(value, place, depth);
      case "undefined":
        throw new InvalidParamError(place, "is undefined");
      default:
        throw new InvalidParamError(place, `is a ${typeof value}`);
    }
  }

  #object(value: object, place: string, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new InvalidParamError(place, `is nested deeper than ${MAX_DEPTH} levels`);
    if (value instanceof FloatValue || value instanceof IntValue) return value;
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw new InvalidParamError(place, "is an invalid date");
      return new Date(value);
    }
    if (this.#copies.has(value)) return this.#copies.get(value);
    if (this.#open.has(value)) throw new InvalidParamError(place, "contains itself");
    this.#open.add(value);
    const copy = this.#collection(value, place, depth + 1);
    this.#open.delete(value);
    this.#copies.set(value, copy);
    return copy;
  }

  #collection(value: object, place: string, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, place, depth);
    if (value instanceof Set) return this.#list([...(value as Set<unknown>)], place, depth);
    if (value instanceof Map) return this.#members([...(value as Map<unknown, unknown>)], place, depth);
    if (value instanceof Float32Array || value instanceof Float64Array) {
      return Array.from(value, (item) => new FloatValue(item));
    }
    if (ArrayBuffer.isView(value) && Symbol.iterator in value) return [...(value as Int32Array | BigInt64Array)];
    if ("toJSON" in value && typeof value.toJSON === "function") {
      const plain: unknown = (value.toJSON as () => unknown)();
      return this.coerce(plain, place, depth);
    }
    if (isPlainObject(value) || holdsFields(value)) return this.#members(Object.entries(value), place, depth);
    throw new InvalidParamError(place, `is a ${value.constructor?.name ?? "special object"}`);
  }

  #list(items: readonly unknown[], place: string, depth: number): unknown[] {
    return items.map((item, index) => this.coerce(item, `${place}[${index}]`, depth));
  }

  #members(members: readonly (readonly [unknown, unknown])[], place: string, depth: number): ParamRecord {
    const result = emptyRecord();
    for (const [key, member] of members) {
      if (typeof key === "object" && key !== null) throw new InvalidParamError(place, "has a key that is an object");
      if (member !== undefined) result[String(key)] = this.coerce(member, `${place}.${String(key)}`, depth);
    }
    return result;
  }
}

/** An instance of a script's own class; those of the language keep their state elsewhere and would come out empty. */
function holdsFields(value: object): boolean {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Object]" && Object.keys(value).length > 0;
}
