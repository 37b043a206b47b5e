import { FloatValue } from "@waymark/core";
import type { ConfigValue } from "../values.ts";
import { type Element, isSweep, QuotedString } from "./element.ts";

/**
 * Takes the quotes off a value, everywhere in it.
 *
 * @throws RangeError when a sweep is in it: Hydra reads that, and nothing can be made of it.
 */
export function plainElement(value: Element): ConfigValue {
  if (value instanceof QuotedString) return value.text;
  if (Array.isArray(value)) return value.map(plainElement);
  if (value instanceof FloatValue) return value;
  if (isSweep(value)) throw new RangeError("a sweep stands inside of a list or a mapping");
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plainElement(item)]));
  return value;
}
