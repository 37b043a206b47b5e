import { FloatValue, formatCompactPythonJson, formatPythonNumber } from "@waymark/core";
import { numberOf, toPlain, type ConfigValue } from "../values.ts";
import { type Element, isSweep, QuotedString, type Sweep } from "./element.ts";
import { parseFloatText, parseInteger } from "./numbers.ts";
import { plainElement } from "./plain-element.ts";

/** The casts of the grammar. */
export type CastName = "int" | "float" | "str" | "bool" | "json_str";

/** Something that a cast cannot make of a value; becomes an error with its place. */
export class CastError extends Error {}

const INTEGER = /^[+-]?\d(?:_?\d)*$/;
const FLOAT = /^[+-]?(?:(?:\d(?:_?\d)*\.?|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*)(?:e[+-]?\d(?:_?\d)*)?|inf|infinity|nan)$/i;

/** Casts a value as Python would; lists, mappings and choices item by item, ranges and intervals by their ends. */
export function cast(name: CastName, value: Element): Element {
  if (name === "json_str" && !isSweep(value)) return formatCompactPythonJson(toPlain(plainElement(value)));
  if (value instanceof QuotedString) return castScalar(name, value.text);
  if (Array.isArray(value)) return value.map((item) => cast(name, item));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, cast(name, item)]));
  return isSweep(value) ? castSweep(name, value) : castScalar(name, value);
}

function castSweep(name: CastName, sweep: Sweep): Sweep {
  switch (sweep.kind) {
    case "choice": {
      const items = sweep.items.map((item) => cast(name, item));
      return { kind: "choice", items, isSimple: sweep.isSimple, isShuffled: false, tags: [] };
    }
    case "range": {
      if (name !== "int" && name !== "float") throw new CastError("a range can only be cast to int or float");
      const [start, stop, step] = [sweep.start, sweep.stop, sweep.step].map((end) => castNumber(name, end));
      return { ...sweep, start: start ?? 0, stop: stop ?? 0, step: step ?? 1, isShuffled: false, tags: [] };
    }
    case "interval":
      if (name !== "int" && name !== "float") throw new CastError(`an interval cannot be cast to ${name}`);
      return { ...sweep, start: castNumber(name, sweep.start), end: castNumber(name, sweep.end) };
    case "glob":
      throw new CastError("a glob cannot be cast");
  }
}

function castNumber(name: "int" | "float", value: Element): number | bigint | FloatValue {
  return castScalar(name, value) as number | bigint | FloatValue;
}

function castScalar(name: CastName, value: Element): ConfigValue {
  // Python takes nothing for false, and for no number.
  if (value === null && name === "bool") return false;
  if (value === null) throw new CastError(`null cannot be cast to ${name}`);
  switch (name) {
    case "int":
      return toInteger(value);
    case "float":
      return toFloat(value);
    case "bool":
      return toBoolean(value);
    default:
      return toText(value);
  }
}

function toInteger(value: Element): number | bigint {
  if (typeof value === "string") {
    const text = value.trim();
    if (!INTEGER.test(text)) throw new CastError(`'${value}' is no integer`);
    return parseInteger(text);
  }
  const number = numberOf(value) ?? 0;
  if (typeof number === "bigint" || Number.isSafeInteger(number)) return number;
  if (!Number.isFinite(number)) throw new CastError(`${number} is no integer`);
  const whole = Math.trunc(number);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}

function toFloat(value: Element): FloatValue {
  if (typeof value !== "string") return new FloatValue(Number(numberOf(value) ?? 0));
  const text = value.trim();
  if (!FLOAT.test(text)) throw new CastError(`'${value}' is no number`);
  return parseFloatText(text.replace(/infinity$/i, "inf"));
}

function toBoolean(value: Element): boolean {
  if (typeof value !== "string") return numberOf(value) != 0;
  const word = value.toLowerCase();
  if (word !== "true" && word !== "false") throw new CastError(`'${value}' is neither true nor false`);
  return word === "true";
}

function toText(value: Element): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  return formatPythonNumber(value as number | bigint | FloatValue);
}
