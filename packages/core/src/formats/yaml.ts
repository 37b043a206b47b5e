import { TrackerError } from "../errors.ts";
import { FloatValue, IntValue, formatPythonFloat, formatPythonNumber } from "./python-number.ts";
import { formatYamlString } from "./yaml-scalar.ts";

export { MalformedYamlError, parseYaml, type ParseYamlOptions } from "./yaml-parse.ts";

/** A value that YAML has no form for here. */
export class NotRepresentableError extends TrackerError {
  override readonly code = "NOT_REPRESENTABLE";
  /** Where in the value it stands: `$.a[2]`. */
  readonly place: string;

  constructor(place: string, kind: string) {
    super(`${place} is a ${kind}, which YAML cannot represent`, {
      hint: "Use numbers, strings, booleans, null, dates, arrays and plain objects.",
    });
    this.place = place;
  }
}

/**
 * Formats a value as DVC and DVCLive dump YAML: block style, indent 2, dashes of a list under their key, insertion
 * order, no document marks. Lines are never folded, so bytes equal DVC's up to column 80 and values equal beyond.
 *
 * @param value - Plain data; numbers may be `bigint`, `float(…)` or `int(…)`, dates are written as YAML timestamps.
 *   An array or object met twice gets an anchor and aliases, as in DVC. `undefined` members are left out.
 * @returns Text that ends in a newline.
 * @throws {@link NotRepresentableError} before anything is returned, with the place of the offending value.
 */
export function formatYaml(value: unknown): string {
  const emitter = new Emitter(value);
  return emitter.format();
}

type Collection = readonly unknown[] | ReadonlyMap<unknown, unknown>;

/** A scalar's text, or the collection it is. */
type Form =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly unknown[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [unknown, unknown])[] };

/** Keys longer than this, or with a line break, are written `? key` / `: value`. */
const SIMPLE_KEY_LIMIT = 128;

class Emitter {
  readonly #root: unknown;
  /** Collections that stand more than once, with their anchor once it was written. */
  readonly #shared = new Map<object, string | undefined>();
  #anchors = 0;

  constructor(root: unknown) {
    this.#root = root;
    this.#findShared(root, new Set(), "$", 0);
  }

  format(): string {
    const lines: string[] = [];
    this.#write(this.#root, "", "", "$", lines);
    return `${lines.join("\n")}\n`;
  }

  /**
   * Writes a value whose first line starts with `head` (such as `key:` or `-`); further lines are indented by `indent`.
   */
  #write(value: unknown, head: string, indent: string, place: string, lines: string[]): void {
    const { alias, anchor } = this.#anchorOf(value);
    if (alias !== undefined) {
      lines.push(join(head, alias));
      return;
    }
    const form = classify(value, place);
    switch (form.kind) {
      case "scalar":
        // Nothing stands after the colon of an empty value; after a dash a space does, as ruamel writes it.
        lines.push(form.text === "" ? (head.endsWith("-") ? `${head} ` : head) : join(head, form.text));
        return;
      case "list":
        if (form.items.length === 0) lines.push(join(head, `${anchor}[]`));
        else this.#writeList(form.items, join(head, anchor.trimEnd()), indent, place, lines);
        return;
      case "map":
        if (form.entries.length === 0) lines.push(join(head, `${anchor}{}`));
        else this.#writeMap(form.entries, join(head, anchor.trimEnd()), indent, place, lines);
    }
  }

  #writeList(items: readonly unknown[], head: string, indent: string, place: string, lines: string[]): void {
    const isInline = head.endsWith("-");
    // The dashes of a list stand under its key; a list in a list starts on the dash's own line.
    if (!isInline && head !== "") lines.push(head);
    const own = isInline ? `${indent}  ` : indent;
    items.forEach((item, index) => {
      const start = isInline && index === 0 ? `${head} -` : `${own}-`;
      this.#write(item, start, own, `${place}[${index}]`, lines);
    });
  }

  #writeMap(
    entries: readonly (readonly [unknown, unknown])[],
    head: string,
    indent: string,
    place: string,
    lines: string[],
  ): void {
    const isInline = head.endsWith("-");
    if (!isInline && head !== "") lines.push(head);
    const own = isInline || head !== "" ? `${indent}  ` : indent;
    entries.forEach(([key, value], index) => {
      const start = isInline && index === 0 ? `${head} ` : own;
      const text = formatKey(key, place);
      const member = `${place}.${String(key)}`;
      if (text.length < SIMPLE_KEY_LIMIT && !text.includes("\\n")) {
        this.#write(value, `${start}${text}:`, own, member, lines);
      } else {
        lines.push(`${start}? ${text}`);
        this.#write(value, `${own}:`, own, member, lines);
      }
    });
  }

  #anchorOf(value: unknown): { alias: string | undefined; anchor: string } {
    if (typeof value !== "object" || value === null || !this.#shared.has(value))
      return { alias: undefined, anchor: "" };
    const known = this.#shared.get(value);
    if (known !== undefined) return { alias: `*${known}`, anchor: "" };
    this.#anchors += 1;
    const name = `id${String(this.#anchors).padStart(3, "0")}`;
    this.#shared.set(value, name);
    return { alias: undefined, anchor: `&${name} ` };
  }

  #findShared(value: unknown, seen: Set<object>, place: string, depth: number): void {
    if (depth > 1000) throw new NotRepresentableError(place, "value nested deeper than 1000 levels");
    const form = classify(value, place);
    if (form.kind === "scalar") return;
    const collection = value as object;
    if (seen.has(collection)) {
      if (sizeOf(collection as Collection) > 0) this.#shared.set(collection, undefined);
      return;
    }
    seen.add(collection);
    const members = form.kind === "list" ? form.items.map((item, index) => [index, item] as const) : form.entries;
    for (const [key, member] of members) this.#findShared(member, seen, `${place}.${String(key)}`, depth + 1);
  }
}

