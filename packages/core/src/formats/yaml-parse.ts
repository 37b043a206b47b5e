import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Scalar } from "yaml";
import { TrackerError } from "../errors.ts";
import { isPlainObject } from "./plain-data.ts";
import { FloatValue } from "./python-number.ts";
import { resolvePlain } from "./yaml-scalar.ts";
import { parseSimpleYaml } from "./yaml-simple.ts";

/** A YAML text that does not parse. Lines and columns count from 1. */
export class MalformedYamlError extends TrackerError {
  override readonly code = "MALFORMED_YAML";
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number, path: string | undefined, hint?: string) {
    super(`${path ?? "YAML"}:${line}:${column}: ${reason}`, { hint });
    this.line = line;
    this.column = column;
  }
}

/** How {@link parseYaml} reads. */
export interface ParseYamlOptions {
  /** Named in errors. */
  readonly path?: string;
  /** Keep `1.0` apart from `1` as {@link FloatValue}, and integers beyond 2^53 as bigint. Default false. */
  readonly keepNumberKinds?: boolean;
  /** What plain scalars stand for, for files of programs with rules of their own. Default: DVC's rules. */
  readonly resolvePlain?: (plain: string) => unknown;
  /** Read mappings as `Map`, whose keys keep their kind: `1` is another key than `"1"`. Default false: as objects. */
  readonly keepKeyKinds?: boolean;
}

const MAX_BYTES = 10 << 20;
const MAX_DEPTH = 100;
const MAX_ALIASES = 100;
/** Values that aliases may stand for in all: what a small file can grow to. */
const MAX_VALUES = 1_000_000;

/**
 * Parses one YAML document as DVC reads it: YAML 1.2 core, integers with `_`, `0b`, `0o` and leading zeros.
 *
 * The result is plain data. Objects have no prototype, so a key such as `__proto__` is a key like any other. Tags do
 * nothing; merge keys (`<<`) are honoured as DVC does. Dates stay text.
 *
 * @throws {@link MalformedYamlError} with line and column, also for a file over 10 MB, nesting over 100 levels, over
 *   100 aliases, and duplicate keys.
 */
export function parseYaml(text: string, options: ParseYamlOptions = {}): unknown {
  const { path } = options;
  if (text.length > MAX_BYTES) throw new MalformedYamlError(`the file is larger than ${MAX_BYTES} bytes`, 1, 1, path);
  const simple =
    options.keepKeyKinds === true ? undefined : parseSimpleYaml(text, (plain) => plainValue(plain, options), keyText);
  if (simple !== undefined) return simple;
  refuseDeepFlow(text, path);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: "1.2",
    merge: false,
    intAsBigInt: false,
    prettyErrors: false,
    // Silent would also let a second document pass.
    logLevel: "error",
    strict: true,
    // Looked after by the reader: the library compares every key with every other.
    uniqueKeys: false,
    stringKeys: false,
  });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    // The library's own recursion ran out of stack.
    const isTooDeep = problem.message.includes("call stack");
    const reason = isTooDeep ? `nested deeper than ${MAX_DEPTH} levels` : problem.message.replace(/\s+/g, " ");
    throw new MalformedYamlError(reason, Math.max(1, line), Math.max(1, col), path, conflictHint(text));
  }
  if (document.contents === null) return null;
  return new Reader(lines, options, (alias) => alias.resolve(document) ?? undefined).read(document.contents, 0);
}

/** What a merge leaves in a file that it could not finish is the likeliest reason for YAML that does not parse. */
function conflictHint(text: string): string | undefined {
  const marker = /^[<=>]{7}(?: .*)?$/mu.exec(text);
  if (marker === null) return undefined;
  const line = text.slice(0, marker.index).split("\n").length;
  return `Git's conflict marker is in line ${line}: decide which side to keep, and remove the markers.`;
}

// The parser recurses per level; a file of brackets would overflow its stack before any check of ours.
function refuseDeepFlow(text: string, path: string | undefined): void {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth = Math.max(0, depth - 1);
    else if (code === 0x0a && depth === 0) continue;
    // Brackets inside strings and comments count too: ten times the limit leaves room for them.
    if (deepest > MAX_DEPTH * 10) {
      const line = text.slice(0, at).split("\n").length;
      throw new MalformedYamlError(`nested deeper than ${MAX_DEPTH} levels`, line, 1, path);
    }
  }
}

