import { compareCodePoints } from "@waymark/core/formats/python-json";
import { InvalidQueryError } from "./errors.ts";
import { FieldCatalog, type FieldValue, formatField, type FoundField, isBuiltInField, readValues } from "./fields.ts";
import type { Moment } from "./moment.ts";
import type { Comparison, Condition, FieldName, Literal, Query } from "./query.ts";
import type { QueryRow } from "./query-row.ts";

/**
 * What a condition says of an experiment; `undefined` when that depends on a value it does not have. Only `true`
 * selects, and `not` leaves the unknown unknown: a missing value never matches, whichever way round it was asked.
 */
type Truth = boolean | undefined;

/** Shorter ids are not taken for commits. */
const MIN_ID = 4;

/** Tells whether one experiment is what a query asks for. */
export function matchesQuery(query: Query, row: QueryRow): boolean {
  const catalog = new FieldCatalog([row]);
  return evaluate(query.condition, row, (field) => catalog.find(field.text), query) === true;
}

/**
 * Finds the experiments that a query asks for, in the order given.
 *
 * @throws {@link InvalidQueryError} for a metric or param that none of them has, or a name that means several.
 */
export function filterRows<Row extends QueryRow>(query: Query, rows: readonly Row[]): Row[] {
  const catalog = new FieldCatalog(rows);
  const fields = new Map(query.fields.map((field) => [field.text, resolveField(query, field, catalog)]));
  return rows.filter((row) => evaluate(query.condition, row, ({ text }) => fields.get(text) ?? [], query) === true);
}

/** Finds what a field of a query means among experiments; a built-in one means nothing in files. */
function resolveField(query: Query, field: FieldName, catalog: FieldCatalog): readonly FoundField[] {
  if (isBuiltInField(field.text)) return [];
  const found = catalog.find(field.text);
  if (new Set(found.map(({ kind }) => kind)).size > 1) throw ambiguous(query, field, found);
  if (found.length > 0 || catalog.isEmpty) return found;
  const similar = catalog.similar(field.text);
  throw new InvalidQueryError(
    query.text,
    field.column,
    `No metric or param named '${field.text}'`,
    similar.length > 0 ? `Did you mean ${similar.join(" or ")}?` : "Run `waymark exp show` to see the columns.",
  );
}

function ambiguous(query: Query, field: FieldName, found: readonly FoundField[]): InvalidQueryError {
  return new InvalidQueryError(
    query.text,
    field.column,
    `'${field.text}' is in several files with different values`,
    `Write one of ${found.map(formatField).join(" or ")}.`,
  );
}

function evaluate(
  condition: Condition,
  row: QueryRow,
  find: (field: FieldName) => readonly FoundField[],
  query: Query,
): Truth {
  switch (condition.kind) {
    case "and":
    case "or":
      return join(condition.kind, condition.parts, (part) => evaluate(part, row, find, query));
    case "not": {
      const inner = evaluate(condition.part, row, find, query);
      return inner === undefined ? undefined : !inner;
    }
    default:
  }
  const { field } = condition;
  if (field.text === "tag") return ofTags(condition, row.tags);
  if (field.text === "created") return ofCreation(condition, row.createdSeconds);
  const values = valuesOf(field, row, find, query);
  if (condition.kind === "missing") return (values.length === 0) !== condition.isNegated;
  if (values.length === 0) return undefined;
  if (field.text === "baseline" || field.text === "rev") return ofCommit(condition, values.map(String));
  return ofValue(condition, values[0] as FieldValue, isText(field.text));
}

/** Joins three-valued answers: what is decided already is not undone by what is unknown. */
function join<Part>(kind: "and" | "or", parts: readonly Part[], answer: (part: Part) => Truth): Truth {
  const decisive = kind === "or";
  let result: Truth = !decisive;
  for (const part of parts) {
    const truth = answer(part);
    if (truth === decisive) return decisive;
    if (truth === undefined) result = undefined;
  }
  return result;
}

function valuesOf(
  field: FieldName,
  row: QueryRow,
  find: (field: FieldName) => readonly FoundField[],
  query: Query,
): readonly FieldValue[] {
  switch (field.text) {
    case "name":
      return [row.name];
    case "note":
      return row.note === undefined ? [] : [row.note];
    case "status":
      return row.status === undefined ? [] : [row.status];
    case "step":
      return row.step === undefined ? [] : [row.step];
    case "rev":
      return [row.rev];
    case "baseline":
      return [row.baseline, ...row.baselineNames];
    default: {
      const found = find(field);
      const values = readValues(row, found);
      if (values.length > 1) throw ambiguous(query, field, found);
      return values;
    }
  }
}

