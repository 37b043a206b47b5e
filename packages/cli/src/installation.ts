import { existsSync, readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { NotADvcProjectError, openDvcProject, type DvcProject, type Environment } from "@waymark/pipeline";
import { findLinkSupport } from "@waymark/store";
import { readVersion } from "./version.ts";

/** Describes version, machine and project, in lines laid out as DVC's `version`. */
export function describeInstallation(cwd: string, env: Environment): readonly string[] {
  const title = `Waymark version: ${readVersion()}`;
  const lines = [
    title,
    "-".repeat(title.length),
    `Platform: Node ${process.versions.node} on ${process.platform}-${release()}-${arch()}`,
  ];
  const project = findProject(cwd, env);
  return project === undefined ? lines : [...lines, ...describeProject(project)];
}

function findProject(cwd: string, env: Environment): DvcProject | undefined {
  try {
    return openDvcProject(cwd, env);
  } catch (error) {
    if (error instanceof NotADvcProjectError) return undefined;
    throw error;
  }
}

function describeProject(project: DvcProject): readonly string[] {
  const { cacheDir } = project.cache;
  const cache = existsSync(cacheDir)
    ? [
        `Cache types: ${findLinkSupport(cacheDir, project.root).join(", ") || "copy"}`,
        `Cache directory: ${describeFileSystem(cacheDir)}`,
      ]
    : ["Cache directory: none yet; it is made with the first data"];
  const isSubfolder = project.repo !== undefined && project.repo.root !== project.root;
  return [
    ...cache,
    `Configured links: ${project.config.linkTypes.join(", ")}`,
    `Workspace directory: ${describeFileSystem(project.root)}`,
    `Repo: dvc${isSubfolder ? " (subdir)" : ""}, ${project.repo === undefined ? "no_scm" : "git"}`,
  ];
}

/** File system and device that hold a folder, as Linux lists them. */
function describeFileSystem(folder: string): string {
  if (process.platform !== "linux") return "unknown";
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  let found: readonly string[] = [];
  for (const mount of mounts) {
    const place = mount[1]?.replace(/\\040/g, " ") ?? "";
    const isAbove = place !== "" && (folder === place || folder.startsWith(place.endsWith("/") ? place : `${place}/`));
    if (isAbove && place.length >= (found[1]?.length ?? 0)) found = mount;
  }
  const [device = "an unknown device", , type = "unknown"] = found;
  return `${type} on ${device}`;
}
