import { suggestWords } from "../suggest.ts";
import { isPlainObject } from "./plain-data.ts";
import { FloatValue } from "./python-number.ts";

/** Something in a file that its schema does not allow. */
export interface SchemaProblem {
  /** Keys, and indices of lists, from the top of the file to the value. */
  readonly place: readonly (string | number)[];
  readonly reason: string;
  /** The key itself is the problem, not its value. */
  readonly isAboutKey: boolean;
}

/** Looks at a value and reports everything that is wrong in it. */
export type Rule = (value: unknown, place: SchemaProblem["place"], report: (problem: SchemaProblem) => void) => void;

/** Lists everything in a value that a rule does not allow, in the order of the file. */
export function listProblems(value: unknown, rule: Rule): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  rule(value, [], (problem) => problems.push(problem));
  return problems;
}

/** Any value at all. */
export const anything: Rule = () => {};

export const text: Rule = expecting("text", (value) => typeof value === "string");

export const flag: Rule = expecting("true or false", (value) => typeof value === "boolean");

export const whole: Rule = expecting(
  "a whole number",
  (value) => typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value)),
);

export const anyMapping: Rule = expecting("a mapping", isPlainObject);

export const anyList: Rule = expecting("a list", Array.isArray);

/** A rule for one kind of value. */
export function expecting(expected: string, isFitting: (value: unknown) => boolean): Rule {
  return (value, place, report) => {
    if (isFitting(value)) return;
    report({ place, reason: `expected ${expected}, found ${describe(value)}`, isAboutKey: false });
  };
}

/** A list whose items follow a rule. */
export function listOf(rule: Rule): Rule {
  return (value, place, report) => {
    if (!Array.isArray(value)) anyList(value, place, report);
    else for (const [at, item] of value.entries()) rule(item, [...place, at], report);
  };
}

/** A mapping with any keys, whose values follow a rule. */
export function mapOf(rule: Rule, isLimitedTo = Infinity): Rule {
  return (value, place, report) => {
    if (!isPlainObject(value)) return anyMapping(value, place, report);
    const keys = Object.keys(value);
    for (const key of keys) rule(value[key], [...place, key], report);
    if (keys.length > isLimitedTo) {
      report({ place, reason: `expected at most ${isLimitedTo} key, found ${keys.length}`, isAboutKey: false });
    }
  };
}

/** A mapping with these keys and no others. */
export function record(rules: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule {
  return (value, place, report) => {
    if (!isPlainObject(value)) return anyMapping(value, place, report);
    for (const [key, member] of Object.entries(value)) {
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
      if (rule !== undefined) rule(member, [...place, key], report);
      else report({ place: [...place, key], reason: unknownKey(key, Object.keys(rules)), isAboutKey: true });
    }
    for (const key of required) {
      if (!Object.hasOwn(value, key)) report({ place, reason: `the key '${key}' is missing`, isAboutKey: false });
    }
  };
}

/**
 * Whichever of several kinds of values is there.
 *
 * @param kinds - The first whose guard holds decides; the last one reports when none does.
 */
export function either(expected: string, ...kinds: readonly (readonly [(value: unknown) => boolean, Rule])[]): Rule {
  return (value, place, report) => {
    const rule = kinds.find(([isKind]) => isKind(value))?.[1];
    if (rule !== undefined) rule(value, place, report);
    else report({ place, reason: `expected ${expected}, found ${describe(value)}`, isAboutKey: false });
  };
}

/** Guards for {@link either}. */
export const isText = (value: unknown): boolean => typeof value === "string";
export const isNothing = (value: unknown): boolean => value === null;
export const isMapping = isPlainObject as (value: unknown) => boolean;
export const isList = Array.isArray as (value: unknown) => boolean;

function unknownKey(key: string, known: readonly string[]): string {
  const similar = suggestWords(key, known);
  const meant = similar.length === 0 ? "" : `; did you mean ${similar.map((word) => `'${word}'`).join(" or ")}?`;
  return `unknown key '${key}'${meant}`;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return `'${value}'`;
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (value instanceof FloatValue) return `the number ${value.value}`;
  return Array.isArray(value) ? "a list" : "a mapping";
}
