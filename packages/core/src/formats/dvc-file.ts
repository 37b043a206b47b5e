import { TrackerError } from "../errors.ts";
import { isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { editYamlContent } from "./yaml-edit.ts";
import { parseYaml } from "./yaml-parse.ts";

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
  const content = parseYaml(text, options) as Record<string, unknown>;
  const [entry] = content["outs"] as readonly Record<string, unknown>[];
  // A hash that was not quoted is the same hash.
  const written = entry?.["md5"] === undefined ? undefined : known.md5;
  const wanted = { ...entry, ...entryOf(output), ...(written === output.md5 ? { md5: entry?.["md5"] } : {}) };
  return editYamlContent(text, { ...content, outs: [wanted] });
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