function sizeOf(collection: Collection): number {
  if (Array.isArray(collection)) return collection.length;
  return collection instanceof Map ? collection.size : Object.keys(collection).length;
}

function join(head: string, text: string): string {
  if (text === "") return head;
  return head === "" ? text : `${head} ${text}`;
}

function formatKey(key: unknown, place: string): string {
  if (key === null) return "null";
  const form = classify(key, place);
  if (form.kind !== "scalar") throw new NotRepresentableError(place, "key that is a list or a mapping");
  return form.text;
}

function classify(value: unknown, place: string): Form {
  switch (typeof value) {
    case "string":
      return scalar(formatYamlString(value));
    case "boolean":
      return scalar(value ? "true" : "false");
    case "bigint":
      return scalar(`${value}`);
    case "number":
      return scalar(formatNumber(value));
    case "object":
      break;
    default:
      throw new NotRepresentableError(place, typeof value);
  }
  if (value === null) return scalar("");
  if (value instanceof FloatValue) return scalar(formatFloat(value.value));
  if (value instanceof IntValue) return scalar(formatPythonNumber(value));
  if (value instanceof Date) return scalar(formatDate(value, place));
  if (Array.isArray(value)) return { kind: "list", items: value };
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) {
    return { kind: "list", items: [...(value as Float64Array)] };
  }
  const entries = value instanceof Map ? [...value] : isPlainObject(value) ? Object.entries(value) : undefined;
  if (entries === undefined) throw new NotRepresentableError(place, value.constructor?.name ?? "special object");
  return { kind: "map", entries: entries.filter(([, member]) => member !== undefined) };
}

function scalar(text: string): Form {
  return { kind: "scalar", text };
}

function formatNumber(value: number): string {
  return Number.isFinite(value) ? formatPythonNumber(value) : formatFloat(value);
}

function formatFloat(value: number): string {
  if (Number.isFinite(value)) return formatPythonFloat(value);
  return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
}

function formatDate(date: Date, place: string): string {
  if (Number.isNaN(date.getTime())) throw new NotRepresentableError(place, "invalid date");
  const iso = date.toISOString();
  const [day = "", time = ""] = iso.replace("Z", "").split("T");
  if (time === "00:00:00.000") return day;
  return `${day} ${time.endsWith(".000") ? time.slice(0, -4) : time.replace(/0+$/, "")}`;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
