import { formatPythonRepr } from "@waymark/core/formats/python-repr";
import { FloatValue } from "@waymark/core";
import { UnreadableFileError } from "../errors.ts";
import { findPythonParams, parsePythonParams, type PythonParam } from "../values/python-params.ts";
import { isMapping, type Mapping } from "../values/values.ts";
import { isSameValue } from "./same-values.ts";

/**
 * Changes the values of params in a Python file where they are assigned. Nothing is run.
 *
 * @throws {@link UnreadableFileError} for params that would have to be added or deleted: there is no telling where.
 */
export function editPythonValues(source: string, wanted: Mapping, path: string): string {
  const before = parsePythonParams(source, path);
  const places = new Map(findPythonParams(source, path).map((param) => [param.keys.join("\0"), param]));
  const edits: { readonly param: PythonParam; readonly text: string }[] = [];
  const visit = (old: Mapping, now: Mapping, keys: readonly string[]): void => {
    const strange = [...Object.keys(old), ...Object.keys(now)].find(
      (key) => !Object.hasOwn(old, key) || !Object.hasOwn(now, key),
    );
    if (strange !== undefined) {
      const name = [...keys, strange].join(".");
      throw new UnreadableFileError(path, `'${name}' can be changed in a Python file, but neither added nor deleted`);
    }
    for (const [key, value] of Object.entries(now)) {
      if (isSameValue(old[key], value)) continue;
      const param = places.get([...keys, key].join("\0"));
      if (param?.value !== undefined) edits.push({ param, text: literal(value) });
      else if (isMapping(old[key]) && isMapping(value)) visit(old[key], value, [...keys, key]);
      else throw new UnreadableFileError(path, `the class '${[...keys, key].join(".")}' cannot become a value`);
    }
  };
  visit(before, wanted, []);
  const ordered = edits.toSorted((a, b) => b.param.start - a.param.start);
  return ordered.reduce(
    (text, { param, text: value }) => text.slice(0, param.start) + value + text.slice(param.end),
    source,
  );
}

function literal(value: unknown): string {
  // Not numbers of the language, but what makes them.
  if (value instanceof FloatValue && !Number.isFinite(value.value)) return `float("${formatPythonRepr(value)}")`;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (value instanceof Map) return mappingLiteral([...value]);
  return isMapping(value) ? mappingLiteral(Object.entries(value)) : formatPythonRepr(value);
}

function mappingLiteral(entries: readonly (readonly [unknown, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${formatPythonRepr(key)}: ${literal(value)}`).join(", ")}}`;
}
