import { UnreadableFileError } from "../errors.ts";
import { parseTomlValues } from "../values/toml-values.ts";
import { isMapping, type Mapping } from "../values/values.ts";
import { formatTomlKey, formatTomlTable, formatTomlValue, isTable, NotTomlError } from "./format-toml.ts";
import { isSameValue } from "./same-values.ts";
import { findTomlPlaces, type TomlEntry, type TomlTable } from "./toml-places.ts";

/**
 * Changes the values of a TOML file where they stand. Comments, order and layout of everything else stay.
 *
 * @throws {@link UnreadableFileError} for what TOML cannot hold, and for a layout that cannot be edited.
 */
export function editTomlValues(text: string, wanted: Mapping, path: string): string {
  const before = parseTomlValues(text, path);
  if (isSameValue(before, wanted)) return text;
  try {
    const edited = new TomlEditor(text).edit(before, wanted);
    if (isSameValue(parseTomlValues(edited, path), wanted)) return edited;
  } catch (error) {
    if (error instanceof NotTomlError) throw new UnreadableFileError(path, error.message);
    throw error;
  }
  throw new UnreadableFileError(path, "it is laid out in a way that cannot be edited; change it by hand");
}

interface TomlEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Begins on a line of its own; a table, with a blank line before it. */
  readonly begins?: "line" | "table";
}

class TomlEditor {
  readonly #text: string;
  readonly #tables: readonly TomlTable[];
  readonly #edits: TomlEdit[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#tables = findTomlPlaces(text);
  }

  edit(before: Mapping, wanted: Mapping): string {
    this.#mapping(before, wanted, []);
    let result = "";
    let from = 0;
    // Values that are added come before tables that are added at the same place.
    const rank = ({ begins }: TomlEdit): number => (begins === "table" ? 1 : 0);
    for (const edit of this.#edits.toSorted((a, b) => a.start - b.start || a.end - b.end || rank(a) - rank(b))) {
      // What is taken out with a table is not changed on its own.
      if (edit.start < from) continue;
      result += this.#text.slice(from, edit.start);
      if (edit.begins !== undefined && result !== "" && !result.endsWith("\n")) result += "\n";
      if (edit.begins === "table" && result.trim() !== "" && !result.endsWith("\n\n")) result += "\n";
      result += edit.text;
      from = edit.end;
    }
    return result + this.#text.slice(from);
  }

  #mapping(before: Mapping, wanted: Mapping, keys: readonly string[]): void {
    for (const [key, old] of Object.entries(before)) {
      const path = [...keys, key];
      if (!Object.hasOwn(wanted, key)) this.#remove(path);
      else if (!isSameValue(old, wanted[key])) this.#change(old, wanted[key], path);
    }
    for (const [key, value] of Object.entries(wanted)) {
      if (!Object.hasOwn(before, key)) this.#add([...keys, key], value);
    }
  }

  #change(old: unknown, value: unknown, path: readonly string[]): void {
    const entry = this.#entry(path);
    if (entry !== undefined) {
      this.#edits.push({ start: entry.start, end: entry.end, text: formatTomlValue(value) });
    } else if (isMapping(old) && isMapping(value)) {
      this.#mapping(old, value, path);
    } else if (Array.isArray(old) && Array.isArray(value) && old.length === value.length && value.every(isMapping)) {
      value.forEach((item, at) => this.#mapping(old[at] as Mapping, item, [...path, `${at}`]));
    } else {
      this.#remove(path);
      this.#add(path, value);
    }
  }

  #remove(path: readonly string[]): void {
    for (const table of this.#tables) {
      if (table.keys.length > 0 && isBelow(table.keys, path)) this.#edits.push({ ...table.lines, text: "" });
      else
        for (const entry of table.entries)
          if (isBelow(entry.keys, path)) this.#edits.push({ ...entry.lines, text: "" });
    }
  }

  #add(path: readonly string[], value: unknown): void {
    const parent = path.slice(0, -1);
    if (isTable(value)) {
      // Behind the last table of those it belongs to.
      const last = this.#tables.findLast((table) => isBelow(table.keys, parent)) ?? this.#tables.at(-1);
      const at = parent.length === 0 ? this.#text.length : (last?.lines.end ?? this.#text.length);
      this.#insert(at, formatTomlTable(path, value), "table");
      return;
    }
    const line = `${formatTomlKey(path.at(-1) ?? "")} = ${formatTomlValue(value)}\n`;
    const table = this.#tables.find(({ keys }) => keys.join("\0") === parent.join("\0"));
    if (table === undefined) {
      const sibling = this.#tables.flatMap(({ entries }) => entries).findLast(({ keys }) => isBelow(keys, parent));
      if (sibling !== undefined) throw new NotTomlError("values written with dotted keys are not added to");
      this.#insert(this.#text.length, `[${parent.map(formatTomlKey).join(".")}]\n${line}`, "table");
      return;
    }
    const header = table.keys.length === 0 ? table.lines.start : this.#endOfLine(table.lines.start);
    this.#insert(table.entries.at(-1)?.lines.end ?? header, line, "line");
  }

  #insert(at: number, lines: string, begins: "line" | "table"): void {
    const after = begins === "table" && at < this.#text.length ? "\n" : "";
    this.#edits.push({ start: at, end: at, text: lines + after, begins });
  }

  #entry(path: readonly string[]): TomlEntry | undefined {
    const id = path.join("\0");
    return this.#tables.flatMap(({ entries }) => entries).find(({ keys }) => keys.join("\0") === id);
  }

  #endOfLine(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end + 1;
  }
}

function isBelow(keys: readonly string[], path: readonly string[]): boolean {
  return keys.length >= path.length && path.every((key, at) => key === keys[at]);
}
