import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isErrno } from "@waymark/files";
import { loadCore } from "#lazy";
import type { ArtifactEntry, Registry } from "./registry.ts";

/**
 * Reads back what a resumed run had logged besides metrics and params, so that its dvc.yaml and its report go on
 * showing it: plots and artifacts from dvc.yaml, images from their folder.
 */
export function restoreRegistry(registry: Registry, where: { readonly dir: string; readonly dvcFile: string }): void {
  const { dir, dvcFile } = where;
  if (hasFiles(join(dir, "plots", "images"))) registry.addImages();
  let text: string;
  try {
    text = readFileSync(dvcFile, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return;
    throw error;
  }
  const { plots, artifacts } = loadCore().parseDvcYaml(text, { path: dvcFile });
  const folder = dirname(dvcFile);
  const dataFolders = [join(dir, "plots", "custom"), join(dir, "plots", "sklearn")];
  for (const { id, properties } of plots) {
    const path = resolve(folder, id);
    if (dataFolders.some((data) => isBelow(path, data)) && existsSync(path)) registry.setPlot(path, properties);
  }
  for (const [id, entry] of Object.entries(artifacts)) {
    const artifact = asArtifact(entry, folder);
    if (artifact !== undefined && isBelow(artifact.path, dir)) registry.setArtifact(id, artifact);
  }
}

function asArtifact(entry: Readonly<Record<string, unknown>>, folder: string): ArtifactEntry | undefined {
  const { path } = entry;
  return typeof path === "string" ? { ...entry, path: resolve(folder, path) } : undefined;
}

function isBelow(path: string, folder: string): boolean {
  const from = relative(folder, path);
  return from !== "" && from !== ".." && !from.startsWith(`..${sep}`);
}

function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
