import { formatDvcLock, orderStage, parseDvcLock, type DvcLockStage, type ParseDvcLockOptions } from "./dvc-lock.ts";
import { emptyRecord } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";
import { lineBreakOf } from "./yaml-place.ts";

/** Where the entry of a stage stands in the text: whole lines. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The stages of a dvc.lock that is laid out as both tools write it. */
interface Layout {
  readonly spans: ReadonlyMap<string, Span>;
  /** Blanks before the name of a stage. */
  readonly indent: string;
  /** Where a new stage goes. */
  readonly end: number;
}

/** The name of a stage at the beginning of its line: quoted, or plain up to the first colon before a blank. */
const STAGE_NAME = /^ +(?<name>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s'"#&*!|>%@`?[\]{},-].*?|-[^\s].*?):(?:\s|$)/;
/** An anchor or an alias, which may concern other stages. */
const ANCHOR = /^ *(?:- +)*(?:[^\s:'"]+: +)?[&*]\w/m;

/**
 * Records stages in a dvc.lock: those that are there where they stand, new ones at the end. Every other byte stays. An
 * entry that says the same already stays as it is, too.
 *
 * The text is not parsed as a whole, since a pipeline of hundreds of stages records each of them as it finishes; only
 * a file that is laid out in another way than the tools write is.
 *
 * @param text - `undefined` when there is no such file yet.
 * @param stages - By name; `undefined` takes a stage out.
 * @returns The new text; `undefined` when no stage is left.
 * @throws As `parseDvcLock`.
 */
export function editDvcLock(
  text: string | undefined,
  stages: ReadonlyMap<string, DvcLockStage | undefined>,
  options: ParseDvcLockOptions = {},
): string | undefined {
  let result: string | undefined = text?.trim() === "" ? undefined : text;
  for (const [name, stage] of stages) result = editStage(result, name, stage, options);
  return result;
}

function editStage(
  text: string | undefined,
  name: string,
  stage: DvcLockStage | undefined,
  options: ParseDvcLockOptions,
): string | undefined {
  if (text === undefined) return stage === undefined ? undefined : formatDvcLock({ stages: { [name]: stage } });
  const layout = findLayout(text);
  if (layout === undefined) return rewrite(text, name, stage, options);
  const span = layout.spans.get(name);
  if (stage === undefined) {
    if (span === undefined) return text;
    return layout.spans.size === 1
      ? rewrite(text, name, stage, options)
      : text.slice(0, span.start) + text.slice(span.end);
  }
  const entry = formatYaml({ [name]: orderStage(stage) });
  const lines = entry.replace(/^(?=.)/gm, layout.indent);
  const wanted = lineBreakOf(text) === "\n" ? lines : lines.replaceAll("\n", "\r\n");
  if (span === undefined) {
    const before = text.slice(0, layout.end);
    return (before.endsWith("\n") ? before : before + lineBreakOf(text)) + wanted + text.slice(layout.end);
  }
  const current = text.slice(span.start, span.end);
  if (current === wanted) return text;
  if (ANCHOR.test(current)) return rewrite(text, name, stage, options);
  // Laid out in another way, it may say the same.
  if (formatYaml(parseYaml(current, { ...options, keepNumberKinds: true })) === entry) return text;
  return text.slice(0, span.start) + wanted + text.slice(span.end);
}

/** Flow style, anchors, odd names: read as a whole and written as DVC does. */
function rewrite(
  text: string,
  name: string,
  stage: DvcLockStage | undefined,
  options: ParseDvcLockOptions,
): string | undefined {
  const lock = parseDvcLock(text, options);
  const stages = Object.assign(emptyRecord(), lock.stages) as Record<string, DvcLockStage>;
  if (stage === undefined) delete stages[name];
  else stages[name] = stage;
  if (Object.keys(stages).length === 0 && lock.datasets === undefined) return undefined;
  return formatDvcLock({ stages, datasets: lock.datasets });
}

/** Finds the stages by their lines; `undefined` when the file is not laid out one stage after the other. */
function findLayout(text: string): Layout | undefined {
  const top = /^stages:[ \t]*\r?\n/m.exec(text);
  if (top === null || !/^schema: (['"])2\.0\1[ \t]*\r?$/m.test(text) || /^\?/m.test(text)) return undefined;
  const spans = new Map<string, Span>();
  let indent: string | undefined;
  let open: { name: string; start: number } | undefined;
  let end = top.index + top[0].length;
  let at = end;
  const close = (): void => {
    if (open !== undefined) spans.set(open.name, { start: open.start, end });
    open = undefined;
  };
  while (at < text.length) {
    const next = nextLine(text, at);
    const column = columnOf(text, at, next);
    // Blank lines and comments belong to what follows them.
    if (column >= 0) {
      if (column === 0) break;
      indent ??= text.slice(at, at + column);
      if (column < indent.length) return undefined;
      if (column === indent.length) {
        close();
        const name = stageName(text.slice(at, next));
        if (name === undefined || spans.has(name)) return undefined;
        open = { name, start: at };
      }
      end = next;
    }
    at = next;
  }
  close();
  return indent === undefined ? undefined : { spans, indent, end };
}

function nextLine(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

/** Blanks at the beginning of a line; negative for a line that holds nothing, or a comment. */
function columnOf(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === 0x20) at += 1;
  const code = text.charCodeAt(at);
  const isNothing = at >= end || code === 0x0a || code === 0x0d || code === 0x09 || code === 0x23;
  return isNothing ? -1 : at - start;
}

function stageName(line: string): string | undefined {
  const written = STAGE_NAME.exec(line)?.groups?.["name"];
  if (written === undefined) return undefined;
  // Most names are plain words; the others are read as YAML reads them.
  if (/^[A-Za-z_][\w@.-]*$/.test(written)) return written;
  const [name] = Object.keys(parseYaml(`${written}:\n`) as object);
  return name;
}
