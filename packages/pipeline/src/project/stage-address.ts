import { posix } from "node:path";
import type { ProjectStage } from "./project.ts";

/**
 * Returns what DVC calls a stage, seen from a folder: `train` for one of the dvc.yaml in it, `sub/dvc.yaml:train` for
 * another's, `raw.txt.dvc` for data.
 *
 * @param folder - Relative to the project; empty for its root.
 */
export function stageAddress(stage: Pick<ProjectStage, "file" | "name">, folder = ""): string {
  const file = relativeTo(folder, stage.file);
  if (stage.name === undefined) return file;
  return file === "dvc.yaml" ? stage.name : `${file}:${stage.name}`;
}

/** Makes a path that is relative to the project relative to a folder of it; a URL or an absolute path stays. */
export function relativeTo(folder: string, path: string): string {
  if (path.includes("://") || path.startsWith("/")) return path;
  return posix.relative(`/${folder}`, `/${path}`) || ".";
}
