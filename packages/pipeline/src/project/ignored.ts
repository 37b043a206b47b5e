import { relative, resolve, sep } from "node:path";
import { explainIgnored, type IgnoredAnswer } from "@waymark/store";
import type { DvcProject } from "./dvc-project.ts";

/**
 * Tells whether `.dvcignore` files keep a path out of tracked data, and which line of them decides.
 *
 * @param path - As typed: relative to the current folder, or absolute. Outside of the project nothing is ignored.
 */
export function checkIgnored(project: DvcProject, path: string): IgnoredAnswer {
  const inside = relative(project.root, resolve(project.root, project.folder, path))
    .split(sep)
    .join("/");
  if (inside === "" || inside === ".." || inside.startsWith("../")) return { isIgnored: false, source: undefined };
  return explainIgnored(project.root, inside);
}
