import { randomBytes } from "node:crypto";
import { APPLIED_REF, DVC_APPLIED_REF } from "../applied.ts";
import { parseExperimentRef } from "../experiment-ref.ts";
import { parseLabelRef } from "../labels/label-refs.ts";

/** Where operations are recorded: one ref each, naming a commit that keeps what the operation took away. */
export const OPERATION_NAMESPACE = "refs/waymark/trash/";

/** What was done. `undo` takes back another operation, which may itself be an `undo`. */
export type OperationKind = "apply" | "remove" | "rename" | "gc" | "rebase" | "thin" | "pull" | "tag" | "note" | "undo";

const KINDS: readonly string[] = ["apply", "remove", "rename", "gc", "rebase", "thin", "pull", "tag", "note", "undo"];

/** What an operation did to one ref. */
export interface RefChange {
  readonly ref: string;
  /** What it named before; `null`: it was not there. */
  readonly oldId: string | null;
  /** What it named afterwards; `null`: it was gone. */
  readonly newId: string | null;
}

/** The workspace as an operation found it, and what it made of it. */
export interface OperationWorkspace {
  /** Commit that holds it as it was before, and says what was where. */
  readonly commit: string;
  /** Commit whose files it got: they can be had again. */
  readonly applied: string;
}

/** What the record of an operation says. */
export interface OperationRecord {
  readonly kind: OperationKind;
  /** One line for people: `remove 'brave-bat' and 'calm-cod'`. */
  readonly summary: string;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly changes: readonly RefChange[];
  /** What the operation did to files. */
  readonly workspace: OperationWorkspace | undefined;
  /** The operation that this one took back. */
  readonly undoes: string | undefined;
}

/** An operation that was recorded. */
export interface Operation extends OperationRecord {
  /** For people to type: `20261123T054501Z-123a1b2`. Of two operations, the later one has the greater id. */
  readonly id: string;
  readonly ref: string;
  /** The commit that keeps everything. */
  readonly commit: string;
}

/** Makes the id of an operation: the moment in UTC, its milliseconds, and four random digits. */
export function newOperationId(now: Date): string {
  const [seconds = "", millis = ""] = now.toISOString().replaceAll(/[-:Z]/gu, "").split(".");
  return `${seconds}Z-${millis}${randomBytes(2).toString("hex")}`;
}

/** Tells when an operation was recorded, in milliseconds since the epoch, by its id; `undefined` for what is no id. */
export function operationTime(id: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{4,16}$/u.exec(id);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The id of the operation that a ref records; `undefined` for any other ref. */
export function operationId(ref: string): string | undefined {
  const id = ref.startsWith(OPERATION_NAMESPACE) ? ref.slice(OPERATION_NAMESPACE.length) : "";
  return operationTime(id) === undefined ? undefined : id;
}

/**
 * Tells what kind of object a ref names that an undo may set.
 *
 * A record is data of a repository, and may have come from anywhere: branches, tags and everything else that is not of
 * experiments stay out of its reach.
 *
 * @returns `undefined` for every other ref.
 */
export function restorableType(ref: string): "commit" | "blob" | undefined {
  if (parseExperimentRef(ref) !== undefined || ref === APPLIED_REF || ref === DVC_APPLIED_REF) return "commit";
  return parseLabelRef(ref) === undefined ? undefined : "blob";
}

/** Formats the message of a record: the summary, and below it everything as JSON. */
export function formatOperation(record: OperationRecord): string {
  const { kind, summary, timeMs, changes, workspace, undoes } = record;
  const json = { version: 1, kind, summary, timeMs, changes, workspace, undoes };
  return `${summary.replaceAll("\n", " ")}\n\n${JSON.stringify(json)}\n`;
}

/** Parses what {@link formatOperation} wrote; `undefined` for what is none, or would touch a ref that it must not. */
export function parseOperation(message: string): OperationRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message.slice(message.indexOf("\n\n") + 2));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["version"] !== 1) return undefined;
  const { kind, summary, timeMs, changes, workspace, undoes } = value;
  if (!isKind(kind) || typeof summary !== "string" || typeof timeMs !== "number" || !Array.isArray(changes)) {
    return undefined;
  }
  if (workspace !== undefined && !isWorkspace(workspace)) return undefined;
  if (undoes !== undefined && (typeof undoes !== "string" || operationTime(undoes) === undefined)) return undefined;
  const parsed = changes.flatMap((change: unknown) => parseChange(change) ?? []);
  const isDoubled = new Set(parsed.map(({ ref }) => ref)).size < parsed.length;
  if (parsed.length < changes.length || isDoubled) return undefined;
  return { kind, summary, timeMs, changes: parsed, workspace, undoes };
}

function parseChange(value: unknown): RefChange | undefined {
  if (!isRecord(value)) return undefined;
  const { ref, oldId, newId } = value;
  if (typeof ref !== "string" || restorableType(ref) === undefined) return undefined;
  if ((oldId !== null && !isId(oldId)) || (newId !== null && !isId(newId))) return undefined;
  return { ref, oldId, newId };
}

function isKind(value: unknown): value is OperationKind {
  return typeof value === "string" && KINDS.includes(value);
}

function isWorkspace(value: unknown): value is OperationWorkspace {
  return isRecord(value) && isId(value["commit"]) && isId(value["applied"]);
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40}$/u.test(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
