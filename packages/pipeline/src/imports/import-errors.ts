import { TrackerError } from "@waymark/core";

/** Options of an import or update that do not go together. */
export class ImportOptionsError extends TrackerError {
  override readonly code = "IMPORT_OPTIONS";

  /** @param other - `undefined`: what is missing is `--to-remote`. */
  constructor(option: string, other: string | undefined) {
    super(other === undefined ? `${option} needs '--to-remote'` : `${option} does not go with ${other}`, {
      hint: "Leave one of them out.",
    });
  }
}
