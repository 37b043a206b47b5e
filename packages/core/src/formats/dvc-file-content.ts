import { checkProjectFile } from "./check-project-file.ts";
import { emptyRecord, isPlainObject } from "./plain-data.ts";
import { formatCompactPythonJson } from "./python-json.ts";
import { formatYaml } from "./yaml.ts";
import { editYamlContent } from "./yaml-edit.ts";
import { parseYaml } from "./yaml-parse.ts";

/** A `.dvc` file as a mapping of the keys DVC knows. */
export type DvcFileContent = Readonly<Record<string, unknown>>;

/** Keys of the top level, in the order DVC writes them; `locked` is what DVC 1 called `frozen`. */
const TOP_KEYS = ["desc", "md5", "wdir", "frozen", "locked", "deps", "outs", "always_changed", "meta"];
/** Keys of an entry that outputs and dependencies share, then those of each, in the order DVC writes them. */
const CONTENT_KEYS = ["md5", "etag", "checksum", "size", "nfiles", "isexec", "version_id", "hash", "path", "fs_config"];
const ENTRY_KEYS = [...CONTENT_KEYS, "files", "cloud"];
const OUT_KEYS = ["desc", "type", "labels", "meta", "cache", "persist", "remote", "push"];
const DEP_KEYS = ["repo", "db"];
/** Keys that say nothing about what a stage is; they do not enter its checksum, at whatever depth they stand. */
const IDENTITY_FREE = new Set([
  "desc",
  "type",
  "labels",
  "meta",
  "locked",
  "frozen",
  "metric",
  "persist",
  "isexec",
  "size",
  "nfiles",
]);

/**
 * Parses a `.dvc` file and checks it as DVC does, which refuses keys it does not know.
 *
 * @returns An empty mapping for an empty file.
 * @throws `InvalidProjectFileError` with the place of every mistake, or `MalformedYamlError`.
 */
export function parseDvcFileContent(text: string, options: { readonly path?: string } = {}): DvcFileContent {
  const content = parseYaml(text, options);
  checkProjectFile(".dvc", content, text, options.path ?? ".dvc file");
  return isPlainObject(content) ? content : emptyRecord();
}

/** Formats a `.dvc` file with its keys in DVC's order, whatever order they come in; `undefined` members are left out. */
export function formatDvcFileContent(content: DvcFileContent): string {
  const entries = (list: unknown): unknown => (Array.isArray(list) ? list.map(orderEntry) : undefined);
  return formatYaml(order({ ...content, deps: entries(content["deps"]), outs: entries(content["outs"]) }, TOP_KEYS));
}

/**
 * Makes a `.dvc` file hold other content; comments, order and annotations stay, new keys are added last, as DVC does.
 *
 * @param text - `undefined` when there is no such file yet.
 */
export function editDvcFileContent(text: string | undefined, content: DvcFileContent): string {
  return text === undefined || text.trim() === "" ? formatDvcFileContent(content) : editYamlContent(text, content);
}

/**
 * Formats what the checksum of an imported `.dvc` file is made of: its MD5 in hex is the file's top-level `md5`. A
 * wrong one makes DVC report `changed checksum`.
 */
export function formatDvcFileIdentity(content: DvcFileContent): string {
  const { md5: _md5, wdir, ...rest } = content;
  const identity = withoutAnnotations(wdir === undefined || wdir === "." ? rest : { ...rest, wdir });
  return formatCompactPythonJson(identity, { sortKeys: true });
}

function withoutAnnotations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAnnotations);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !IDENTITY_FREE.has(key) && member !== undefined)
      .map(([key, member]) => [key, withoutAnnotations(member)]),
  );
}

function orderEntry(entry: unknown): unknown {
  if (!isPlainObject(entry)) return entry;
  return order(entry, [...ENTRY_KEYS, ...DEP_KEYS, ...OUT_KEYS]);
}

function order(mapping: DvcFileContent, keys: readonly string[]): DvcFileContent {
  const rank = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return Object.fromEntries(
    Object.entries(mapping)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => rank(a) - rank(b)),
  );
}
