import { escapeFileName } from "@waymark/core/formats/metric-name";
import { InvalidPlotNameError } from "../errors.ts";

const MAX_PART_BYTES = 240;
/** Leaves room for the folder in what a system takes for a path. */
const MAX_NAME = 1000;

/**
 * Makes the name of a plot's file, without its suffix: `.json` parts are dropped, as DVCLive does, and what
 * Windows forbids in file names is percent-escaped.
 *
 * @throws {@link InvalidPlotNameError} for a name that is empty, absolute or leaves its folder.
 */
export function plotFileName(name: string): string {
  if (typeof name !== "string") throw new InvalidPlotNameError(String(name), "is not text");
  if (name.length > MAX_NAME) throw new InvalidPlotNameError(name, `is longer than ${MAX_NAME} characters`);
  const clean = name.replaceAll(".json", "");
  if (clean === "") throw new InvalidPlotNameError(name, "is empty");
  if (clean.includes("\0")) throw new InvalidPlotNameError(name, "holds a NUL character");
  if (clean.startsWith("/") || clean.includes("\\")) throw new InvalidPlotNameError(name, "is not a relative name");
  if (clean.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw new InvalidPlotNameError(name, "leaves its folder or has an empty part");
  }
  if (clean.split("/").some((part) => Buffer.byteLength(part) > MAX_PART_BYTES)) {
    throw new InvalidPlotNameError(name, `has a part longer than ${MAX_PART_BYTES} bytes`);
  }
  return clean.split("/").map(escapeFileName).join("/");
}
