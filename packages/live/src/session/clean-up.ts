import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { RUN_FILE, RUN_FOLDER } from "@waymark/core/run-file";
import { isErrno, replaceFileSync } from "@waymark/files";
import { loadCore } from "#lazy";
import { UnusableFolderError } from "../errors.ts";

/** What a run writes into its folder, besides `artifacts/`, which stays. */
const WRITTEN = [
  "plots/sklearn",
  "plots/metrics",
  "plots/images",
  "plots/custom",
  // Without its folder it would make DVC refuse to save the next run.
  "plots/images.dvc",
  "metrics.json",
  "params.yaml",
  "report.html",
  "report.md",
  "checkpoints.json",
  ".waymark/step",
  ".waymark/marks-0",
  ".waymark/marks-1",
  ".waymark/histories",
  ".waymark/journal",
  ".waymark/checkpoints",
];

/** Files that a run would replace or remove, and that other tools write too. */
const SHARED_NAMES = ["params.yaml", "metrics.json", "plots"];

/** Removes what an earlier run wrote into `dir`, and nothing else. */
export function cleanUp(dir: string): void {
  for (const path of WRITTEN) rmSync(join(dir, path), { recursive: true, force: true });
  removeIgnoredImages(join(dir, "plots"));
  removeEntries(join(dir, "dvc.yaml"));
}

/**
 * Refuses a folder in which a new run would take files of the user for those of an earlier run, and remove them.
 *
 * A folder is known by the run file. One without, as DVCLive leaves it, is known by its metrics; but not the working
 * directory or a folder around it, where params.yaml is the user's own.
 *
 * @throws {@link UnusableFolderError} for such a folder, and for one inside of `.git` or `.dvc`.
 */
export function refuseForeignFolder(dir: string, givenDir: string, cwd: string): void {
  const inside = relative(cwd, dir).split(sep);
  const internal = inside.find((part) => part === ".git" || part === ".dvc");
  if (internal !== undefined) throw new UnusableFolderError(givenDir, `'${internal}' is a folder of the repository`);
  if (existsSync(join(dir, RUN_FOLDER, RUN_FILE))) return;
  const found = SHARED_NAMES.filter((name) => existsSync(join(dir, name)));
  const isAround = !relative(realPath(dir), realPath(cwd)).split(sep).includes("..");
  const isLeftByRun = existsSync(join(dir, "metrics.json")) || existsSync(join(dir, "plots", "metrics"));
  if (found.length === 0 || (isLeftByRun && !isAround)) return;
  throw new UnusableFolderError(givenDir, `a new run would replace ${found.join(", ")}, which no run wrote`);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet.
    return path;
  }
}

/** Takes our entries out of the folder's own dvc.yaml; what a user added stays, and an empty file goes. */
function removeEntries(path: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const nothing = { dir: "", params: [], metrics: [], plots: [], artifacts: {} };
  const edited = text.trim() === "" ? text : loadCore().editDvcYaml(text, nothing, { path });
  if (edited.trim() === "" || edited.trim() === "{}") rmSync(path);
  else if (edited !== text) replaceFileSync(path, edited);
}

/** The line that kept cached images out of Git goes with the images. */
function removeIgnoredImages(folder: string): void {
  const path = join(folder, ".gitignore");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return;
    throw error;
  }
  const lines = text.split("\n");
  const others = lines.filter((line) => line !== "/images");
  if (others.length === lines.length) return;
  if (others.every((line) => line.trim() === "")) rmSync(path, { force: true });
  else replaceFileSync(path, others.join("\n"));
}
