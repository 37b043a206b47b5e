import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BUILT } from "#built";
import { TrackerError } from "@waymark/core";
import { isErrno } from "@waymark/files";

/** The script that draws plots has not been built. */
export class PageNotBuiltError extends TrackerError {
  override readonly code = "PAGE_NOT_BUILT";

  constructor(path: string) {
    super(`The script of the page is missing: '${path}'`, { hint: "Run `npm run build` in the clone." });
  }
}

/**
 * Reads the script that draws the plots of a page. It holds everything it needs, and goes into a page as it is.
 *
 * @throws {@link PageNotBuiltError}
 */
export function readPlotsPageScript(): string {
  const path = fileURLToPath(new URL("plots-page/plots-page.js", BUILT));
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw new PageNotBuiltError(path);
    throw error;
  }
}