type Resolve = (alias: import("yaml").Alias) => Node | undefined;

class Reader {
  readonly #lines: LineCounter;
  readonly #options: ParseYamlOptions;
  readonly #resolve: Resolve;
  #aliases = 0;
  #values = 0;

  constructor(lines: LineCounter, options: ParseYamlOptions, resolve: Resolve) {
    this.#lines = lines;
    this.#options = options;
    this.#resolve = resolve;
  }

  read(node: unknown, depth: number): unknown {
    if (node === null || node === undefined) return null;
    this.#values += 1;
    if (depth > MAX_DEPTH) throw this.#error(`nested deeper than ${MAX_DEPTH} levels`, node);
    if (this.#values > MAX_VALUES) throw this.#error(`more than ${MAX_VALUES} values`, node);
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > MAX_ALIASES) throw this.#error(`more than ${MAX_ALIASES} aliases`, node);
      const target = this.#resolve(node);
      if (target === undefined) throw this.#error(`unknown alias '*${node.source}'`, node);
      return this.read(target, depth + 1);
    }
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    if (isMap(node)) return this.#options.keepKeyKinds === true ? this.#typed(node, depth) : this.#map(node, depth);
    throw this.#error("unexpected content", node);
  }

  #map(node: { readonly items: readonly { key: unknown; value: unknown }[] }, depth: number): Record<string, unknown> {
    const result = Object.create(null) as Record<string, unknown>;
    const merged: Record<string, unknown>[] = [];
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.value === "<<" && key.type === "PLAIN") {
        const sources = this.read(value, depth + 1);
        merged.push(...(Array.isArray(sources) ? sources : [sources]).filter(isPlainObject));
        continue;
      }
      const name = keyText(this.read(key, depth + 1));
      if (name === undefined) throw this.#error("a key may not be a list or a mapping", key);
      if (name in result) throw this.#error(`the key '${name.slice(0, 60)}' is there twice`, key);
      result[name] = this.read(value, depth + 1);
    }
    for (const source of merged) {
      for (const [name, value] of Object.entries(source)) if (!(name in result)) result[name] = value;
    }
    return result;
  }

  #typed(node: { readonly items: readonly { key: unknown; value: unknown }[] }, depth: number): Map<unknown, unknown> {
    const own: [unknown, unknown][] = [];
    const names = new Set<string>();
    const merged: Map<unknown, unknown>[] = [];
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.value === "<<" && key.type === "PLAIN") {
        const sources = this.read(value, depth + 1);
        merged.push(...(Array.isArray(sources) ? sources : [sources]).filter((source) => source instanceof Map));
        continue;
      }
      const typed = this.read(key, depth + 1);
      const name = keyText(typed);
      if (name === undefined) throw this.#error("a key may not be a list or a mapping", key);
      if (names.has(`${typeof typed}:${name}`)) throw this.#error(`the key '${name.slice(0, 60)}' is there twice`, key);
      names.add(`${typeof typed}:${name}`);
      own.push([typed, this.read(value, depth + 1)]);
    }
    // What is merged comes first, and of several the first has the last word.
    return new Map([...merged.reverse().flatMap((source) => [...source]), ...own]);
  }

  #scalar(node: Scalar): unknown {
    if (node.type !== "PLAIN" || node.tag !== undefined) return node.value;
    return plainValue(node.source ?? "", this.#options);
  }

  #error(reason: string, node: unknown): MalformedYamlError {
    const range = (node as { range?: readonly number[] | null }).range;
    const { line, col } = this.#lines.linePos(range?.[0] ?? 0);
    return new MalformedYamlError(reason, Math.max(1, line), Math.max(1, col), this.#options.path);
  }
}

function plainValue(text: string, options: ParseYamlOptions): unknown {
  const value = (options.resolvePlain ?? resolvePlain)(text);
  if (options.keepNumberKinds === true) return value;
  if (value instanceof FloatValue) return value.value;
  return typeof value === "bigint" ? Number(value) : value;
}

function keyText(key: unknown): string | undefined {
  switch (typeof key) {
    case "string":
      return key;
    case "number":
    case "bigint":
    case "boolean":
      return `${key}`;
    default:
      if (key === null) return "null";
      return key instanceof FloatValue ? `${key.value}` : undefined;
  }
}
