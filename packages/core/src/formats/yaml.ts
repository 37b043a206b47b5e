import { TrackerError } from "../errors.ts";
import { isPlainObject } from "./plain-data.ts";
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

/** A scalar's text, or the collection it is. */
type Form =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "list"; readonly empty: "[]"; readonly items: readonly unknown[] }
  | { readonly kind: "map"; readonly empty: "{}"; readonly entries: readonly (readonly [unknown, unknown])[] };

/** Where a value begins. */
interface Start {
  /** Text of the line so far: `key:` or `-`, with its indent. */
  readonly head: string;
  /** Indent of the line. */
  readonly indent: string;
  /** Indent of the lines of a mapping that begins here, and of a list in a list. */
  readonly own: string;
  /** Whether a collection goes on in the same line: behind a dash, and behind the colon of a `? key`. */
  readonly isInline: boolean;
}

/** Keys of this many characters or more, or with a line break, are written `? key` / `: value`, as ruamel does. */
const SIMPLE_KEY_LIMIT = 123;

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
    this.#write(this.#root, { head: "", indent: "", own: "", isInline: false }, "$", lines);
    return `${lines.join("\n")}\n`;
  }

  #write(value: unknown, start: Start, place: string, lines: string[]): void {
    const { alias, anchor } = this.#anchorOf(value);
    const { head } = start;
    if (alias !== undefined) {
      lines.push(join(head, alias));
      return;
    }
    const form = classify(value, place);
    if (form.kind === "scalar") {
      // Nothing stands after the colon of an empty value; after a dash a space does, as ruamel writes it.
      lines.push(form.text === "" && head.endsWith("-") ? `${head} ` : join(head, form.text));
      return;
    }
    const members = form.kind === "list" ? form.items : form.entries;
    if (members.length === 0) {
      lines.push(join(head, anchor === "" ? form.empty : `${anchor} ${form.empty}`));
      return;
    }
    // Behind an anchor a collection begins on a line of its own.
    const isInline = start.isInline && anchor === "";
    if (!isInline && (head !== "" || anchor !== "")) lines.push(join(head, anchor));
    const own = form.kind === "list" && !start.isInline ? start.indent : start.own;
    const first = isInline ? `${head} ` : own;
    if (form.kind === "list") this.#writeItems(form.items, first, own, place, lines);
    else this.#writeMembers(form.entries, first, own, place, lines);
  }

  #writeItems(items: readonly unknown[], first: string, own: string, place: string, lines: string[]): void {
    items.forEach((item, index) => {
      const head = `${index === 0 ? first : own}-`;
      this.#write(item, { head, indent: own, own: `${own}  `, isInline: true }, `${place}[${index}]`, lines);
    });
  }

  #writeMembers(
    entries: readonly (readonly [unknown, unknown])[],
    first: string,
    own: string,
    place: string,
    lines: string[],
  ): void {
    entries.forEach(([key, value], index) => {
      const start = index === 0 ? first : own;
      const text = formatKey(key, place);
      const member = `${place}.${textOf(key)}`;
      const isSimple = typeof key !== "string" || (key.length < SIMPLE_KEY_LIMIT && !key.includes("\n"));
      if (!isSimple) lines.push(`${start}? ${text}`);
      const head = isSimple ? `${start}${text}:` : `${own}:`;
      this.#write(value, { head, indent: own, own: `${own}  `, isInline: !isSimple }, member, lines);
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
    return { alias: undefined, anchor: `&${name}` };
  }

  #findShared(value: unknown, seen: Set<object>, place: string, depth: number): void {
    if (depth > 1000) throw new NotRepresentableError(place, "value nested deeper than 1000 levels");
    const form = classify(value, place);
    if (form.kind === "scalar") return;
    const collection = value as object;
    if (seen.has(collection)) {
      this.#shared.set(collection, undefined);
      return;
    }
    seen.add(collection);
    if (form.kind === "list") {
      form.items.forEach((item, index) => this.#findShared(item, seen, `${place}[${index}]`, depth + 1));
    } else {
      for (const [key, member] of form.entries) this.#findShared(member, seen, `${place}.${textOf(key)}`, depth + 1);
    }
  }
}

function join(head: string, text: string): string {
  if (text === "") return head;
  return head === "" ? text : `${head} ${text}`;
}

/** A key as it is named in errors. */
function textOf(key: unknown): string {
  return typeof key === "string" ? key : key instanceof Object ? "{…}" : `${key as number | boolean | null}`;
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
  if (Array.isArray(value)) return { kind: "list", empty: "[]", items: value };
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) {
    return { kind: "list", empty: "[]", items: [...(value as Float64Array)] };
  }
  const entries = value instanceof Map ? [...value] : isPlainObject(value) ? Object.entries(value) : undefined;
  if (entries === undefined) throw new NotRepresentableError(place, value.constructor?.name ?? "special object");
  return { kind: "map", empty: "{}", entries: entries.filter(([, member]) => member !== undefined) };
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
  if (Number.isNaN(date.getTime())) throw new NotRepresentableError(place, "date that is none");
  const iso = date.toISOString();
  const [day = "", time = ""] = iso.replace("Z", "").split("T");
  if (time === "00:00:00.000") return day;
  // Microseconds, as Python has them.
  return `${day} ${time.endsWith(".000") ? time.slice(0, -4) : `${time}000`}`;
}
