import { suggestWords } from "@waymark/core/suggest";
import type { OverrideSyntaxError } from "../errors.ts";
import type { Random } from "../sweep/random.ts";
import { type Element, isSweep, QuotedString } from "./element.ts";
import { cast, CastError, type CastName } from "./python-casts.ts";
import {
  makeChoice,
  makeGlob,
  makeInterval,
  makeRange,
  makeTag,
  shuffleValues,
  sortValues,
} from "./sweep-functions.ts";

/** A call as written. */
export interface FunctionCall {
  readonly name: string;
  readonly positional: readonly Element[];
  readonly named: ReadonlyMap<string, Element>;
}

export interface FunctionOptions {
  /** What `shuffle` of a list draws from. */
  readonly random: Random;
}

/** What a function is given, quotes taken off. */
export interface Arguments {
  readonly positional: readonly Element[];
  readonly named: ReadonlyMap<string, Element>;
}

type Fails = (reason: string, hint?: string) => OverrideSyntaxError;
type Evaluate = (args: Arguments, options: FunctionOptions) => Element;

interface KnownFunction {
  /** Arguments that may be given by name. */
  readonly names: readonly string[];
  readonly evaluate: Evaluate;
}

const FUNCTIONS: ReadonlyMap<string, KnownFunction> = new Map<string, KnownFunction>([
  ...(["int", "float", "str", "bool", "json_str"] as const).map(
    (name) => [name, { names: ["value"], evaluate: castWith(name) }] as const,
  ),
  ["choice", { names: [], evaluate: ({ positional }) => makeChoice(positional) }],
  ["range", { names: ["start", "stop", "step"], evaluate: makeRange }],
  ["interval", { names: ["start", "end"], evaluate: makeInterval }],
  ["tag", { names: ["sweep"], evaluate: makeTag }],
  ["glob", { names: ["include", "exclude"], evaluate: makeGlob }],
  ["sort", { names: ["sweep", "list", "reverse"], evaluate: sortValues }],
  ["shuffle", { names: ["sweep", "list"], evaluate: shuffleValues }],
]);

/** Evaluates a call; what is wrong with it becomes an error of the place it stands at. */
export function callFunction(call: FunctionCall, options: FunctionOptions, fails: Fails): Element {
  const known = FUNCTIONS.get(call.name);
  if (known === undefined) {
    const names = [...FUNCTIONS.keys()];
    const [similar] = suggestWords(call.name, names);
    const hint = similar === undefined ? `There are ${names.toSorted().join(", ")}.` : `Did you mean ${similar}(…)?`;
    throw fails(`there is no function '${call.name}'`, hint);
  }
  const strange = [...call.named.keys()].find((name) => !known.names.includes(name));
  if (strange !== undefined) throw fails(`${call.name}() has no argument '${strange}'`);
  const args = {
    positional: call.positional.map(withoutQuotes),
    named: new Map([...call.named].map(([name, value]) => [name, withoutQuotes(value)])),
  };
  try {
    return known.evaluate(args, options);
  } catch (error) {
    if (error instanceof CastError || error instanceof RangeError) throw fails(`${call.name}(): ${error.message}`);
    throw error;
  }
}

function withoutQuotes(value: Element): Element {
  return value instanceof QuotedString ? value.text : value;
}

function castWith(name: CastName): Evaluate {
  return ({ positional, named }) => {
    // Python passes what is not given on as None.
    const value = named.get("value") ?? null;
    if (positional.length > 0 && value !== null) throw new CastError("give values either with or without a name");
    if (value !== null) return cast(name, onlyCastable(value));
    if (positional.length === 0) throw new CastError("a value is missing");
    const castable = positional.map(onlyCastable);
    if (castable.length === 1) return cast(name, castable[0] as Element);
    if (castable.some(isSweep)) throw new CastError("a sweep stands among other values");
    return cast(name, { kind: "choice", items: castable, isSimple: true, isShuffled: false, tags: [] });
  };
}

function onlyCastable(value: Element): Element {
  if (isSweep(value) && value.kind === "glob") throw new CastError("a glob cannot be cast");
  return value;
}
