import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { TrackerError } from "../errors.ts";
import { DVC_FILE, DVC_LOCK, DVC_YAML, LOCKED_STAGE } from "./project-file-schemas.ts";
import { listProblems, type Rule, type SchemaProblem } from "./schema.ts";

/** The kinds of files that define a project. */
export type ProjectFileKind = "dvc.yaml" | "dvc.lock" | ".dvc";

/** Something wrong in a project file. Lines and columns count from 1. */
export interface PlacedProblem {
  readonly line: number;
  readonly column: number;
  /** Inside the file: `stages -> train -> deps -> 0`; empty for the file as a whole. */
  readonly place: string;
  readonly reason: string;
}

/** A dvc.yaml, dvc.lock or `.dvc` file that is YAML, but not what DVC allows in it. */
export class InvalidProjectFileError extends TrackerError {
  override readonly code = "INVALID_PROJECT_FILE";
  readonly path: string;
  /** All of them, in the order of the file. */
  readonly problems: readonly PlacedProblem[];

  constructor(path: string, problems: readonly PlacedProblem[]) {
    const lines = problems.map(({ line, column, place, reason }) => {
      const where = place === "" ? "" : `, in ${place}`;
      return `${path}:${line}:${column}: ${reason}${where}`;
    });
    super(lines.length === 1 ? (lines[0] ?? "") : `${path} has ${lines.length} mistakes\n  ${lines.join("\n  ")}`, {
      hint: "Mend the file by hand, or restore it from Git.",
    });
    this.path = path;
    this.problems = problems;
  }
}

const RULES: Readonly<Record<ProjectFileKind, Rule>> = { "dvc.yaml": DVC_YAML, "dvc.lock": DVC_LOCK, ".dvc": DVC_FILE };

/**
 * Checks that a file holds nothing but what DVC 3 allows.
 *
 * @param content - As `parseYaml` returned it; an empty file is an empty mapping.
 * @param text - What it was parsed from: the places of mistakes are looked up in it.
 * @throws {@link InvalidProjectFileError} with all mistakes.
 */
export function checkProjectFile(kind: ProjectFileKind, content: unknown, text: string, path: string): void {
  const problems = listProblems(content ?? {}, RULES[kind]);
  if (problems.length === 0) return;
  const locate = locator(text);
  throw new InvalidProjectFileError(
    path,
    problems.map((problem) => ({ ...locate(problem), place: problem.place.join(" -> "), reason: problem.reason })),
  );
}

/** Tells whether a value is what dvc.lock holds of one stage, and a file of the run cache as a whole. */
export function isLockedStage(content: unknown): boolean {
  return listProblems(content, LOCKED_STAGE).length === 0;
}

function locator(text: string): (problem: SchemaProblem) => { readonly line: number; readonly column: number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", logLevel: "error" });
  return ({ place, isAboutKey }) => {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [depth, step] of place.entries()) {
      const isLast = depth === place.length - 1;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (pair === undefined) break;
        // Nothing stands where a value is missing: its key is the nearest place.
        offset = (isLast && !isAboutKey ? offsetOf(pair.value) : undefined) ?? offsetOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = offsetOf(node) ?? offset;
      } else break;
    }
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}

function offsetOf(node: unknown): number | undefined {
  const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
  if (range === undefined || range === null || range[0] === range[1]) return undefined;
  return range[0];
}
