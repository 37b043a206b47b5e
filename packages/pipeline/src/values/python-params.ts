import { UnreadableFileError } from "../errors.ts";
import { NOT_A_LITERAL, parsePythonLiteral } from "./python-literal.ts";
import { splitPythonLines, type PythonLine } from "./python-lines.ts";
import { newMapping, type Mapping } from "./values.ts";

const MAX_DEPTH = 50;

/**
 * Reads params from a Python file without running it: `NAME = literal` at the top and in classes (nested mappings),
 * with or without a type annotation, and `self.name = literal` in `__init__`. Everything else is passed over.
 *
 * @throws {@link UnreadableFileError} for nesting that no params file has.
 */
export function parsePythonParams(source: string, path: string): Mapping {
  const result = newMapping();
  for (const { keys, value } of findPythonParams(source, path)) place(result, keys, value);
  return result;
}

/** A param of a Python file, and where its value stands. */
export interface PythonParam {
  /** Classes around it, and its name. */
  readonly keys: readonly string[];
  /** `undefined` for a class, which is a mapping even when it holds no params. */
  readonly value: unknown;
  /** Indexes in the source of the first character of its value and behind the last. */
  readonly start: number;
  readonly end: number;
}

/** Finds the params of a Python file, in its order; of params of one name the last counts. */
export function findPythonParams(source: string, path: string): readonly PythonParam[] {
  const found: PythonParam[] = [];
  readBlock(splitPythonLines(source), 0, 0, found, { path, depth: 0, keys: [], target: /^/ });
  return found;
}

function place(into: Mapping, keys: readonly string[], value: unknown): void {
  const [first = "", ...rest] = keys;
  if (rest.length > 0) place(into[first] as Mapping, rest, value);
  else into[first] = value === undefined ? newMapping() : value;
}

interface Block {
  readonly path: string;
  readonly depth: number;
  /** Names of the classes around it. */
  readonly keys: readonly string[];
  /** What stands before an assigned name: nothing, or `self.`. */
  readonly target: RegExp;
}

/** Reads the lines of one block and returns the index of the first line after it. */
function readBlock(
  lines: readonly PythonLine[],
  start: number,
  indent: number,
  into: PythonParam[],
  block: Block,
): number {
  if (block.depth > MAX_DEPTH) {
    throw new UnreadableFileError(
      `${block.path}:${lines[start]?.line ?? 0}`,
      `nested deeper than ${MAX_DEPTH} classes`,
    );
  }
  let at = start;
  while (at < lines.length) {
    const line = lines[at];
    if (line === undefined || line.indent < indent) return at;
    at += 1;
    const name = /^class\s+(\w+)\s*[(:]/.exec(line.text)?.[1];
    if (name !== undefined && block.target.source === "^") {
      const keys = [...block.keys, name];
      const members: PythonParam[] = [{ keys, value: undefined, start: 0, end: 0 }];
      at = readBelow(lines, at, line, members, { ...block, depth: block.depth + 1, keys });
      into.push(...members);
    } else if (/^def\s+__init__\s*\(/.test(line.text) && block.depth > 0) {
      at = readBelow(lines, at, line, into, { ...block, depth: block.depth + 1, target: /^self\./ });
    } else if (line.text.endsWith(":")) {
      at = skipBelow(lines, at, line);
    } else {
      let from = 0;
      for (const statement of line.text.split(/;(?=\s*[\w.]+\s*[:=])/)) {
        assign(statement, from, line, into, block);
        from += statement.length + 1;
      }
    }
  }
  return at;
}

function readBelow(
  lines: readonly PythonLine[],
  start: number,
  head: PythonLine,
  into: PythonParam[],
  block: Block,
): number {
  const first = lines[start];
  if (first === undefined || first.indent <= head.indent) return start;
  return readBlock(lines, start, first.indent, into, block);
}

function skipBelow(lines: readonly PythonLine[], start: number, head: PythonLine): number {
  let at = start;
  while (at < lines.length && (lines[at]?.indent ?? 0) > head.indent) at += 1;
  return at;
}

function assign(statement: string, from: number, line: PythonLine, into: PythonParam[], block: Block): void {
  const trimmed = statement.trim();
  if (!block.target.test(trimmed)) return;
  const match = /^(\w+)\s*(?::[^=]*?)?=(?!=)\s*([\s\S]+)$/.exec(trimmed.replace(block.target, ""));
  const [, name, expression] = match ?? [];
  if (name === undefined || expression === undefined) return;
  const value = parsePythonLiteral(expression);
  if (value === NOT_A_LITERAL) return;
  // The expression is the end of the statement.
  const last = from + statement.trimEnd().length - 1;
  const start = line.offsets[last - expression.length + 1] ?? 0;
  into.push({ keys: [...block.keys, name], value, start, end: (line.offsets[last] ?? 0) + 1 });
}
