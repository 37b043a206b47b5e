import { FloatValue } from "@waymark/core";
import { numberOf } from "../values.ts";
import { compareElements } from "./compare-elements.ts";
import type { Arguments, FunctionOptions } from "./functions.ts";
import {
  type ChoiceSweep,
  type Element,
  type ElementNumber,
  type GlobSweep,
  type IntervalSweep,
  isSweep,
  QuotedString,
  type RangeSweep,
  type Sweep,
} from "./element.ts";
import { CastError } from "./python-casts.ts";

/** `choice(a,b)`. */
export function makeChoice(items: readonly Element[]): ChoiceSweep {
  if (items.length === 0) throw new CastError("there is nothing to choose from");
  for (const item of items) {
    if (item === null) throw new CastError("null cannot be chosen; write it without choice(): a,null");
    if (isSweep(item) && item.kind !== "choice") throw new CastError(`a ${item.kind} cannot be chosen`);
  }
  const [only] = items;
  if (items.length === 1 && only !== undefined && isSweep(only)) {
    if (only.kind !== "choice" || !only.isSimple) throw new CastError("choices do not nest");
    return { ...only, isSimple: false };
  }
  return { kind: "choice", items, isSimple: false, isShuffled: false, tags: [] };
}

/** `range(stop)`, `range(start,stop)`, `range(start,stop,step)`. */
export function makeRange(args: Arguments): RangeSweep {
  const [start, stop = null, step = 1] = bind(args, ["start", "stop", "step"]);
  const first = requireNumber(start, "start");
  const last = stop === null ? null : requireNumber(stop, "stop");
  const by = requireNumber(step, "step");
  const ends = last === null ? { start: 0, stop: first } : { start: first, stop: last };
  return { kind: "range", ...ends, step: by, isShuffled: false, tags: [] };
}

/** `interval(start,end)`. */
export function makeInterval(args: Arguments): IntervalSweep {
  const [start, end] = bind(args, ["start", "end"]).map((value, at) =>
    requireNumber(value, at === 0 ? "start" : "end"),
  );
  return { kind: "interval", start: floatOf(start), end: floatOf(end), tags: [] };
}

/** `tag(name,…,sweep)`. */
export function makeTag({ positional, named }: Arguments): Sweep {
  const given = named.get("sweep") ?? null;
  if (positional.length === 0) throw new CastError("a sweep is missing");
  const all = given === null ? positional : [...positional, given];
  const last = all.at(-1);
  const tags = all.slice(0, -1);
  if (last === undefined || !isSweep(last) || last.kind === "glob") {
    throw new CastError("the last argument has to be a choice, a range or an interval");
  }
  if (!tags.every((tag) => typeof tag === "string")) throw new CastError("tags have to be text");
  return { ...last, tags: [...new Set(tags)] };
}

/** `glob(include,exclude)`. */
export function makeGlob(args: Arguments): GlobSweep {
  const [include, exclude = null] = bind(args, ["include", "exclude"]);
  return { kind: "glob", include: patterns(include), exclude: exclude === null ? [] : patterns(exclude) };
}

/** `sort(a,b)`, `sort(sweep)`, `sort(list)`, each with `reverse=true`. */
export function sortValues({ positional, named }: Arguments): Element {
  const reverse = named.get("reverse") ?? false;
  if (typeof reverse !== "boolean") throw new CastError("reverse has to be true or false");
  const list = named.get("list") ?? null;
  const sweep = named.get("sweep") ?? null;
  if (list !== null) return sortOne(requireList(list), reverse);
  if (sweep !== null) return sortOne(requireOrdered(sweep), reverse);
  if (positional.length === 0) throw new CastError("there is nothing to sort");
  const [only] = positional;
  if (positional.length === 1 && only !== undefined) return sortOne(only, reverse);
  if (positional.some((item) => item === null || (typeof item === "object" && !(item instanceof FloatValue)))) {
    throw new CastError("only numbers, text and booleans are sorted");
  }
  return { ...simpleChoice(positional), items: sorted(positional, reverse) };
}

