import { isAlias, isMap, isScalar, isSeq, parseDocument, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { formatFlowYaml } from "./flow-yaml.ts";
import { isPlainObject } from "./plain-data.ts";
import { FloatValue } from "./python-number.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";
import {
  applyEdits,
  indentLines,
  lineBreakOf,
  lineEnd,
  lineStart,
  linesOf,
  spanOf,
  startLine,
  type TextEdit,
} from "./yaml-place.ts";

/** Values of a file; numbers keep their kind. */
export type ValueRecord = Readonly<Record<string, unknown>>;

/**
 * Reads a YAML file, such as params.yaml, to change its values and nothing else: comments, order, quotes and layout of
 * what does not change stay, byte for byte. What changes is written as DVC writes it; a list or mapping in one line stays
 * in one line.
 *
 * @returns Makes the text that holds the wanted values: everything the file is to hold, as parsed with number kinds kept.
 *   A sweep asks it many times.
 * @throws `MalformedYamlError` when the text is no YAML.
 */
export function yamlValueEditor(text: string): (wanted: ValueRecord) => string {
  const before = parseYaml(text, { keepNumberKinds: true });
  if (!isPlainObject(before) || Object.keys(before).length === 0) return (wanted) => emptyWith(text, wanted);
  const { contents } = parseDocument(text, { version: "1.2" });
  const verified = new Set<string>();
  return (wanted) => {
    if (isSameValue(before, wanted)) return text;
    for (const tie of isMap(contents) ? TIES : []) {
      const editor = new ValueEditor(text, tie);
      editor.mapping(contents as YAMLMap, before, wanted);
      const edited = applyEdits(text, editor.edits);
      const shape = shapeOf(editor.edits);
      if (verified.has(shape) || holds(edited, wanted)) {
        verified.add(shape);
        return edited;
      }
    }
    // Layouts that nobody foresaw: then the file is written anew.
    return formatYaml(wanted);
  };
}

/** A number or a word takes the place of another without any risk: such changes are alike, and one is enough to be read back. */
function shapeOf(edits: readonly TextEdit[]): string {
  return edits.map(({ start, end, text }) => `${start} ${end} ${/^ ?[\w.+-]+ *$/.test(text) ? "" : text}`).join("\n");
}

/** Comments of a file without values stay at its beginning. */
function emptyWith(text: string, wanted: ValueRecord): string {
  if (Object.keys(wanted).length === 0) return text;
  const isComment = /^(?:[ \t]*(?:#.*)?(?:\r?\n|$))*$/.test(text);
  const lead = isComment ? text : "";
  return lead === "" || lead.endsWith("\n") ? lead + formatYaml(wanted) : `${lead}\n${formatYaml(wanted)}`;
}

function holds(text: string, wanted: ValueRecord): boolean {
  try {
    return isSameValue(parseYaml(text, { keepNumberKinds: true }), wanted);
  } catch {
    return false;
  }
}

/** Compares values and the kinds of numbers; a `Map` is the mapping that its keys make as text. */
function isSameValue(a: unknown, b: unknown): boolean {
  if (a instanceof FloatValue) return b instanceof FloatValue && Object.is(a.value, b.value);
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => isSameValue(item, b[at]));
  if (!isPlainObject(a)) return Object.is(a, b);
  if (b instanceof Map) return isSameValue(a, asRecord(b));
  if (!isPlainObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSameValue(a[key], b[key]))
  );
}

function asRecord(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  const entries = [...map].map(([key, value]) => [keyText(key), value] as const);
  return Object.assign(Object.create(null), Object.fromEntries(entries)) as Record<string, unknown>;
}

function keyText(key: unknown): string {
  if (key instanceof FloatValue) return `${key.value}`;
  return typeof key === "object" ? "null" : `${key as number}`;
}

/** Where a value stands: behind a key, behind a dash of a list, or inside of a list or mapping in one line. */
type Holder = Pair | "dash" | "flow";

/**
 * What becomes of aliases and merges (`<<`) where they tie what changes to what does not: they stay, as long as the text
 * says what is wanted; else their values are written out, beside a merge first, which they override, and then instead.
 */
type Tie = "kept" | "overridden" | "dissolved";

const TIES: readonly Tie[] = ["kept", "overridden", "dissolved"];

class ValueEditor {
  readonly edits: TextEdit[] = [];
  readonly #text: string;
  readonly #lineBreak: string;

  readonly #tie: Tie;

  constructor(text: string, tie: Tie) {
    this.#text = text;
    this.#tie = tie;
    this.#lineBreak = lineBreakOf(text);
  }

  mapping(map: YAMLMap, before: ValueRecord, wanted: ValueRecord, holder?: Holder): void {
    const keys = Object.keys(wanted);
    const pairs = map.items.map((pair) => ({ pair, key: keyOfNode(pair.key) }));
    const own = new Set(pairs.map(({ key }) => key));
    // A key that a merge (`<<`) brings is overridden by one that is written out.
    const isUntied = this.#tie !== "kept";
    const added = keys.filter((key) => {
      return !Object.hasOwn(before, key) || (!own.has(key) && (isUntied || !isSameValue(before[key], wanted[key])));
    });
    const removed = pairs.filter(({ pair, key }) => {
      if (isMerge(pair) && !Object.hasOwn(before, key)) return this.#tie === "dissolved";
      return Object.hasOwn(before, key) && !Object.hasOwn(wanted, key);
    });
    if (map.flow === true && (added.length > 0 || removed.length > 0)) {
      this.#replaceSpan(map, formatFlowYaml(wanted));
      return;
    }
    for (const { pair, key } of pairs) {
      if (!Object.hasOwn(before, key) || !Object.hasOwn(wanted, key)) continue;
      if (this.#differs(pair.value, before[key], wanted[key]))
        this.#value(pair.value, before[key], wanted[key], map.flow === true ? "flow" : pair);
    }
    if (removed.length === pairs.length && added.length === 0 && holder !== undefined) {
      this.#replace(map, wanted, holder);
      return;
    }
    for (const { pair } of removed) this.#removePair(pair, map.items);
    if (added.length > 0) this.#add(map, Object.fromEntries(added.map((key) => [key, wanted[key]])));
  }

  #differs(node: unknown, before: unknown, wanted: unknown): boolean {
    return !isSameValue(before, wanted) || (this.#tie !== "kept" && holdsAlias(node));
  }

  #value(node: unknown, before: unknown, wanted: unknown, holder: Holder): void {
    if (isMap(node) && isPlainObject(before) && isPlainObject(wanted) && Object.keys(before).length > 0) {
      if (node.flow === true || Object.keys(wanted).length > 0) this.mapping(node, before, wanted, holder);
      else this.#replace(node, wanted, holder);
    } else if (isSeq(node) && Array.isArray(before) && Array.isArray(wanted)) {
      this.#list(node, before, wanted, holder);
    } else {
      this.#replace(node, wanted, holder);
    }
  }

  #list(list: YAMLSeq, before: readonly unknown[], wanted: readonly unknown[], holder: Holder): void {
    const isRewritten =
      list.flow === true ? before.length !== wanted.length : wanted.length === 0 || before.length === 0;
    if (isRewritten) {
      this.#replace(list, wanted, holder);
      return;
    }
    list.items.forEach((item, at) => {
      if (at >= wanted.length) this.edits.push({ ...linesOf(this.#text, item), text: "" });
      else if (this.#differs(item, before[at], wanted[at]))
        this.#value(item, before[at], wanted[at], list.flow === true ? "flow" : "dash");
    });
    const added = wanted.slice(before.length);
    if (added.length === 0) return;
    const last = linesOf(this.#text, list.items.at(-1)).end;
    const first = lineStart(this.#text, spanOf(list.items[0])[0]);
    const column = this.#text.slice(first).search(/[^ ]/);
    this.#insertLines(last, formatYaml(added), column);
  }

  #replace(node: unknown, wanted: unknown, holder: Holder): void {
    const isFlow = (isMap(node) || isSeq(node)) && node.flow === true;
    if (isScalarValue(wanted) || isEmpty(wanted)) {
      const text = formatYaml(wanted).trimEnd();
      if (typeof holder === "string") this.#replaceSpan(node, text === "" && holder === "flow" ? "null" : text);
      else this.#behindKey(holder, node, text, "");
    } else if (isFlow || holder === "flow") {
      this.#replaceSpan(node, formatFlowYaml(wanted instanceof Map ? asRecord(wanted) : wanted));
    } else if (holder === "dash") {
      const column = spanOf(node)[0] - lineStart(this.#text, spanOf(node)[0]);
      this.#replaceSpan(node, indentLines(formatYaml(wanted), column, this.#lineBreak).trim());
    } else {
      const column = spanOf(holder)[0] - lineStart(this.#text, spanOf(holder)[0]);
      const lines = indentLines(formatYaml(wanted), column + (Array.isArray(wanted) ? 0 : 2), this.#lineBreak);
      this.#behindKey(holder, node, "", lines);
    }
  }

  /** Replaces a value by text in the line of its key, or by lines below; a comment in that line stays. */
  #behindKey(holder: Pair, node: unknown, inline: string, lines: string): void {
    const colon = this.#text.indexOf(":", spanOf(holder.key)[1]);
    const [start, end] = this.#spanOfValue(node, colon + 1);
    const lineOfKey = lineEnd(this.#text, colon + 1);
    const lead = inline === "" ? "" : ` ${inline}`;
    if (start >= lineOfKey) {
      // The value begins on a later line: what follows the colon in its line is a comment.
      this.edits.push({ start: colon + 1, end: colon + 1, text: lead });
      this.edits.push({ start: lineOfKey, end: Math.max(lineOfKey, lineEnd(this.#text, end)), text: lines });
      return;
    }
    this.#push(colon + 1, end, lead);
    if (lines === "") return;
    const at = lineEnd(this.#text, end);
    this.edits.push({ start: at, end: at, text: startLine(this.#text, at) + lines });
  }

  #replaceSpan(node: unknown, text: string): void {
    const [start, end] = this.#spanOfValue(node, 0);
    this.#push(start, end, text);
  }

  /** Replaces a part of a line; a comment behind it stays in its column, where there is room. */
  #push(start: number, end: number, text: string): void {
    const blanks = /^( +)#/.exec(this.#text.slice(end, lineEnd(this.#text, end)))?.[1]?.length;
    if (blanks === undefined || text.includes("\n") || this.#text.slice(start, end).includes("\n")) {
      this.edits.push({ start, end, text });
      return;
    }
    const gap = Math.max(1, blanks + (end - start) - text.length);
    this.edits.push({ start, end: end + blanks, text: text + " ".repeat(gap) });
  }

  /** Span of a value without the line break behind a block of text; an empty value stands right at the colon. */
  #spanOfValue(node: unknown, colon: number): readonly [number, number] {
    const [start, end] = spanOf(node);
    if (end <= start) return [Math.max(colon, 0), Math.max(colon, 0)];
    const text = this.#text.slice(start, end);
    return [start, end - (text.length - text.trimEnd().length)];
  }

  #removePair(pair: Pair, all: readonly Pair[]): void {
    const [start] = spanOf(pair);
    const isBehindDash = this.#text.slice(lineStart(this.#text, start), start).trim() !== "";
    const next = all[all.indexOf(pair) + 1];
    if (isBehindDash && next !== undefined) this.edits.push({ start, end: spanOf(next)[0], text: "" });
    else this.edits.push({ ...linesOf(this.#text, pair), text: "" });
  }

  #add(map: YAMLMap, members: ValueRecord): void {
    const [start] = spanOf(map.items[0]);
    const column = start - lineStart(this.#text, start);
    this.#insertLines(linesOf(this.#text, map.items.at(-1)).end, formatYaml(members), column);
  }

  #insertLines(at: number, lines: string, column: number): void {
    this.edits.push({
      start: at,
      end: at,
      text: startLine(this.#text, at) + indentLines(lines, column, this.#lineBreak),
    });
  }
}

/** Tells whether a pair brings the keys of other mappings. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

function holdsAlias(node: unknown): boolean {
  if (isMap(node)) return node.items.some((pair) => holdsAlias(pair.value));
  return isSeq(node) ? node.items.some(holdsAlias) : isAlias(node);
}

const KEYS = new WeakMap<object, string>();

function keyOfNode(key: unknown): string {
  if (!isScalar(key)) return "";
  if (key.type !== "PLAIN") return String(key.value);
  // As the reader names it: `1.0` is the key 1.
  const known = KEYS.get(key) ?? Object.keys(parseYaml(`${key.source ?? ""}: 0`) ?? {})[0] ?? String(key.value);
  KEYS.set(key, known);
  return known;
}

function isScalarValue(value: unknown): boolean {
  return value === null || typeof value !== "object" || value instanceof FloatValue;
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Map) return value.size === 0;
  return Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0;
}
