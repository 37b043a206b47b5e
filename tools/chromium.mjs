// Finds the browser that the page is tested in, or brings it: on Debian as root it comes from Debian's own packages.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { findProgram, installDebianPackages, runTool, say, ToolError } from "./support/run.mjs";

const PROGRAMS = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"];
const APPLICATIONS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Finds Chrome or Chromium: the one that `WAYMARK_CHROMIUM` names, or one that is installed. */
export function findChromium() {
  const named = process.env["WAYMARK_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new ToolError(`WAYMARK_CHROMIUM names ${named}, which does not exist.`, "Unset it, or name the browser.");
  }
  for (const name of PROGRAMS) {
    const path = findProgram(name);
    if (path !== undefined) return path;
  }
  return APPLICATIONS.find((path) => existsSync(path));
}

/**
 * Finds Chrome or Chromium, installing it where that can be done.
 *
 * @returns {Promise<string | undefined>} Its path. Without one, and without `CI` set, what to install has been said.
 * @throws {ToolError} When there is none and `CI` is set: a check that leaves tests out is none.
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  say("There is no Chrome or Chromium here, which the tests of the page need.");
  // The fonts keep text measurable: a bare machine has none at all.
  if (await installDebianPackages(["chromium", "fonts-liberation"])) {
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  const hint = "Install Chromium (on Debian: `sudo apt-get install chromium fonts-liberation`) or Google Chrome.";
  if ((process.env["CI"] ?? "") !== "") throw new ToolError("No browser, and CI is set.", hint);
  say(`hint: ${hint}`);
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runTool(async () => {
    const path = await ensureChromium();
    if (path === undefined) return 1;
    process.stdout.write(`${path}\n`);
    return 0;
  });
}
