import { PipelineError } from "../errors.ts";
import type { Interpolation } from "./interpolate.ts";

/**
 * Fills the expressions of a stage's `cmd` in. A list stays a list, also one of a single command: that is how dvc.lock
 * keeps it. A mapping inside a command becomes options.
 *
 * @throws {@link PipelineError} when it is neither text nor a list of texts.
 */
export function resolveCommand(cmd: unknown, interpolation: Interpolation): string | readonly string[] | undefined {
  if (cmd === undefined || cmd === null) return undefined;
  const place = interpolation.at("cmd");
  return Array.isArray(cmd) ? (cmd as readonly unknown[]).map((item) => fill(item, place)) : fill(cmd, place);
}

function fill(value: unknown, interpolation: Interpolation): string {
  if (typeof value === "string") return interpolation.text(value, "command");
  throw new PipelineError(interpolation.where, "it is neither text nor a list of texts");
}
