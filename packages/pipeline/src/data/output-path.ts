import { lstatSync, statSync } from "node:fs";
import { basename, join, normalize, resolve } from "node:path";
import { NoNameError, TargetExistsError } from "../imports/external-errors.ts";

/**
 * Decides where something that is fetched goes: under its own name, in a folder that exists, or under the name given.
 *
 * @param source - Path or URL it comes from.
 * @param out - As typed; `undefined`: its own name here.
 * @param cwd - Absolute.
 * @returns Absolute.
 * @throws {@link NoNameError}; {@link TargetExistsError} when something is there and may not be replaced.
 */
export function chooseOutput(source: string, out: string | undefined, cwd: string, isForced: boolean): string {
  const name = basename(normalize(source.replace(/^\w+:\/\/[^/]*/u, "").replace(/[?#].*$/u, "")));
  const wanted = out === undefined || out === "" ? name : out;
  const isFolder =
    out !== undefined && out !== "" && statSync(resolve(cwd, wanted), { throwIfNoEntry: false })?.isDirectory();
  // The root of a server or a repository has no name, and the folder that is here must not be taken for it.
  if ((isFolder === true || wanted === name) && /^\.{0,2}$|^[/\\]$/u.test(name)) throw new NoNameError(source);
  const path = resolve(cwd, isFolder === true ? join(wanted, name) : wanted);
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present !== undefined && !isForced) {
    throw new TargetExistsError(isFolder === true ? join(wanted, name) : wanted, present.isDirectory());
  }
  return path;
}
