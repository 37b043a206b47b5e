/**
 * Edits the entries of one live folder in a dvc.yaml that belongs to the user.
 *
 * ```
 * text ─parse─▶ nodes with their place ─plan─▶ entries that stay, go, come ─splice─▶ new text ─parse─▶ as meant?
 * ```
 *
 * The text outside those entries is never touched, so comments, order, quoting and layout of everything else stay. A
 * dvc.yaml that says already what it should comes back as it is, byte for byte.
 */
import { type Document, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from "yaml";
import { TrackerError } from "../errors.ts";
import {
  type DvcYamlEntries,
  type Entry,
  entryOfItem,
  isSameValue,
  itemOf,
  type Place,
  planSection,
  readBack,
  type Section,
  SECTIONS,
  wantedEntries,
} from "./dvc-yaml-entries.ts";
import { MalformedDvcYamlError } from "./dvc-yaml.ts";
import { formatFlowMember } from "./flow-yaml.ts";
import { isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { MalformedYamlError, parseYaml } from "./yaml-parse.ts";
import {
  applyEdits,
  arrange,
  indentLines,
  isCollection,
  lineBreakOf,
  lineEnd,
  linesOf,
  lineStart,
  spanOf,
  startLine,
  type TextEdit,
} from "./yaml-place.ts";

/** A dvc.yaml in which our entries cannot be changed without touching what is not ours. */
export class UneditableDvcYamlError extends TrackerError {
  override readonly code = "UNEDITABLE_DVC_YAML";

  constructor(section: string, path: string | undefined) {
    super(`${path ?? "dvc.yaml"}: '${section}' is written in a way that cannot be edited in place`, {
      hint: `Write '${section}' as a plain list, one '- path' per line, without anchors or aliases.`,
    });
  }
}

/**
 * Brings the entries of a live folder up to date: those the logger made there earlier and no longer wants go, changed
 * ones are rewritten where they stand, new ones are added, every other entry stays.
 *
 * @param text - The file as it is; undefined when there is none.
 * @returns The new text; for a new file the bytes DVCLive writes.
 * @throws `MalformedYamlError` with line and column, {@link MalformedDvcYamlError} or {@link UneditableDvcYamlError};
 *   nothing is to be written then.
 */
export function editDvcYaml(
  text: string | undefined,
  entries: DvcYamlEntries,
  options: { readonly path?: string } = {},
): string {
  if (text === undefined) return formatFresh(entries);
  // The mark that some Windows editors put first.
  if (text.startsWith("\ufeff")) return `\ufeff${editDvcYaml(text.slice(1), entries, options)}`;
  const before = parseYaml(text, { ...options, keepNumberKinds: true });
  if (before === null) return appendText(text, formatFresh(entries, ""));
  if (!isPlainObject(before)) throw new MalformedDvcYamlError("the top level is not a mapping", options.path);
  if (text.trim() === "{}") return formatFresh(entries);
  let edited = text;
  for (const section of SECTIONS) edited = editSection(edited, section, entries, options.path);
  return edited;
}

function formatFresh(entries: DvcYamlEntries, nothing = "{}\n"): string {
  const content: Record<string, unknown> = {};
  for (const section of SECTIONS) {
    const wanted = wantedEntries(section, entries);
    if (wanted.length > 0) content[section] = contentOf(section === "artifacts", wanted);
  }
  return Object.keys(content).length === 0 ? nothing : formatYaml(content);
}

function contentOf(isMapping: boolean, entries: readonly Entry[]): unknown {
  return isMapping ? new Map(entries.map(({ id, value }) => [id, value])) : entries.map(itemOf);
}

function appendText(text: string, block: string): string {
  return block === "" ? text : text + startLine(text, text.length) + block.replaceAll("\n", lineBreakOf(text));
}

/** A section as it was read, and as it will be. */
interface SectionEdit {
  readonly document: Document;
  readonly top: YAMLMap;
  readonly pair: Pair | undefined;
  readonly places: readonly Place[];
  /** The items as read, in the order of their nodes. */
  readonly items: readonly unknown[];
  readonly isMapping: boolean;
}

function editSection(text: string, section: Section, entries: DvcYamlEntries, path: string | undefined): string {
  const content = parseYaml(text, { ...(path === undefined ? {} : { path }), keepNumberKinds: true }) ?? {};
  const current = (isPlainObject(content) ? content[section] : undefined) ?? undefined;
  checkShape(current, section, path);
  const isMapping = isPlainObject(current) || (current === undefined && section === "artifacts");
  const items = isPlainObject(current) ? Object.entries(current) : Array.isArray(current) ? current : [];
  const present = isPlainObject(current)
    ? Object.entries(current).map(([id, value]) => ({ id, value: value ?? undefined }))
    : items.map(entryOfItem);
  const places = planSection(present, wantedEntries(section, entries), section, entries.dir);
  if (places === undefined) return text;
  const document = parseDocument(text, { version: "1.2" });
  const top = document.contents;
  if (!isMap(top)) throw new UneditableDvcYamlError(section, path);
  const pair = top.items.find(({ key }) => isScalar(key) && key.value === section);
  const edited = rewrite(text, section, { document, top, pair, places, items, isMapping });
  if (edited === undefined || !isAsMeant(edited, content, section, { places, items, isMapping })) {
    throw new UneditableDvcYamlError(section, path);
  }
  return edited;
}

function checkShape(current: unknown, section: Section, path: string | undefined): void {
  const isFitting =
    current === undefined ||
    (section !== "artifacts" && Array.isArray(current)) ||
    ((section === "artifacts" || section === "plots") && isPlainObject(current));
  if (isFitting) return;
  const expected = section === "artifacts" ? "a mapping" : "a list";
  throw new MalformedDvcYamlError(`'${section}' is not ${expected}`, path);
}

function rewrite(text: string, section: Section, edit: SectionEdit): string | undefined {
  const { top, pair, places, items, isMapping } = edit;
  if (pair === undefined) return addSection(text, section, edit);
  if (places.length === 0) return removeSection(text, top, pair);
  const value: unknown = pair.value;
  if (isCollection(value) && value.items.length > 0) {
    // Merge keys and the like make the nodes differ from what was read.
    if (value.items.length !== items.length) return undefined;
    const slots = places.map((place) =>
      place.kind === "kept"
        ? { kept: place.index }
        : {
            written: isMapping ? [place.entry.id, place.entry.value ?? null] : itemOf(place.entry),
            replaces: place.replaces,
          },
    );
    return applyEdits(text, arrange(text, value, slots));
  }
  return fillSection(text, section, edit, pair);
}

/** Writes the items of a section that is there and empty: `plots:`, `plots: []`, `plots: null`. */
function fillSection(text: string, section: Section, edit: SectionEdit, pair: Pair): string | undefined {
  if (edit.top.flow === true) return undefined;
  const [keyStart, end] = spanOf(pair);
  const column = keyStart - lineStart(text, keyStart);
  const [valueStart, valueEnd] = spanOf(pair.value);
  const edits: TextEdit[] = [];
  if (valueEnd > valueStart) {
    const from = text.slice(0, valueStart).trimEnd().length;
    edits.push({ start: from, end: valueEnd, text: "" });
  }
  const at = lineEnd(text, end);
  const block = formatYaml({ [section]: contentOf(edit.isMapping, newEntries(edit.places)) });
  const lines = block.slice(block.indexOf("\n") + 1);
  edits.push({ start: at, end: at, text: startLine(text, at) + indentLines(lines, column, lineBreakOf(text)) });
  return applyEdits(text, edits);
}

function addSection(text: string, section: Section, { top, places, isMapping }: SectionEdit): string | undefined {
  const content = contentOf(isMapping, newEntries(places));
  if (top.flow === true) {
    const member = formatFlowMember([section, readBack(content)]);
    const last = top.items.at(-1);
    const at = last === undefined ? (top.range?.[0] ?? 0) + 1 : spanOf(last)[1];
    return applyEdits(text, [{ start: at, end: at, text: last === undefined ? member : `, ${member}` }]);
  }
  const [first] = top.items;
  const keyStart = first === undefined ? 0 : spanOf(first)[0];
  const block = indentLines(
    formatYaml({ [section]: content }),
    keyStart - lineStart(text, keyStart),
    lineBreakOf(text),
  );
  // A document end mark has to stay last.
  const mark = /^\.\.\.[ \t\r]*$/m.exec(text)?.index ?? text.length;
  return applyEdits(text, [{ start: mark, end: mark, text: startLine(text, mark) + block }]);
}

/** Takes a section out with its key; comments on lines of their own stay. */
function removeSection(text: string, top: YAMLMap, pair: Pair): string {
  if (top.flow === true) {
    const slots = top.items.flatMap((item, index) => (item === pair ? [] : [{ kept: index }]));
    return applyEdits(text, arrange(text, top, slots));
  }
  const value: unknown = pair.value;
  const isBlock = isCollection(value) && value.flow !== true;
  const parts = isBlock
    ? [linesOf(text, pair.key), ...value.items.map((item) => linesOf(text, item))]
    : [linesOf(text, pair)];
  const rest = applyEdits(
    text,
    parts.map((part) => ({ ...part, text: "" })),
  );
  return rest.trim() === "" ? "{}\n" : rest;
}

function newEntries(places: readonly Place[]): readonly Entry[] {
  return places.flatMap((place) => (place.kind === "new" ? [place.entry] : []));
}

/** Tells whether the new text says what the old one said, except for the section, which says what was planned. */
function isAsMeant(
  text: string,
  before: unknown,
  section: Section,
  { places, items, isMapping }: Pick<SectionEdit, "places" | "items" | "isMapping">,
): boolean {
  const planned = places.map((place) =>
    place.kind === "kept"
      ? items[place.index]
      : isMapping
        ? [place.entry.id, place.entry.value ?? null]
        : itemOf(place.entry),
  );
  const expected: Record<string, unknown> = { ...(before as Record<string, unknown>) };
  if (planned.length === 0) delete expected[section];
  else expected[section] = isMapping ? new Map(planned as (readonly [unknown, unknown])[]) : planned;
  try {
    const after = parseYaml(text, { keepNumberKinds: true }) ?? {};
    return isSameValue(after, readBack(expected));
  } catch (error) {
    if (error instanceof MalformedYamlError) return false;
    throw error;
  }
}
