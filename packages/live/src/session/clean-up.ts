import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";

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
  "dvc.yaml",
  "checkpoints.json",
  ".waymark/step",
  ".waymark/marks-0",
  ".waymark/marks-1",
  ".waymark/histories",
  ".waymark/journal",
  ".waymark/checkpoints",
];

/** Removes what an earlier run wrote into `dir`, and nothing else. */
export function cleanUp(dir: string): void {
  for (const path of WRITTEN) rmSync(join(dir, path), { recursive: true, force: true });
  removeIgnoredImages(join(dir, "plots"));
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
