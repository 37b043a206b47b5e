import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Pair, type YAMLMap } from "yaml";
import { isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";
import {
  applyEdits,
  indentLines,
  lineBreakOf,
  linesOf,
  lineStart,
  spanOf,
  startLine,
  type TextEdit,
} from "./yaml-place.ts";

type Content = Readonly<Record<string, unknown>>;

/**
 * Changes a YAML file so that it holds other content: values that differ are rewritten where they stand, keys that are
 * gone are taken out, new ones are added at the end of their mapping. Comments, order, quoting and layout of everything
 * else stay, byte for byte.
 *
 * @param text - A file whose top level is a mapping.
 * @param wanted - What it is to hold. Lists whose length changes are written anew.
 * @throws `MalformedYamlError` when the text is no YAML.
 */
export function editYamlContent(text: string, wanted: Content): string {
  const before = parseYaml(text);
  if (!isPlainObject(before) || Object.keys(before).length === 0) return formatYaml(wanted);
  if (isSame(before, wanted)) return text;
  const document = parseDocument(text, { version: "1.2" });
  const edits: TextEdit[] = [];
  if (isMap(document.contents) && planMapping(text, document.contents, before, wanted, edits)) {
    const edited = applyEdits(text, edits);
    if (holds(edited, wanted)) return edited;
  }
  return rewrite(document, before, wanted);
}

/** Whether the edited text reads back as meant: what is laid out in an unforeseen way is written by the library instead. */
function holds(text: string, wanted: Content): boolean {
  try {
    return isSame(parseYaml(text), wanted);
  } catch {
    return false;
  }
}

/** Plans the edits of one mapping; false where it is not written one `key: value` a line. */
function planMapping(text: string, map: YAMLMap, before: Content, wanted: Content, edits: TextEdit[]): boolean {
  const [first, next] = map.items;
  if (map.flow === true || first === undefined || map.items.some((pair) => !isPlainPair(pair))) return false;
  for (const pair of map.items) {
    const key = keyOf(pair);
    if (!Object.hasOwn(before, key)) return false;
    const [current, value] = [before[key], wanted[key]];
    if (value === undefined) {
      const edit = removal(text, pair, first, next);
      if (edit === undefined) return false;
      edits.push(edit);
    } else if (!isSame(current, value) && !planValue(text, pair, current, value, edits)) {
      return false;
    }
  }
  const added = Object.keys(wanted).filter((key) => wanted[key] !== undefined && !Object.hasOwn(before, key));
  if (added.length > 0) {
    const column = columnOf(text, first);
    const lines = formatYaml(Object.fromEntries(added.map((key) => [key, wanted[key]])));
    const at = linesOf(text, map.items.at(-1)).end;
    edits.push({ start: at, end: at, text: startLine(text, at) + indentLines(lines, column, lineBreakOf(text)) });
  }
  return true;
}

function planValue(text: string, pair: Pair, current: unknown, value: unknown, edits: TextEdit[]): boolean {
  const node: unknown = pair.value;
  if (isMap(node) && isPlainObject(current) && isPlainObject(value) && Object.keys(value).length > 0) {
    return planMapping(text, node, current, value, edits);
  }
  if (isSeq(node) && Array.isArray(current) && Array.isArray(value) && current.length === value.length) {
    if (node.flow === true) return false;
    return node.items.every((item, at) => {
      const [old, now] = [current[at] as unknown, value[at] as unknown];
      if (isSame(old, now)) return true;
      if (isMap(item) && isPlainObject(old) && isPlainObject(now)) return planMapping(text, item, old, now, edits);
      return isScalar(item) && isScalarValue(now) && replaceScalar(item, now, edits);
    });
  }
  return isScalar(node) && isScalarValue(value) && replaceScalar(node, value, edits);
}

function replaceScalar(node: unknown, value: unknown, edits: TextEdit[]): boolean {
  const [start, end] = spanOf(node);
  if (end <= start) return false;
  edits.push({ start, end, text: formatYaml(value).trimEnd() });
  return true;
}

/** The first key of an item of a list shares its line with the dash. */
function removal(text: string, pair: Pair, first: Pair, next: Pair | undefined): TextEdit | undefined {
  if (pair !== first || text.slice(lineStart(text, spanOf(first)[0]), spanOf(first)[0]).trim() === "") {
    return { ...linesOf(text, pair), text: "" };
  }
  return next === undefined ? undefined : { start: spanOf(first)[0], end: spanOf(next)[0], text: "" };
}

function rewrite(document: Document, before: Content, wanted: Content): string {
  const merge = (path: readonly unknown[], old: unknown, now: unknown): void => {
    if (isSame(old, now)) return;
    if (now === undefined) document.deleteIn(path);
    else if (isPlainObject(old) && isPlainObject(now)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) merge([...path, key], old[key], now[key]);
    } else if (Array.isArray(old) && Array.isArray(now) && old.length === now.length) {
      for (const at of old.keys()) merge([...path, at], old[at], now[at]);
    } else document.setIn(path, now);
  };
  merge([], before, wanted);
  const text = document.toString({
    indentSeq: false,
    lineWidth: 0,
    singleQuote: true,
    nullStr: "",
    flowCollectionPadding: false,
  });
  // Values that only our own writer knows to quote, and layouts with anchors: then the comments have to go.
  return holds(text, wanted) ? text : formatYaml(wanted);
}

function isPlainPair(pair: Pair): boolean {
  return isScalar(pair.key) && !isAlias(pair.value) && keyOf(pair) !== "<<";
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function columnOf(text: string, pair: Pair): number {
  const [start] = spanOf(pair);
  return start - lineStart(text, start);
}

function isScalarValue(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

/** Compares plain data; members that are `undefined` are not there. The order of keys does not count. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  }
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(a[key], b[key]));
}
