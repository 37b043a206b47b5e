import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";
import { TrackerError } from "../errors.ts";
import { isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";
import {
  applyEdits,
  indentLines,
  lineBreakOf,
  linesOf,
  lineStart,
  spanOf,
  startLine,
  type TextEdit,
} from "./yaml-place.ts";

/** A `.dvc` file that is not one. */
export class MalformedDvcFileError extends TrackerError {
  override readonly code = "MALFORMED_DVC_FILE";

  constructor(reason: string, path: string | undefined) {
    super(`${path ?? ".dvc file"}: ${reason}`, { hint: "Restore the file from Git, or add the data again." });
  }
}

/** A `.dvc` file of that name tracks something else already. */
export class ForeignDvcFileError extends TrackerError {
  override readonly code = "FOREIGN_DVC_FILE";
  readonly target: string;

  constructor(tracked: string, target: string, path: string | undefined) {
    super(`${path ?? `${target}.dvc`} tracks ${tracked}, so '${target}' cannot be recorded there`, {
      hint: "Give the file another name, or move the .dvc file away.",
    });
    this.target = target;
  }
}

/** One output that a `.dvc` file tracks. */
export interface DvcOutput {
  /** 32 hex digits, followed by `.dir` for a folder; undefined when nothing was recorded. */
  readonly md5: string | undefined;
  readonly sizeBytes: number | undefined;
  /** Files in a folder; undefined for a file. */
  readonly fileCount?: number | undefined;
  readonly isExecutable?: boolean;
  /** `md5` since DVC 3; undefined for what DVC 2 recorded (`md5-dos2unix`). */
  readonly hash?: "md5" | undefined;
  /** Relative to the folder of the `.dvc` file. */
  readonly path: string;
  /** False when the output is not kept in the cache. */
  readonly isCached?: boolean;
}

/** A `.dvc` file as read. */
export interface DvcFile {
  readonly outputs: readonly DvcOutput[];
  /** True for data that came from elsewhere (`import`, `import-url`): it has dependencies. */
  readonly hasDependencies: boolean;
}

/** Formats the `.dvc` file of one output, byte for byte as `dvc add` does. */
export function formatDvcFile(output: DvcOutput): string {
  return formatYaml({ outs: [entryOf(output)] });
}

function entryOf(output: DvcOutput): Record<string, unknown> {
  return {
    md5: output.md5,
    size: output.sizeBytes,
    nfiles: output.fileCount,
    isexec: output.isExecutable === true ? true : undefined,
    hash: "md5",
    path: output.path,
  };
}

/**
 * Brings an existing `.dvc` file up to date; comments, order and annotations stay, recorded keys that do not apply any
 * more go, missing ones are added last, as DVC does. Byte-identical when nothing changed.
 *
 * @throws {@link ForeignDvcFileError} when the file tracks something else; `MalformedYamlError` when it is no YAML.
 */
export function editDvcFile(text: string, output: DvcOutput, options: { readonly path?: string } = {}): string {
  const { outputs, hasDependencies } = parseDvcFile(text, options);
  const [known, ...others] = outputs;
  if (known === undefined && !hasDependencies) return formatDvcFile(output);
  if (hasDependencies) throw new ForeignDvcFileError("data imported from elsewhere", output.path, options.path);
  if (known === undefined || others.length > 0 || known.path !== output.path) {
    const names = outputs.map(({ path }) => `'${path}'`).join(", ");
    throw new ForeignDvcFileError(names, output.path, options.path);
  }
  const document = parseDocument(text, { version: "1.2" });
  const list = document.get("outs");
  const entry = isSeq(list) ? list.items[0] : undefined;
  if (!isMap(entry)) throw new MalformedDvcFileError("'outs' cannot be edited", options.path);
  const wanted = Object.entries(entryOf(output)).filter(([key]) => key !== "path");
  const changed = wanted.filter(([key, value]) => valueOf(entry, key) !== value);
  if (changed.length === 0) return text;
  const edited = editEntry(text, entry, changed);
  if (edited !== undefined) return edited;
  for (const [key, value] of changed) {
    if (value === undefined) entry.delete(key);
    else entry.set(key, value);
  }
  return document.toString({
    indentSeq: false,
    lineWidth: 0,
    singleQuote: true,
    nullStr: "",
    flowCollectionPadding: false,
  });
}

/** Edits the entry's own lines; undefined where it is not written one `key: value` a line. */
function editEntry(text: string, entry: YAMLMap, changed: readonly (readonly [string, unknown])[]): string | undefined {
  if (entry.flow === true) return undefined;
  const [first, ...rest] = entry.items;
  if (first === undefined) return undefined;
  const keyStart = spanOf(first)[0];
  const column = keyStart - lineStart(text, keyStart);
  const edits: TextEdit[] = [];
  const added: string[] = [];
  for (const [key, value] of changed) {
    const pair = entry.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair === undefined) {
      added.push(formatYaml({ [key]: value }));
    } else if (value === undefined) {
      // The first key shares its line with the dash of the list.
      const next = rest[0];
      if (pair === first && next === undefined) return undefined;
      edits.push(
        pair === first ? { start: keyStart, end: spanOf(next)[0], text: "" } : { ...linesOf(text, pair), text: "" },
      );
    } else {
      const [start, end] = spanOf(pair.value);
      if (end <= start) return undefined;
      edits.push({ start, end, text: formatYaml(value).trimEnd() });
    }
  }
  const at = linesOf(text, entry.items.at(-1)).end;
  const lines = indentLines(added.join(""), column, lineBreakOf(text));
  if (lines !== "") edits.push({ start: at, end: at, text: startLine(text, at) + lines });
  return applyEdits(text, edits);
}

function valueOf(entry: YAMLMap, key: string): unknown {
  const node: unknown = entry.get(key, true);
  return isScalar(node) ? (node.type === "PLAIN" && key === "md5" ? node.source : node.value) : undefined;
}

/**
 * Parses a `.dvc` file.
 *
 * @throws {@link MalformedDvcFileError}, or `MalformedYamlError` with line and column.
 */
export function parseDvcFile(text: string, options: { readonly path?: string } = {}): DvcFile {
  const content = parseYaml(text, options);
  if (content === null) return { outputs: [], hasDependencies: false };
  if (!isPlainObject(content)) throw new MalformedDvcFileError("expected `outs:` with a list", options.path);
  const list = content["outs"] ?? [];
  if (!Array.isArray(list)) throw new MalformedDvcFileError("'outs' is not a list", options.path);
  const dependencies = content["deps"];
  return {
    outputs: list.map((entry) => parseOutput(entry, options.path)),
    hasDependencies: Array.isArray(dependencies) && dependencies.length > 0,
  };
}

function parseOutput(entry: unknown, path: string | undefined): DvcOutput {
  if (!isPlainObject(entry)) throw new MalformedDvcFileError("an entry of 'outs' is not a mapping", path);
  const target = entry["path"];
  if (typeof target !== "string" || target === "") throw new MalformedDvcFileError("an output has no 'path'", path);
  const { md5, size, nfiles } = entry;
  return {
    // DVC quotes a hash that looks like a number; one that was not is taken as its digits.
    md5: typeof md5 === "string" ? md5 : typeof md5 === "number" ? String(md5) : undefined,
    sizeBytes: typeof size === "number" ? size : undefined,
    fileCount: typeof nfiles === "number" ? nfiles : undefined,
    isExecutable: entry["isexec"] === true,
    hash: entry["hash"] === "md5" ? "md5" : undefined,
    path: target,
    isCached: entry["cache"] !== false,
  };
}