function isText(field: string): boolean {
  return isBuiltInField(field) && field !== "step";
}

type Leaf = Extract<Condition, { readonly field: FieldName }>;

/** A condition about tags asks about all of them; an experiment without any has no tag, which is no missing value. */
function ofTags(condition: Leaf, tags: readonly string[]): Truth {
  switch (condition.kind) {
    case "missing":
      return (tags.length === 0) !== condition.isNegated;
    case "match":
      return tags.some((tag) => condition.pattern.test(tag)) !== condition.isNegated;
    case "in":
      return tags.some((tag) => condition.literals.some(({ text }) => text === tag)) !== condition.isNegated;
    case "compare": {
      const { operator, literal } = condition;
      if (operator === "!=") return !tags.includes(literal.text);
      return tags.some((tag) => compareTexts(operator, tag, literal.text));
    }
  }
}

function ofCreation(condition: Leaf, seconds: number): Truth {
  const isIn = ({ moment }: Literal): boolean =>
    moment !== undefined && seconds >= moment.startSeconds && seconds < moment.endSeconds;
  switch (condition.kind) {
    case "missing":
      return condition.isNegated;
    case "match":
      return condition.pattern.test(new Date(seconds * 1000).toISOString()) !== condition.isNegated;
    case "in":
      return condition.literals.some(isIn) !== condition.isNegated;
    case "compare":
      return (
        condition.literal.moment !== undefined && compareTime(condition.operator, seconds, condition.literal.moment)
      );
  }
}

/** A day is compared as a whole: `> 2026-11-01` is the day after and later. */
function compareTime(operator: Comparison, seconds: number, moment: Moment): boolean {
  switch (operator) {
    case "=":
      return seconds >= moment.startSeconds && seconds < moment.endSeconds;
    case "!=":
      return seconds < moment.startSeconds || seconds >= moment.endSeconds;
    case "<":
      return seconds < moment.startSeconds;
    case "<=":
      return seconds < moment.endSeconds;
    case ">":
      return seconds >= moment.endSeconds;
    case ">=":
      return seconds >= moment.startSeconds;
  }
}

/** Commits are named by ids, which may be cut short, and by branches and tags. */
function ofCommit(condition: Leaf, names: readonly string[]): Truth {
  const [id = ""] = names;
  const isNamed = (text: string): boolean =>
    names.includes(text) || (text.length >= MIN_ID && /^[\da-f]+$/iu.test(text) && id.startsWith(text.toLowerCase()));
  switch (condition.kind) {
    case "missing":
      return condition.isNegated;
    case "match":
      return names.some((name) => condition.pattern.test(name)) !== condition.isNegated;
    case "in":
      return condition.literals.some(({ text }) => isNamed(text)) !== condition.isNegated;
    case "compare":
      if (condition.operator === "=") return isNamed(condition.literal.text);
      if (condition.operator === "!=") return !isNamed(condition.literal.text);
      return compareTexts(condition.operator, id, condition.literal.text);
  }
}

function ofValue(condition: Leaf, value: FieldValue, isTextField: boolean): Truth {
  const compareTo = (operator: Comparison, literal: Literal): Truth =>
    compareValue(operator, value, isTextField ? literal.text : literal.value);
  switch (condition.kind) {
    case "missing":
      return condition.isNegated;
    case "match":
      return condition.pattern.test(String(value)) !== condition.isNegated;
    case "in":
      return condition.literals.some((literal) => compareTo("=", literal) === true) !== condition.isNegated;
    case "compare":
      return compareTo(condition.operator, condition.literal);
  }
}

/** Values of different kinds are different, and in no order. */
function compareValue(operator: Comparison, value: FieldValue, literal: FieldValue): Truth {
  if (isNumber(value) && isNumber(literal)) return compareNumbers(operator, value, literal);
  if (typeof value === "string" && typeof literal === "string") return compareTexts(operator, value, literal);
  if (operator === "=") return value === literal;
  if (operator === "!=") return value !== literal;
  return undefined;
}

function isNumber(value: FieldValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function compareNumbers(operator: Comparison, value: number | bigint, literal: number | bigint): boolean {
  // Integers of any size and floats are compared by value; asked for by name, nan is equal to itself.
  // oxlint-disable-next-line eqeqeq
  const isEqual = value == literal || (Number.isNaN(value) && Number.isNaN(literal));
  switch (operator) {
    case "=":
      return isEqual;
    case "!=":
      return !isEqual;
    case "<":
      return value < literal;
    case "<=":
      return value <= literal;
    case ">":
      return value > literal;
    case ">=":
      return value >= literal;
  }
}

function compareTexts(operator: Comparison, value: string, literal: string): boolean {
  const order = compareCodePoints(value, literal);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}
