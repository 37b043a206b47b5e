import { type CharacterTest, parsePattern, PatternError, type PatternNode } from "./pattern-syntax.ts";

export { PatternError } from "./pattern-syntax.ts";

/** A compiled regular expression. */
export interface SafePattern {
  readonly source: string;
  /** Tells whether it matches anywhere in a text. */
  test(text: string): boolean;
}

type Instruction =
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "split"; readonly first: number; readonly second: number }
  | { readonly kind: "jump"; readonly to: number }
  | { readonly kind: "start" | "end" | "boundary" | "no-boundary" | "match" };

/** What {@link emit} has made so far, and how often it was called: parts that make nothing can be repeated, too. */
interface Emitted {
  readonly program: Instruction[];
  calls: number;
}

/** Work on one text is at most instructions × characters, so both have a limit. */
const MAX_INSTRUCTIONS = 2000;
const MAX_CHARACTERS = 65_536;
const WORD_CHARACTER = /[\p{L}\p{N}_]/u;

/**
 * Compiles a regular expression into a machine that reads a text once, following every alternative at the same time. No
 * pattern can make it slow, whatever the text: JavaScript's own tries alternatives one after another, which for some
 * patterns takes exponential time.
 *
 * Of a text, the first 65,536 characters are looked at.
 *
 * @throws {@link PatternError} for what is no regular expression, or needs to look back.
 */
export function compilePattern(source: string): SafePattern {
  const program: Instruction[] = [];
  emit(parsePattern(source), { program, calls: 0 });
  program.push({ kind: "match" });
  return { source, test: (text) => runProgram(program, text) };
}

function emit(node: PatternNode, into: Emitted): void {
  const { program } = into;
  into.calls += 1;
  if (into.calls > MAX_INSTRUCTIONS) throw new PatternError("The pattern is too large", 0);
  switch (node.kind) {
    case "empty":
      return;
    case "character":
      program.push({ kind: "character", test: node.test });
      return;
    case "sequence":
      for (const part of node.parts) emit(part, into);
      return;
    case "choice":
      emitChoice(node.parts, into);
      return;
    case "repeat":
      emitRepeat(node, into);
      return;
    default:
      program.push({ kind: node.kind });
  }
}

function emitChoice(parts: readonly PatternNode[], into: Emitted): void {
  const { program } = into;
  const ends: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) {
      emit(part, into);
      break;
    }
    const split = program.push({ kind: "jump", to: 0 }) - 1;
    emit(part, into);
    ends.push(program.push({ kind: "jump", to: 0 }) - 1);
    program[split] = { kind: "split", first: split + 1, second: program.length };
  }
  for (const end of ends) program[end] = { kind: "jump", to: program.length };
}

function emitRepeat(node: Extract<PatternNode, { kind: "repeat" }>, into: Emitted): void {
  const { program } = into;
  const { part, min, max } = node;
  for (let count = 0; count < min; count += 1) emit(part, into);
  if (max === Infinity) {
    const split = program.push({ kind: "jump", to: 0 }) - 1;
    emit(part, into);
    program.push({ kind: "jump", to: split });
    program[split] = { kind: "split", first: split + 1, second: program.length };
    return;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count += 1) {
    splits.push(program.push({ kind: "jump", to: 0 }) - 1);
    emit(part, into);
  }
  for (const split of splits) program[split] = { kind: "split", first: split + 1, second: program.length };
}

/** Runs the machine: the set of places it can be in after each character. */
function runProgram(program: readonly Instruction[], text: string): boolean {
  const characters = Array.from(text.slice(0, MAX_CHARACTERS));
  // The step in which a place was last entered, so that each is entered once a step.
  const entered = new Int32Array(program.length).fill(-1);
  let current: number[] = [];
  const stack: number[] = [];
  for (let at = 0; at <= characters.length; at += 1) {
    const next: number[] = [];
    stack.push(0);
    // What is reached without reading: first from where it stands already, and from the beginning again.
    for (const place of current) stack.push(place);
    while (stack.length > 0) {
      const place = stack.pop() as number;
      if (entered[place] === at) continue;
      entered[place] = at;
      const instruction = program[place] as Instruction;
      switch (instruction.kind) {
        case "match":
          return true;
        case "character":
          if (at < characters.length && instruction.test(characters[at] as string)) next.push(place + 1);
          break;
        case "jump":
          stack.push(instruction.to);
          break;
        case "split":
          stack.push(instruction.first, instruction.second);
          break;
        default:
          if (holds(instruction.kind, characters, at)) stack.push(place + 1);
      }
    }
    current = next;
  }
  return false;
}

function holds(kind: "start" | "end" | "boundary" | "no-boundary", characters: readonly string[], at: number): boolean {
  if (kind === "start") return at === 0;
  if (kind === "end") return at === characters.length;
  const isWord = (index: number): boolean => WORD_CHARACTER.test(characters[index] ?? " ");
  return (isWord(at - 1) !== isWord(at)) === (kind === "boundary");
}
