import { PipelineError } from "../errors.ts";
import { folderOf, joinProjectPath } from "./posix-path.ts";
import type { ProjectStage, StageDependency, StageOutput } from "./project.ts";
import { trackedEntry } from "./recorded.ts";
import { asList, isMapping, newMapping, type Mapping } from "../values/values.ts";

/**
 * Makes a stage of what a `.dvc` file holds: data that was added, or imported from elsewhere.
 *
 * @param path - The `.dvc` file, relative to the project.
 * @param content - As parsed; `undefined` when there is no such file.
 * @returns `undefined` when there is nothing in it.
 * @throws {@link PipelineError}
 */
export function readDataStage(path: string, content: unknown): ProjectStage | undefined {
  if (content === undefined || content === null) return undefined;
  if (!isMapping(content)) throw new PipelineError(path, "the top level is not a mapping");
  const { cmd, wdir: written } = content;
  const wdir = joinProjectPath(folderOf(path), typeof written === "string" ? written : ".");
  const entries = (section: string): readonly Mapping[] => asList(content[section]).filter(isMapping);
  return {
    name: undefined,
    group: undefined,
    description: typeof content["desc"] === "string" ? content["desc"] : undefined,
    file: path,
    wdir,
    // DVC 1 kept stages in files of their own.
    command: typeof cmd === "string" ? cmd : undefined,
    // "locked" is what DVC 1 called it.
    isFrozen: content["frozen"] === true || content["locked"] === true,
    isAlwaysChanged: content["always_changed"] === true,
    deps: entries("deps").map((entry) => readDependency(entry, wdir, path)),
    params: [],
    outs: entries("outs").map((entry) => readOutput(entry, wdir, path, cmd === undefined)),
    usedVars: new Map(),
    locked: undefined,
    content,
    isPlain: true,
  };
}

function readDependency(entry: Mapping, wdir: string, file: string): StageDependency {
  const kind = isMapping(entry["repo"]) ? "repo" : isMapping(entry["db"]) ? "db" : "path";
  // What comes from a database has no path of its own.
  const text = kind === "db" ? "" : textOf(entry, file);
  // A path in another repository is relative to that one.
  return { ...trackedEntry(text, kind === "path" ? resolvePath(text, wdir) : text, entry), kind };
}

function readOutput(entry: Mapping, wdir: string, file: string, isDataSource: boolean): StageOutput {
  const text = textOf(entry, file);
  const { remote } = entry;
  return {
    ...trackedEntry(text, resolvePath(text, wdir), entry),
    role: "out",
    isCached: entry["cache"] !== false,
    isPersistent: entry["persist"] === true,
    isPushed: entry["push"] !== false,
    remote: typeof remote === "string" ? remote : undefined,
    isCheckpoint: false,
    isExecutable: entry["isexec"] === true,
    isDataSource,
    properties: newMapping(),
  };
}

function textOf(entry: Mapping, file: string): string {
  const { path } = entry;
  if (typeof path !== "string") throw new PipelineError(file, "an entry has no 'path'");
  return path;
}

function resolvePath(path: string, wdir: string): string {
  return path.includes("://") || path.startsWith("/") ? path : joinProjectPath(wdir, path);
}
