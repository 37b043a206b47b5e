import type { FloatValue } from "@waymark/core";
import type { ConfigKey } from "../values.ts";

/** Text that stood in quotes: it stays text, also when it looks like a number. */
export class QuotedString {
  readonly text: string;
  readonly quote: "'" | '"';

  constructor(text: string, quote: "'" | '"') {
    this.text = text;
    this.quote = quote;
  }
}

/** A number as Hydra keeps it: a plain number or bigint is an integer. */
export type ElementNumber = number | bigint | FloatValue;

/** A value as parsed. Sweeps inside of lists and mappings can be written, but never spread out. */
export type Element = null | boolean | ElementNumber | string | QuotedString | Element[] | ElementMap | Sweep;

export type ElementMap = Map<ConfigKey, Element>;

/** Values to be tried: `a,b`, `choice(a,b)`. */
export interface ChoiceSweep {
  readonly kind: "choice";
  readonly items: readonly Element[];
  /** Written with commas, without a function. */
  readonly isSimple: boolean;
  readonly isShuffled: boolean;
  readonly tags: readonly string[];
}

/** Numbers from `start` to `stop`, which is not one of them. */
export interface RangeSweep {
  readonly kind: "range";
  readonly start: ElementNumber | boolean;
  readonly stop: ElementNumber | boolean;
  readonly step: ElementNumber | boolean;
  readonly isShuffled: boolean;
  readonly tags: readonly string[];
}

/** Numbers to be drawn: `start <= x < end`. Integers when both ends were cast to integers. */
export interface IntervalSweep {
  readonly kind: "interval";
  readonly start: ElementNumber;
  readonly end: ElementNumber;
  readonly tags: readonly string[];
}

/** Options of a config group whose names match. */
export interface GlobSweep {
  readonly kind: "glob";
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export type Sweep = ChoiceSweep | RangeSweep | IntervalSweep | GlobSweep;

/** Tells whether a value is to be spread out. */
export function isSweep(value: Element): value is Sweep {
  return typeof value === "object" && value !== null && "kind" in value;
}
