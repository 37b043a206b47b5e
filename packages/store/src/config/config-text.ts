import { CacheConfigError } from "../errors.ts";
import { parseConfigValue, type ConfigValue } from "./config-value.ts";

/** One `key = value` of a configuration file. */
export interface ConfigEntry {
  readonly value: ConfigValue;
  /** Lines it stands on, the first being 1; a value in three quotes may have several. */
  readonly line: number;
  readonly lastLine: number;
}

/** One section of a configuration file. */
export interface ConfigSection {
  /** Line of its header, the first being 1. */
  readonly line: number;
  /** Last line that belongs to it: of an entry, or the header's own. */
  readonly lastLine: number;
  /** By key in lower case. */
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

/** Sections by name, `core` or `remote "NAME"`, in lower case, in the order of the file. */
export type ConfigSections = ReadonlyMap<string, ConfigSection>;

/** Sections that have a name of their own behind the kind. */
const NAMED = /^\s*(remote|machine|db)\s*"(.*)"\s*$/su;

interface OpenSection {
  readonly name: string;
  readonly line: number;
  lastLine: number;
  readonly entries: Map<string, ConfigEntry>;
  /** Keys and sections as written, which must not come twice. */
  readonly written: Set<string>;
}

/**
 * Parses a configuration file of DVC, the ConfigObj dialect of INI: `[section]`, `['remote "NAME"']`, `key = value`,
 * comments after `#`, values in quotes where they need them, lists with commas, `%(key)s` for another value.
 *
 * @param path - For errors.
 * @throws {@link CacheConfigError} with file and line, for a line that is none of these and for what is there twice.
 */
export function parseConfigText(text: string, path: string): ConfigSections {
  const sections = new Map<string, OpenSection>();
  const written = new Set<string>();
  const lines = splitConfigLines(text);
  let current: OpenSection | undefined;
  let outer = "";
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] as string).trim();
    if (line === "" || line.startsWith("#")) continue;
    const fail = (reason: string): never => {
      throw new CacheConfigError(reason, `${path}:${at + 1}`);
    };
    const header = parseHeader(line);
    if (header !== undefined) {
      if (header.depth > 2 || (header.depth === 2 && outer === "")) fail("sections are nested too deep");
      if (header.depth === 1) outer = header.name;
      const full = header.depth === 1 ? header.name : `${outer}\0${header.name}`;
      if (written.has(full)) fail(`the section '${header.name}' is there twice`);
      written.add(full);
      const name = header.depth === 1 ? sectionName(header.name) : sectionName(`${outer} "${header.name}"`);
      current = { name, line: at + 1, lastLine: at + 1, entries: new Map(), written: new Set() };
      sections.set(name, current);
      continue;
    }
    const entry = parseKey(line);
    if (entry === undefined) return fail("expected `[section]` or `key = value`");
    if (current === undefined) return fail(`'${entry.key}' stands before the first section`);
    const mark = /^("""|''')/u.exec(entry.rest)?.[0];
    const read = mark === undefined ? { value: parseConfigValue(entry.rest), last: at } : readBlock(lines, at, mark);
    if (read?.value === undefined) return fail(`the value of '${entry.key}' has quotes or commas out of place`);
    if (current.written.has(entry.key)) fail(`'${entry.key}' is there twice`);
    current.written.add(entry.key);
    current.entries.set(entry.key.toLowerCase(), { value: read.value, line: at + 1, lastLine: read.last + 1 });
    current.lastLine = read.last + 1;
    at = read.last;
  }
  for (const section of sections.values()) fillIn(section, sections.get("default"), path);
  return sections;
}

/** Splits text at its line ends; a byte order mark is no part of the first line. */
export function splitConfigLines(text: string): readonly string[] {
  return text.replace(/^\uFEFF/u, "").split(/\r?\n/u);
}

/** Returns the name under which a section is known, whatever the case and quotes it was written in. */
export function sectionName(written: string): string {
  const named = NAMED.exec(written.toLowerCase());
  return named === null ? written.toLowerCase() : `${named[1] ?? ""} "${named[2] ?? ""}"`;
}

/** Splits the name of a section into its kind and, for `remote "NAME"` and the like, the name; else `undefined`. */
export function splitSectionName(name: string): { readonly kind: string; readonly name: string | undefined } {
  const named = NAMED.exec(name);
  return named === null ? { kind: name, name: undefined } : { kind: named[1] ?? "", name: named[2] ?? "" };
}

function parseHeader(line: string): { readonly depth: number; readonly name: string } | undefined {
  const match = /^((?:\[\s*)+)("\s*\S.*?\s*"|'\s*\S.*?\s*'|[^'"\s].*?)((?:\s*\])+)\s*(?:#.*)?$/su.exec(line);
  if (match === null) return undefined;
  const [, opened = "", name = "", closed = ""] = match;
  const depth = opened.replace(/\s/gu, "").length;
  if (depth !== closed.replace(/\s/gu, "").length) return undefined;
  return { depth, name: unquote(name) };
}

function parseKey(line: string): { readonly key: string; readonly rest: string } | undefined {
  const match = /^("[^"]*"|'[^']*'|[^'"=][^=]*?)\s*=\s*(.*)$/su.exec(line);
  return match === null ? undefined : { key: unquote(match[1] ?? ""), rest: match[2] ?? "" };
}

function readBlock(
  lines: readonly string[],
  first: number,
  mark: string,
): { readonly value: string; readonly last: number } | undefined {
  const start = (lines[first] as string).indexOf(mark) + mark.length;
  let value = "";
  for (let last = first; last < lines.length; last += 1) {
    const line = last === first ? (lines[first] as string).slice(start) : (lines[last] as string);
    const end = line.indexOf(mark);
    if (end === -1) {
      value += `${line}\n`;
      continue;
    }
    const isClean = /^\s*(?:#.*)?$/u.test(line.slice(end + mark.length));
    return isClean ? { value: value + line.slice(0, end), last } : undefined;
  }
  return undefined;
}

/** Replaces `%(key)s` by the value of that key in the same section, or in one named DEFAULT. */
function fillIn(section: OpenSection, defaults: OpenSection | undefined, path: string): void {
  const fill = (text: string, line: number, seen: readonly string[]): string =>
    text.replace(/%\(([^)]*)\)s/gu, (_, name: string) => {
      const key = name.toLowerCase();
      const found = section.entries.get(key) ?? defaults?.entries.get(key);
      if (found === undefined || typeof found.value !== "string" || seen.includes(key)) {
        throw new CacheConfigError(`there is no value to put in for '%(${name})s'`, `${path}:${line}`);
      }
      return fill(found.value, line, [...seen, key]);
    });
  const filled = [...section.entries].map(([key, entry]) => {
    const { value, line } = entry;
    const result = typeof value === "string" ? fill(value, line, [key]) : value.map((item) => fill(item, line, [key]));
    return [key, { ...entry, value: result }] as const;
  });
  for (const [key, entry] of filled) section.entries.set(key, entry);
}

function unquote(text: string): string {
  const first = text[0];
  return text.length >= 2 && (first === "'" || first === '"') && text.endsWith(first) ? text.slice(1, -1) : text;
}
