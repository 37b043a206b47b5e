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
  readBlock(splitPythonLines(source), 0, 0, result, { path, depth: 0, target: /^/ });
  return result;
}

interface Block {
  readonly path: string;
  readonly depth: number;
  /** What stands before an assigned name: nothing, or `self.`. */
  readonly target: RegExp;
}

/** Reads the lines of one block and returns the index of the first line after it. */
function readBlock(lines: readonly PythonLine[], start: number, indent: number, into: Mapping, block: Block): number {
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
      const members = newMapping();
      at = readBelow(lines, at, line, members, { ...block, depth: block.depth + 1 });
      into[name] = members;
    } else if (/^def\s+__init__\s*\(/.test(line.text) && block.depth > 0) {
      at = readBelow(lines, at, line, into, { ...block, depth: block.depth + 1, target: /^self\./ });
    } else if (line.text.endsWith(":")) {
      at = skipBelow(lines, at, line);
    } else {
      for (const statement of line.text.split(/;(?=\s*[\w.]+\s*[:=])/)) assign(statement.trim(), into, block.target);
    }
  }
  return at;
}

function readBelow(lines: readonly PythonLine[], start: number, head: PythonLine, into: Mapping, block: Block): number {
  const first = lines[start];
  if (first === undefined || first.indent <= head.indent) return start;
  return readBlock(lines, start, first.indent, into, block);
}

function skipBelow(lines: readonly PythonLine[], start: number, head: PythonLine): number {
  let at = start;
  while (at < lines.length && (lines[at]?.indent ?? 0) > head.indent) at += 1;
  return at;
}

function assign(statement: string, into: Mapping, target: RegExp): void {
  if (!target.test(statement)) return;
  const match = /^(\w+)\s*(?::[^=]*?)?=(?!=)\s*([\s\S]+)$/.exec(statement.replace(target, ""));
  const [, name, expression] = match ?? [];
  if (name === undefined || expression === undefined) return;
  const value = parsePythonLiteral(expression);
  if (value !== NOT_A_LITERAL) into[name] = value;
}
