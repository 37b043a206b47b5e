import { isMap, isPair, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { formatFlowMember, formatFlowYaml } from "./flow-yaml.ts";
import { formatYaml } from "./yaml.ts";

/** A list or mapping in a text, whose items can be taken out and put in without touching the rest. */
export type Collection = YAMLMap | YAMLSeq;

/** What is to stand at one place: an item that stays, or a value (`[key, value]` in a mapping) to be written. */
export type Slot = { readonly kept: number } | { readonly written: unknown; readonly replaces: number | undefined };

/** One change of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies changes that do not overlap. At one place insertions come first, in the order of the list. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}

/** Plans the changes that give a collection the wanted items. It has items, and keeps or gets at least one. */
export function arrange(text: string, collection: Collection, slots: readonly Slot[]): readonly TextEdit[] {
  return collection.flow === true ? arrangeFlow(text, collection, slots) : arrangeBlock(text, collection, slots);
}

function arrangeBlock(text: string, collection: Collection, slots: readonly Slot[]): TextEdit[] {
  const items: readonly unknown[] = collection.items;
  const spans = items.map((item) => linesOf(text, item));
  const first = spans[0]?.start ?? 0;
  const column = isMap(collection) ? spanOf(items[0])[0] - first : text.slice(first).search(/[^ ]/);
  const staying = new Set(slots.map((slot) => ("kept" in slot ? slot.kept : undefined)));
  const edits: TextEdit[] = [];
  spans.forEach((span, index) => {
    if (!staying.has(index)) edits.push({ ...span, text: "" });
  });
  let at = first;
  for (const slot of slots) {
    if ("kept" in slot) {
      at = spans[slot.kept]?.end ?? at;
      continue;
    }
    // What takes the place of an item is put where that item ends, and goes on from there.
    if (slot.replaces !== undefined) at = spans[slot.replaces]?.end ?? at;
    const lines = isMap(collection)
      ? formatYaml(new Map([slot.written as [unknown, unknown]]))
      : formatYaml([slot.written]);
    edits.push({ start: at, end: at, text: startLine(text, at) + indentLines(lines, column, lineBreakOf(text)) });
  }
  return edits;
}

function arrangeFlow(text: string, collection: Collection, slots: readonly Slot[]): TextEdit[] {
  const items: readonly unknown[] = collection.items;
  const spans = items.map(spanOf);
  const [open = 0, close = 0] = collection.range ?? [];
  const parts = slots.map((slot, at) => {
    const before = slots[at - 1];
    if (!("kept" in slot)) return (before === undefined ? "" : ", ") + formatFlowItem(collection, slot.written);
    const [start, end] = spans[slot.kept] ?? [0, 0];
    const previous = spans[slot.kept - 1];
    const isNeighbour = before !== undefined && "kept" in before && before.kept === slot.kept - 1;
    // Between neighbours that stay, everything stays: line breaks, comments, spaces.
    const gap =
      isNeighbour && previous !== undefined ? text.slice(previous[1], start) : before === undefined ? "" : ", ";
    return gap + text.slice(start, end);
  });
  const lead = text.slice(open + 1, spans[0]?.[0] ?? close - 1);
  const tail = text.slice(spans.at(-1)?.[1] ?? open + 1, close - 1);
  return [{ start: open + 1, end: close - 1, text: lead + parts.join("") + tail }];
}

function formatFlowItem(collection: Collection, value: unknown): string {
  return isMap(collection) ? formatFlowMember(value as [string, unknown]) : formatFlowYaml(value);
}

/** Where a pair, or an item of a list, begins and ends in the text; comments that follow it are not part of it. */
export function spanOf(item: unknown): readonly [number, number] {
  if (isPair(item)) {
    const { key, value } = item as Pair<Node | null, Node | null>;
    const start = key?.range?.[0] ?? value?.range?.[0] ?? 0;
    return [start, Math.max(spanOf(key)[1], spanOf(value)[1])];
  }
  const [start = 0, end = 0] = (item as Node | null)?.range ?? [];
  // The parser counts comments behind the last item of a block as part of the block.
  const last: unknown = isCollection(item) && item.flow !== true ? item.items.at(-1) : undefined;
  return [start, last === undefined ? end : spanOf(last)[1]];
}

/** The whole lines that an item of a block takes. */
export function linesOf(text: string, item: unknown): { readonly start: number; readonly end: number } {
  const [start, end] = spanOf(item);
  return { start: lineStart(text, start), end: lineEnd(text, end) };
}

/** Tells whether a node is a list or a mapping. */
export function isCollection(node: unknown): node is Collection {
  return isMap(node) || isSeq(node);
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** End of the line that a node ending at `at` ends on, its line break included. */
export function lineEnd(text: string, at: number): number {
  // A block scalar ends behind its line break.
  if (at > 0 && text[at - 1] === "\n") return at;
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

export function lineBreakOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** A line break where text would otherwise go on in the last line of a file that does not end with one. */
export function startLine(text: string, at: number): string {
  return at === 0 || text[at - 1] === "\n" ? "" : lineBreakOf(text);
}

export function indentLines(lines: string, column: number, lineBreak: string): string {
  const indented = column === 0 ? lines : lines.replace(/^(?=.)/gm, " ".repeat(column));
  return lineBreak === "\n" ? indented : indented.replaceAll("\n", lineBreak);
}
