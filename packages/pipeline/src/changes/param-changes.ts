import { UnreadableFileError } from "../errors.ts";
import { parseDataFile } from "../values/data-file.ts";
import type { ParamSelection } from "../project/project.ts";
import { isPythonEqual } from "../values/python-equal.ts";
import type { RevisionSource } from "../project/revision-source.ts";
import { isMapping, member, type Mapping } from "../values/values.ts";

/** What happened to one param, or to the file it is in. */
export type ParamWord = "modified" | "deleted" | "new";

/** How the params of one file differ from what dvc.lock records. */
export interface ParamsChange {
  readonly params: ParamSelection;
  /** The file is missing (`deleted`), or nothing is recorded of it (`new`); `keys` is then empty. */
  readonly word: "deleted" | "new" | undefined;
  /** By dotted key, in the order of the dvc.yaml; for a file that is tracked whole in its own order. */
  readonly keys: ReadonlyMap<string, ParamWord>;
}

const NO_KEYS: ReadonlyMap<string, ParamWord> = new Map();

/**
 * Compares the params of one file with what is recorded.
 *
 * @param values - As {@link readParamsFile} returns them.
 * @returns `undefined` when nothing changed.
 */
export function compareParams(params: ParamSelection, values: Mapping | undefined): ParamsChange | undefined {
  if (values === undefined) return { params, word: "deleted", keys: NO_KEYS };
  const { recorded } = params;
  if (recorded === undefined) return { params, word: "new", keys: NO_KEYS };
  const isWhole = params.keys.length === 0;
  const names = isWhole ? new Set([...Object.keys(values), ...Object.keys(recorded)]) : params.keys;
  const keys = new Map<string, ParamWord>();
  for (const name of names) {
    const actual = isWhole ? values[name] : readParam(values, name);
    if (actual === undefined) keys.set(name, "deleted");
    else if (!Object.hasOwn(recorded, name)) keys.set(name, "new");
    else if (!isPythonEqual(actual, recorded[name])) keys.set(name, "modified");
  }
  return keys.size === 0 ? undefined : { params, word: undefined, keys };
}

/**
 * Reads a params file.
 *
 * @returns `undefined` when there is none.
 * @throws A `TrackerError` when it cannot be parsed, or is a folder.
 */
export async function readParamsFile(source: RevisionSource, path: string): Promise<Mapping | undefined> {
  const data = await source.read(path);
  if (data === undefined) {
    if ((await source.kind(path)) === undefined) return undefined;
    throw new UnreadableFileError(path, "it is not a file, and params can only be read from one");
  }
  const values = parseDataFile(path, data);
  if (!isMapping(values)) throw new UnreadableFileError(path, "it holds no mapping of params");
  return values;
}

/** Returns what a dotted key names; `undefined` when it is not there. */
export function readParam(values: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>(member, values);
}
