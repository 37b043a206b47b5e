import { posix } from "node:path";
import type { PlotProperties } from "@waymark/core/plot-data";
import type { ContentView } from "../../project/content-view.ts";
import { folderOf, isAtOrBelow, joinProjectPath } from "../../project/posix-path.ts";
import type { PlotEntry, Project } from "../../project/project.ts";
import { relativeTo } from "../../project/stage-address.ts";
import { isMapping, newMapping, type Mapping } from "../../values/values.ts";

/** What is looked for. */
export interface DefinitionRequest {
  /** The current folder relative to the project: ids that are paths are seen from there. */
  readonly folder: string;
  /** Ids or paths as typed; none: everything. */
  readonly targets: readonly string[];
  /** Properties typed by the user, which win over those written. */
  readonly properties: PlotProperties;
}

/** Properties by id, by the file that defines them. */
export type Definitions = Map<string, Map<string, PlotProperties>>;

/** The properties of a stage's plot that are about drawing it; anything else is not for us. */
const STAGE_PROPERTIES = new Set(["template", "x", "y", "x_label", "y_label", "title", "header"]);
/** Stands for the stages, and for paths asked for that nothing defines. */
const NO_FILE = "";

/**
 * Collects the plots of a revision as DVC does: those of the top level of each dvc.yaml, then those of stages, then the
 * paths asked for. Folders become their files; of two definitions of a file the one of its nearest folder holds.
 */
export async function collectDefinitions(
  project: Project,
  content: ContentView,
  request: DefinitionRequest,
): Promise<Definitions> {
  const definitions: Definitions = new Map();
  for (const [file, entries] of byFile(project.plots)) {
    definitions.set(relativeTo(request.folder, file), await topLevelPlots(file, entries, content, request));
  }
  const outputs = new Map<string, PlotProperties>();
  for (const stage of project.stages) {
    for (const out of stage.outs.filter(({ role }) => role === "plot")) {
      const id = relativeTo(request.folder, out.path);
      if (!isWanted(request.targets, relativeTo(request.folder, stage.file), id)) continue;
      const properties = { ...stageProperties(out.properties), ...request.properties };
      const shown = seenThrough(request.folder, stage.wdir, out.text);
      for (const path of await expand(content, out.path)) outputs.set(shown + path.slice(out.path.length), properties);
    }
  }
  for (const target of request.targets) {
    const path = joinProjectPath(request.folder, target);
    if (definitions.size + outputs.size > 0 && (await content.kind(path)) === undefined) continue;
    for (const file of await expand(content, path)) {
      const id = relativeTo(request.folder, file);
      outputs.set(id, { ...outputs.get(id), ...request.properties });
    }
  }
  if (outputs.size > 0) definitions.set(NO_FILE, outputs);
  return definitions;
}

/** How a stage says its plot is drawn. */
export function stageProperties(properties: Mapping): Mapping {
  const kept = newMapping();
  for (const [key, value] of Object.entries(properties)) if (STAGE_PROPERTIES.has(key)) kept[key] = value;
  return kept;
}

function byFile(plots: readonly PlotEntry[]): ReadonlyMap<string, readonly PlotEntry[]> {
  const files = new Map<string, PlotEntry[]>();
  for (const plot of plots) files.set(plot.file, [...(files.get(plot.file) ?? []), plot]);
  return files;
}

async function topLevelPlots(
  file: string,
  entries: readonly PlotEntry[],
  content: ContentView,
  request: DefinitionRequest,
): Promise<Map<string, PlotProperties>> {
  const { folder, targets } = request;
  const shownFile = relativeTo(folder, file);
  const paths = entries.map(({ path }) => path);
  const found = new Map<string, PlotProperties>();
  for (const { id, path, properties } of entries) {
    if (!isWanted(targets, shownFile, id)) continue;
    if (isMapping(properties["y"])) {
      found.set(id, { ...withSources(properties, folderOf(file), folder), ...request.properties });
      continue;
    }
    const shown = seenThrough(folder, folderOf(file), id);
    for (const inside of await expand(content, path)) {
      const nearest = paths
        .filter((other) => isAtOrBelow(inside, other))
        .reduce((a, b) => (b.length > a.length ? b : a));
      if (nearest === path) found.set(shown + inside.slice(path.length), { ...properties, ...request.properties });
    }
  }
  return found;
}

/** Files of `x` and `y`, which are written relative to the dvc.yaml, as they are seen from the current folder. */
function withSources(properties: PlotProperties, definedIn: string, folder: string): Mapping {
  const resolved = Object.assign(newMapping(), properties);
  for (const axis of ["x", "y"]) {
    const written = resolved[axis];
    if (!isMapping(written)) continue;
    const sources = newMapping();
    for (const [file, fields] of Object.entries(written)) {
      sources[seenThrough(folder, definedIn, file)] = fields;
    }
    resolved[axis] = sources;
  }
  return resolved;
}

/**
 * Names a path as it is seen from a folder by way of another one, which is how DVC names it: `../sub/b.csv` for what a
 * dvc.yaml further up calls `sub/b.csv`, also in `sub`.
 */
function seenThrough(folder: string, definedIn: string, written: string): string {
  if (written.startsWith("/") || written.includes("://")) return written;
  return posix.normalize(posix.join(relativeTo(folder, definedIn), written.replaceAll("\\", "/"))).replace(/\/$/, "");
}

async function expand(content: ContentView, path: string): Promise<readonly string[]> {
  return (await content.kind(path)) === "folder" ? (await content.listFiles(path)).toSorted() : [path];
}

/** DVC takes targets for regular expressions that fit the start of an id, or of `<file>::<id>`. */
function isWanted(targets: readonly string[], file: string, id: string): boolean {
  return (
    targets.length === 0 || targets.some((target) => startsLike(id, target) || startsLike(`${file}::${id}`, target))
  );
}

function startsLike(text: string, target: string): boolean {
  if (text.startsWith(target)) return true;
  try {
    return new RegExp(`^(?:${target})`).test(text);
  } catch {
    return false;
  }
}
