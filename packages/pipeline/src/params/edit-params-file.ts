import { formatCompactPythonJson, yamlValueEditor } from "@waymark/core";
import { UnreadableFileError } from "../errors.ts";
import { parseDataFile } from "../values/data-file.ts";
import { isMapping, type Mapping, newMapping } from "../values/values.ts";
import { editPythonValues } from "./edit-python-values.ts";
import { editTomlValues } from "./edit-toml-values.ts";

/**
 * Reads the values of a params file, by its extension. A file that is not there holds none.
 *
 * @param path - Named in errors.
 * @throws A `TrackerError` with the place of what is wrong, also for a file whose top level is no mapping.
 */
export function readParamsFile(path: string, data: Uint8Array | undefined): Mapping {
  if (data === undefined) return newMapping();
  const values = parseDataFile(path, data);
  if (isMapping(values)) return values;
  throw new UnreadableFileError(path, "its top level is no mapping, and holds no params");
}

/**
 * Changes the values of a params file as real DVC does with `-S`, and keeps what does not change: of YAML and TOML
 * comments, order and layout, of Python everything but the values that change. JSON is written as DVC writes it, on one
 * line.
 *
 * @param data - The file as it is; `undefined` for a new one.
 * @param wanted - Everything it is to hold, numbers with their kind; mappings that are added may be `Map`s, whose keys
 *   keep their kind.
 * @throws {@link UnreadableFileError} for what the format cannot hold.
 */
export function editParamsFile(path: string, data: Uint8Array | undefined, wanted: Mapping): Uint8Array {
  return paramsFileEditor(path, data)(wanted);
}

/** As {@link editParamsFile}, for many versions of one file. */
export function paramsFileEditor(path: string, data: Uint8Array | undefined): (wanted: Mapping) => Uint8Array {
  const text = data === undefined ? "" : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  const edit = textEditor(path, text);
  return (wanted) => new TextEncoder().encode(edit(wanted));
}

function textEditor(path: string, text: string): (wanted: Mapping) => string {
  switch (/\.[^./]*$/.exec(path)?.[0].toLowerCase()) {
    case ".json":
      return (wanted) => formatCompactPythonJson(wanted);
    case ".toml":
      return (wanted) => editTomlValues(text, wanted, path);
    case ".py":
      return (wanted) => editPythonValues(text, wanted, path);
    default:
      return yamlValueEditor(text);
  }
}
