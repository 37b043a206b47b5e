import { CommandError } from "./command-error.ts";
import { UsageError } from "./usage-error.ts";

/** Options that say how much of an import happens. */
export interface ImportModeOptions {
  /** `false` with `--no-exec`. */
  readonly exec?: boolean;
  /** `false` with `--no-download`. */
  readonly download?: boolean;
  readonly toRemote?: boolean;
}

/**
 * Returns what the options of an import ask for.
 *
 * @throws {@link UsageError} and {@link CommandError} for options that exclude each other.
 */
export function importMode(options: ImportModeOptions): "download" | "hash-only" | "nothing" | "to-remote" {
  const isDry = options.exec === false;
  const isHashOnly = options.download === false;
  const hint = "Leave one of them out.";
  if (isDry && isHashOnly) throw new UsageError("'--no-exec' does not go with '--no-download'", { hint });
  if (options.toRemote === true) {
    if (!isDry && !isHashOnly) return "to-remote";
    throw new CommandError(1, `'${isDry ? "--no-exec" : "--no-download"}' does not go with '--to-remote'`, hint);
  }
  return isDry ? "nothing" : isHashOnly ? "hash-only" : "download";
}
