/**
 * Edits the entries of one live folder in a dvc.yaml that belongs to the user.
 *
 * ```
 * text ─parse─▶ nodes with their place in the text ─compare─▶ lines to take out, lines to put in ─splice─▶ new text
 * ```
 *
 * The text outside those lines is never touched, so comments, order, quoting and layout of everything else stay. A
 * dvc.yaml that says already what it should comes back as it is, byte for byte.
 */
import { type Document, isMap, isScalar, isSeq, parseDocument, type Node, type Pair } from "yaml";
import { MalformedDvcYamlError } from "./dvc-yaml.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";

/** What a run wants dvc.yaml to say. Paths are POSIX, relative to the folder of the dvc.yaml. */
export interface DvcYamlEntries {
  /** The live folder; empty when it is the folder of the dvc.yaml itself. */
  readonly dir: string;
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  /** A path, or `{ path: properties }`. */
  readonly plots: readonly (string | Readonly<Record<string, unknown>>)[];
  /** By id; each has a `path`. */
  readonly artifacts: Readonly<Record<string, unknown>>;
}

/**
 * Brings the entries of a live folder up to date.
 *
 * An entry is ours when it names a file the logger writes in that folder, compared by path segments: `live/metrics.json`
 * is, `old/live/metrics.json` and `mylive/metrics.json` are not. Ours that are no longer wanted go, the others stay.
 *
 * @param text - The file as it is; undefined when there is none.
 * @returns The new text; for a new file the bytes DVCLive writes.
 * @throws `MalformedYamlError` with line and column, or {@link MalformedDvcYamlError}; nothing is to be written then.
 */
export function editDvcYaml(
  text: string | undefined,
  entries: DvcYamlEntries,
  options: { readonly path?: string } = {},
): string {
  if (text === undefined) return formatFresh(entries);
  const before = parseYaml(text, options);
  if (before === null) return appendSections(text, entries);
  if (!isRecord(before)) throw new MalformedDvcYamlError("the top level is not a mapping", options.path);
  if (Object.keys(before).length === 0) return formatFresh(entries);
  let edited = text;
  for (const section of SECTIONS) edited = editSection(edited, section, entries, options.path);
  if (edited !== text) parseYaml(edited, options);
  return edited;
}

type Section = "params" | "metrics" | "plots" | "artifacts";
const SECTIONS: readonly Section[] = ["params", "metrics", "plots", "artifacts"];

/** An entry as it is to be written: one item of a list, or one member of a mapping. */
interface Entry {
  readonly id: string;
  /** Undefined for a bare path. */
  readonly value: unknown;
}

function wantedEntries(section: Section, entries: DvcYamlEntries): readonly Entry[] {
  if (section === "artifacts") return Object.entries(entries.artifacts).map(([id, value]) => ({ id, value }));
  return entries[section].flatMap((entry) =>
    typeof entry === "string"
      ? [{ id: entry, value: undefined }]
      : Object.entries(entry).map(([id, value]) => ({ id, value })),
  );
}

function formatFresh(entries: DvcYamlEntries): string {
  const content: Record<string, unknown> = {};
  for (const section of SECTIONS) {
    const wanted = wantedEntries(section, entries);
    if (wanted.length > 0) content[section] = section === "artifacts" ? asMapping(wanted) : wanted.map(asItem);
  }
  return formatYaml(content);
}