/** `shuffle(a,b)`, `shuffle(sweep)`, `shuffle(list)`. */
export function shuffleValues({ positional, named }: Arguments, { random }: FunctionOptions): Element {
  const list = named.get("list") ?? null;
  const sweep = named.get("sweep") ?? null;
  const items = list === null ? (sweep === null ? positional : [requireOrdered(sweep)]) : [requireList(list)];
  const [only] = items;
  if (items.some((item) => item === null)) throw new CastError("null cannot be shuffled");
  if (items.length !== 1 || only === undefined) {
    if (items.some(isSweep)) throw new CastError("a sweep stands among other values");
    return { ...simpleChoice(items), isShuffled: true };
  }
  if (Array.isArray(only)) return random.shuffle(only);
  if (!isSweep(only)) return [only];
  if (only.kind !== "choice" && only.kind !== "range") throw new CastError(`a ${only.kind} cannot be shuffled`);
  return { ...only, isShuffled: true };
}

function sortOne(value: Element, reverse: boolean): Element {
  if (Array.isArray(value)) return sorted(value, reverse);
  if (!isSweep(value)) {
    if (value === null) throw new CastError("only numbers, text, lists and sweeps are sorted");
    return value;
  }
  if (value.kind === "choice") return { ...value, items: sorted(value.items, reverse) };
  if (value.kind !== "range") throw new CastError(`a ${value.kind} cannot be sorted`);
  return sortRange(value, reverse);
}

/** Turns a range round, as Hydra does: exact only where the steps meet the end. */
function sortRange(range: RangeSweep, reverse: boolean): RangeSweep {
  const [start, stop] = [numberOf(range.start) ?? 0, numberOf(range.stop) ?? 0];
  if (reverse ? !(start < stop) : !(start > stop)) return range;
  const isWhole = [range.start, range.stop, range.step].every((part) => !(part instanceof FloatValue));
  const [from, to, by] = [Number(start), Number(stop), Number(numberOf(range.step) ?? 1)];
  const size = Math.abs(by);
  const [first, last] = reverse ? [to - size, from - size] : [to + size, from + size];
  const make = (value: number): ElementNumber => (isWhole ? value : new FloatValue(value));
  return { ...range, start: make(first), stop: make(last), step: make(-by) };
}

function sorted(items: readonly Element[], reverse: boolean): Element[] {
  // Python's order with `reverse` keeps equals in place, as the other order does.
  return items.toSorted((a, b) => (reverse ? compareElements(b, a) : compareElements(a, b)));
}

function simpleChoice(items: readonly Element[]): ChoiceSweep {
  return { kind: "choice", items, isSimple: true, isShuffled: false, tags: [] };
}

/** Puts arguments to their names; the first has to be there. */
function bind({ positional, named }: Arguments, names: readonly string[]): (Element | undefined)[] {
  if (positional.length > names.length) throw new CastError(`it takes at most ${names.length} values`);
  return names.map((name, at) => {
    if (at < positional.length && named.has(name)) throw new CastError(`${name} is given twice`);
    return at < positional.length ? positional[at] : named.get(name);
  });
}

/** Tells what Python's functions take for a number. */
export function isNumber(value: Element | undefined): value is ElementNumber | boolean {
  return numberOf(value) !== undefined;
}

function requireNumber(value: Element | undefined, name: string): ElementNumber | boolean {
  if (!isNumber(value)) throw new CastError(`${name} has to be a number`);
  return value;
}

function floatOf(value: ElementNumber | boolean | undefined): FloatValue {
  return new FloatValue(Number(numberOf(value) ?? 0));
}

function requireList(value: Element): Element[] {
  if (!Array.isArray(value)) throw new CastError("list has to be a list");
  return value;
}

function requireOrdered(value: Element): ChoiceSweep | RangeSweep {
  if (!isSweep(value) || (value.kind !== "choice" && value.kind !== "range")) {
    throw new CastError("sweep has to be a choice or a range");
  }
  return value;
}

function patterns(value: Element | undefined): string[] {
  const list = Array.isArray(value) ? value : [value ?? null];
  return list.map((item) => {
    const text = item instanceof QuotedString ? item.text : item;
    if (typeof text !== "string") throw new CastError("patterns have to be text");
    return text;
  });
}
