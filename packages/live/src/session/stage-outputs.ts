import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { loadCore } from "#lazy";

/**
 * Finds the stage whose output holds a path: whatever is written there is deleted when the stage runs again.
 *
 * @param folders - Where to look for a dvc.yaml: the working directory and the root of the repository.
 * @returns The stage's name, or `undefined`. Outputs that are templates are not resolved.
 */
export function findStageAround(path: string, folders: readonly string[]): string | undefined {
  for (const file of new Set(folders.map((folder) => join(folder, "dvc.yaml")))) {
    if (file === path || !existsSync(file)) continue;
    const { stages } = loadCore().parseDvcYaml(readFileSync(file, "utf8"), { path: file });
    for (const [name, stage] of Object.entries(stages)) {
      if (outputsOf(stage, dirname(file)).some((output) => isInside(path, output))) return name;
    }
  }
  return undefined;
}

function outputsOf(stage: unknown, folder: string): readonly string[] {
  if (typeof stage !== "object" || stage === null) return [];
  const { wdir, outs }: { wdir?: unknown; outs?: unknown } = stage;
  if (!Array.isArray(outs)) return [];
  const base = resolve(folder, typeof wdir === "string" ? wdir : ".");
  return outs.flatMap((out: unknown) => {
    if (typeof out === "string") return [resolve(base, out)];
    return typeof out === "object" && out !== null ? Object.keys(out).map((key) => resolve(base, key)) : [];
  });
}

function isInside(path: string, folder: string): boolean {
  const from = relative(folder, path);
  return from !== ".." && !from.startsWith(`..${sep}`);
}