function appendSections(text: string, entries: DvcYamlEntries): string {
  const fresh = formatFresh(entries);
  if (fresh === "{}\n") return text;
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fresh}`;
}

function asItem({ id, value }: Entry): unknown {
  return value === undefined ? id : { [id]: value };
}

function asMapping(wanted: readonly Entry[]): Record<string, unknown> {
  return Object.fromEntries(wanted.map(({ id, value }) => [id, value ?? null]));
}

/** An entry in the text, with the lines it takes. */
interface PlacedEntry extends Entry {
  readonly start: number;
  readonly end: number;
  /** Column of the dash or the key. */
  readonly column: number;
  /** False for what is no `path` or `{ path: … }`: never ours. */
  readonly isPlain: boolean;
}

function editSection(text: string, section: Section, entries: DvcYamlEntries, path: string | undefined): string {
  const document = parseDocument(text, { version: "1.2", strict: true });
  const wanted = wantedEntries(section, entries);
  const pair = findPair(document, section);
  if (pair === undefined) {
    if (wanted.length === 0) return text;
    return appendBlock(document, text, section, wanted);
  }
  const { value } = pair;
  if (!isBlock(value, text)) return replaceSection(text, document, pair, section, entries, path);
  const placed = placeEntries(value, text, document);
  const kept: PlacedEntry[] = [];
  const stale: PlacedEntry[] = [];
  const missing = [...wanted];
  for (const entry of placed) {
    const match = missing.findIndex((candidate) => candidate.id === entry.id && isSame(candidate, entry));
    if (match >= 0) {
      missing.splice(match, 1);
      kept.push(entry);
    } else if (
      isOurs(entry, section, entries) ||
      (section === "artifacts" && Object.hasOwn(entries.artifacts, entry.id))
    ) {
      stale.push(entry);
    } else kept.push(entry);
  }
  if (stale.length === 0 && missing.length === 0) return text;
  if (kept.length === 0 && missing.length === 0) return removePair(text, pair);
  const column = placed[0]?.column ?? 0;
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const isList = isSeq(value);
  const block = missing
    .map((entry) => formatEntry(entry, isList, column))
    .join("")
    .replaceAll("\n", lineBreak);
  const at = placed.at(-1)?.end ?? text.length;
  return splice(text, stale, at, block, lineBreak);
}

function formatEntry(entry: Entry, isList: boolean, column: number): string {
  const text = formatYaml(isList ? [asItem(entry)] : asMapping([entry]));
  const indent = " ".repeat(column);
  return text.replace(/^(?=.)/gm, indent);
}

function splice(text: string, removed: readonly PlacedEntry[], at: number, block: string, lineBreak: string): string {
  let result = "";
  let from = 0;
  for (const { start, end } of removed) {
    result += text.slice(from, start);
    from = end;
  }
  result += text.slice(from, at);
  if (block !== "" && result !== "" && !result.endsWith("\n")) result += lineBreak;
  return result + block + text.slice(at);
}

/** Compares values as they read back, so that `1.0` and `1` in the text count for what they mean. */
function isSame(wanted: Entry, placed: PlacedEntry): boolean {
  if (wanted.value === undefined || placed.value === undefined) return wanted.value === placed.value;
  return JSON.stringify(parseYaml(formatYaml({ v: wanted.value }))) === JSON.stringify({ v: placed.value });
}

const OWN_FILES: Readonly<Record<Exclude<Section, "artifacts">, RegExp>> = {
  params: /^params\.yaml$/,
  metrics: /^metrics\.json$/,
  plots: /^plots\/(?:metrics|images|(?:custom|sklearn)\/.+)$/,
};

function isOurs(entry: PlacedEntry, section: Section, { dir }: DvcYamlEntries): boolean {
  if (!entry.isPlain) return false;
  if (section === "artifacts") {
    const target = isRecord(entry.value) ? entry.value["path"] : undefined;
    return typeof target === "string" && dir !== "" && relativeTo(dir, target)?.startsWith("artifacts/") === true;
  }
  const inside = relativeTo(dir, entry.id);
  return inside !== undefined && OWN_FILES[section].test(inside);
}

function relativeTo(dir: string, path: string): string | undefined {
  const clean = path.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
  if (dir === "" || dir === ".") return clean;
  return clean.startsWith(`${dir}/`) ? clean.slice(dir.length + 1) : undefined;
}

type AnyPair = Pair<unknown, unknown>;

function findPair(document: Document, section: Section): AnyPair | undefined {
  const { contents } = document;
  if (!isMap(contents)) return undefined;
  return contents.items.find(({ key }) => isScalar(key) && key.value === section);
}

function isBlock(value: unknown, text: string): value is Node & { readonly items: readonly unknown[] } {
  if (!isSeq(value) && !isMap(value)) return false;
  // A block collection that starts on the line of an anchor or tag is left to the general way.
  return value.flow !== true && value.items.length > 0 && value.anchor === undefined && text !== "";
}

function placeEntries(
  value: Node & { readonly items: readonly unknown[] },
  text: string,
  document: Document,
): readonly PlacedEntry[] {
  return value.items.map((item) => {
    const isPair = isMap(value);
    const key: unknown = isPair ? (item as AnyPair).key : item;
    const content: unknown = isPair ? (item as AnyPair).value : item;
    const keyStart = rangeOf(key)?.[0] ?? rangeOf(content)?.[0] ?? 0;
    const start = lineStart(text, keyStart);
    const end = lineEnd(text, Math.max(rangeOf(key)?.[1] ?? 0, rangeOf(content)?.[1] ?? 0));
    const column = isPair ? keyStart - start : text.slice(start).search(/-/);
    return { start, end, column, ...readEntry(isPair, key, content, document) };
  });
}

function readEntry(
  isPair: boolean,
  key: unknown,
  content: unknown,
  document: Document,
): Entry & { readonly isPlain: boolean } {
  if (isPair) {
    const id = isScalar(key) ? String(key.value) : "";
    return { id, value: toPlain(content, document) ?? undefined, isPlain: isScalar(key) };
  }
  if (isScalar(content) && typeof content.value === "string")
    return { id: content.value, value: undefined, isPlain: true };
  if (isMap(content) && content.items.length === 1) {
    const [pair] = content.items;
    if (pair !== undefined && isScalar(pair.key)) {
      return { id: String(pair.key.value), value: toPlain(pair.value, document) ?? undefined, isPlain: true };
    }
  }
  return { id: "", value: toPlain(content, document), isPlain: false };
}

function toPlain(node: unknown, document: Document): unknown {
  if (node === null || node === undefined) return null;
  return (node as Node).toJS(document, { maxAliasCount: 100 }) as unknown;
}

function rangeOf(node: unknown): readonly number[] | undefined {
  return (node as Node | null | undefined)?.range ?? undefined;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** End of the last line that a node ending at `at` takes, its newline included. */
function lineEnd(text: string, at: number): number {
  if (at > 0 && text[at - 1] === "\n") return at;
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

function appendBlock(document: Document, text: string, section: Section, wanted: readonly Entry[]): string {
  const { contents } = document;
  const content = section === "artifacts" ? asMapping(wanted) : wanted.map(asItem);
  if (isMap(contents) && contents.flow === true) {
    document.set(section, document.createNode(content));
    return formatDocument(document);
  }
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const block = formatYaml({ [section]: content }).replaceAll("\n", lineBreak);
  // A document end mark has to stay last.
  const mark = /^\.\.\.\s*$/m.exec(text)?.index ?? text.length;
  const head = text.slice(0, mark);
  return `${head}${head === "" || head.endsWith("\n") ? "" : lineBreak}${block}${text.slice(mark)}`;
}

function removePair(text: string, pair: AnyPair): string {
  const start = lineStart(text, rangeOf(pair.key)?.[0] ?? 0);
  const end = lineEnd(text, Math.max(rangeOf(pair.key)?.[1] ?? 0, rangeOf(pair.value)?.[1] ?? 0));
  const rest = text.slice(0, start) + text.slice(end);
  return parseYaml(rest) === null && rest.trim() === "" ? "{}\n" : rest;
}

/** The general way, for sections that are empty, on one line (`[a, b]`) or anchored: the section alone is written anew. */
function replaceSection(
  text: string,
  document: Document,
  pair: AnyPair,
  section: Section,
  entries: DvcYamlEntries,
  path: string | undefined,
): string {
  const current = toPlain(pair.value, document);
  if (current !== null && !Array.isArray(current) && !isRecord(current)) {
    throw new MalformedDvcYamlError(`'${section}' is neither a list nor a mapping`, path);
  }
  if (section !== "plots" && (section === "artifacts") !== isRecord(current ?? (section === "artifacts" ? {} : []))) {
    throw new MalformedDvcYamlError(`'${section}' has the wrong form`, path);
  }
  const wanted = wantedEntries(section, entries);
  const known = entriesOf(current);
  const isWanted = (entry: Entry): boolean => wanted.some((one) => one.id === entry.id && isSame(one, place(entry)));
  const kept = known.filter((entry) => isWanted(entry) || !isOurs(place(entry), section, entries));
  const missing = wanted.filter((one) => !known.some((entry) => entry.id === one.id && isSame(one, place(entry))));
  if (missing.length === 0 && kept.length === known.length) return text;
  const all = [...kept, ...missing];
  if (all.length === 0) return removePair(text, pair);
  const isMapping = section === "artifacts" || isRecord(current);
  const content = isMapping ? asMapping(all) : all.map(asItem);
  const { contents } = document;
  if (isMap(contents) && contents.flow === true) {
    document.set(section, document.createNode(content));
    return formatDocument(document);
  }
  const start = lineStart(text, rangeOf(pair.key)?.[0] ?? 0);
  const end = lineEnd(text, Math.max(rangeOf(pair.key)?.[1] ?? 0, rangeOf(pair.value)?.[1] ?? 0));
  return text.slice(0, start) + formatYaml({ [section]: content }) + text.slice(end);
}

function entriesOf(current: unknown): readonly Entry[] {
  if (isRecord(current)) return Object.entries(current).map(([id, value]) => ({ id, value: value ?? undefined }));
  return (Array.isArray(current) ? current : []).flatMap((item: unknown): Entry[] => {
    if (isRecord(item)) return Object.entries(item).map(([id, value]) => ({ id, value: value ?? undefined }));
    return [{ id: String(item), value: undefined }];
  });
}

function place(entry: Entry): PlacedEntry {
  return { ...entry, start: 0, end: 0, column: 0, isPlain: true };
}

function formatDocument(document: Document): string {
  return document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true, nullStr: "" });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
