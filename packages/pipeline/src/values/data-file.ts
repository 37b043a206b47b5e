import { parsePythonJson, parseYaml } from "@waymark/core";
import { UnreadableFileError } from "../errors.ts";
import { parsePythonParams } from "./python-params.ts";
import { parseTomlValues } from "./toml-values.ts";
import { newMapping } from "./values.ts";

/** Larger files hold no params or metrics a table could show. */
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Parses a params or metrics file by its extension: `.json`, `.toml`, `.py`, everything else YAML. Numbers keep their
 * kind (`FloatValue`, bigint). An empty file is an empty mapping, except that JSON has no empty file.
 *
 * @param path - Named in errors.
 * @param options - `maxBytes`: larger files are refused. Default 10 MiB.
 * @throws A `TrackerError` with the place of what is wrong.
 */
export function parseDataFile(path: string, data: Uint8Array, options: { readonly maxBytes?: number } = {}): unknown {
  const { maxBytes = MAX_BYTES } = options;
  if (data.byteLength > maxBytes) throw new UnreadableFileError(path, `it is larger than ${maxBytes} bytes`);
  const text = decode(path, data);
  switch (/\.[^./]*$/.exec(path)?.[0].toLowerCase()) {
    case ".json":
      return parsePythonJson(text, { path, keepNumberKinds: true });
    case ".toml":
      return parseTomlValues(text, path);
    case ".py":
      return parsePythonParams(text, path);
    default:
      return parseYaml(text, { path, keepNumberKinds: true }) ?? newMapping();
  }
}

function decode(path: string, data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw new UnreadableFileError(path, "it is not UTF-8 text");
  }
}
