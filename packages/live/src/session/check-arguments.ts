import { relative, sep } from "node:path";
import { InvalidDataTypeError, InvalidOptionError } from "../errors.ts";

/** Checks of arguments that TypeScript makes and plain JavaScript does not. All throw before anything is written. */

/** @throws {@link InvalidOptionError} when options are not an object, such as the `true` of a flag by position. */
export function checkOptions(options: unknown, expected = "an object"): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOptionError("options", options, expected);
  }
}

/** @throws {@link InvalidDataTypeError} when values by name are anything else: a list or a map would log nothing. */
export function checkRecord(what: string, value: unknown): void {
  const isRecord =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !(value instanceof Map || value instanceof Set);
  if (!isRecord)
    throw new InvalidDataTypeError(what, value, "Pass an object of values by name, such as { loss: 0.1 }.");
}

/** @throws {@link InvalidOptionError} when a name is not text. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== "string") throw new InvalidOptionError("name", name, "text, such as 'train/loss'");
}

/** @throws {@link InvalidOptionError} when a path to be kept is the folder of the run, or a folder around it. */
export function checkOutside(dir: string, path: string): void {
  const from = relative(path, dir);
  if (from === ".." || from.startsWith(`..${sep}`)) return;
  throw new InvalidOptionError("path", path, "a file or folder that does not hold the run's own folder");
}
