import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { addIgnoreEntry, parseDvcFile } from "@waymark/core";
import { isErrno, replaceFileSync } from "@waymark/files";
import { readObjectsSync } from "@waymark/git";
import { type CheckoutTarget, checkoutSync } from "@waymark/store";
import { MissingDataError } from "./errors.ts";
import type { Origin } from "./find-origin.ts";
import { openCache } from "./open-cache.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { createSnapshotIndex } from "./snapshot.ts";
import { listTree } from "./tree-diff.ts";
import { type FileToWrite, removeFiles, writeFiles } from "./write-files.ts";

/** What resuming puts back. Paths are relative to the repository. */
export interface RestorePlan {
  /** Files and folders from the cache. */
  readonly targets: readonly CheckoutTarget[];
  /** Files from Git that are not as the checkpoint has them. */
  readonly writes: readonly FileToWrite[];
  /** Files of the logger that the checkpoint does not have. */
  readonly removes: readonly string[];
  /** What was listed in the checkpoint, and the live folder. */
  readonly restored: readonly string[];
}

/** Parts of a live folder that belong to the logger alone. */
const LOGGER_FILES =
  /^(?:plots\/(?:metrics|images|custom|sklearn)\/|(?:metrics\.json|params\.yaml|report\.(?:html|md))$)/u;
/** A loop goes on writing these files: they must not share bytes with the cache. */
const LINK_TYPES = ["reflink", "copy"] as const;

/**
 * Works out what has to change for the live folder and the listed files to be those of a checkpoint.
 *
 * @throws {@link MissingDataError} when the cache lacks some of the content.
 */
export function planRestore(project: Project, origin: Origin, dir: string): RestorePlan {
  const { repo, root } = project;
  const { point, experiment } = origin;
  const listed = point.trailers.checkpoints ?? [];
  const folder = toRepositoryPath(root, dir);
  const recorded = point.trailers.folder;
  // A checkpoint of another live folder goes to the folder of this run.
  const source = recorded === undefined ? folder : recorded === "." ? "" : recorded;
  const inTree = listTree(repo, point.commit.tree, [
    ...(source === undefined || source === "" ? [] : [source]),
    ...listed.flatMap((path) => [path, `${path}.dvc`]),
    ...(source === "" ? ["plots", "metrics.json", "params.yaml", "report.html", "report.md"] : []),
    "dvc.yaml",
  ]);
  const move = (path: string): string => {
    if (source === undefined || folder === undefined || source === folder) return path;
    if (source !== "" && !path.startsWith(`${source}/`)) return path;
    const rest = source === "" ? path : path.slice(source.length + 1);
    return folder === "" ? rest : `${folder}/${rest}`;
  };
  const files = new Map(inTree.map((entry) => [move(entry.path), { ...entry, path: move(entry.path) }]));
  // Whoever edits dvc.yaml keeps the edits; a fresh clone lacks it.
  if (existsSync(join(root, "dvc.yaml"))) files.delete("dvc.yaml");
  const targets = readTargets(
    project,
    [...files.values()].filter(({ path }) => path.endsWith(".dvc")),
  );
  requireContent(project, targets, `Resuming from ${experiment.name}`);
  const places = [...(folder === undefined || folder === "" ? [] : [folder]), ...listed];
  const { writes, removes } = compare(project, files, places, folder);
  return {
    targets,
    writes,
    removes,
    restored: [...listed, ...(folder === undefined || folder === "" ? [] : [folder])],
  };
}

/** Puts a checkpoint's files in place. Killed half-way, it can be done again. */
export function applyRestore(project: Project, plan: RestorePlan): void {
  const cache = openCache(project);
  checkoutSync(cache, plan.targets, { root: project.root, linkTypes: LINK_TYPES });
  writeFiles(project, plan.writes);
  removeFiles(project, plan.removes);
  for (const { path } of plan.targets) ignore(project, path);
}

/** Reads which content `.dvc` files of a tree ask for. Files that cannot be read ask for nothing. */
export function readTargets(project: Project, dvcFiles: readonly FileToWrite[]): CheckoutTarget[] {
  const objects = readObjectsSync(
    project.repo,
    dvcFiles.map(({ id }) => id),
  );
  return dvcFiles.flatMap(({ path }, index) => {
    const object = objects[index];
    if (object === undefined) return [];
    const folder = dirname(path);
    try {
      return parseDvcFile(object.data.toString(), { path }).outputs.flatMap((output) =>
        output.md5 === undefined || output.isCached === false
          ? []
          : [
              {
                md5: output.md5,
                path: folder === "." ? output.path : `${folder}/${output.path}`,
                isExecutable: output.isExecutable ?? false,
              },
            ],
      );
    } catch {
      return [];
    }
  });
}

/** @throws {@link MissingDataError} naming every file that the cache lacks. */
function requireContent(project: Project, targets: readonly CheckoutTarget[], what: string): void {
  const missing = findMissing(project, targets);
  if (missing.length === 0) return;
  throw new MissingDataError(what, missing, "Fetch it with `dvc pull`, or from the machine that made the experiment.");
}

/** Lists the targets whose content the cache lacks, in whole or in part. */
export function findMissing(project: Project, targets: readonly CheckoutTarget[]): string[] {
  const cache = openCache(project);
  return targets.filter(({ md5 }) => md5 !== undefined && cache.listMissing(md5).length > 0).map(({ path }) => path);
}

function compare(
  project: Project,
  files: ReadonlyMap<string, FileToWrite>,
  places: readonly string[],
  folder: string | undefined,
): Pick<RestorePlan, "writes" | "removes"> {
  const index = createSnapshotIndex(project);
  try {
    index.stage([...new Set([...places, ...files.keys()])]);
    const present = new Map(listTree(project.repo, index.writeTree(), places).map((entry) => [entry.path, entry]));
    const writes = [...files.values()].filter((file) => {
      const now = present.get(file.path);
      return now?.id !== file.id || now.mode !== file.mode;
    });
    const removes = [...present.keys()].filter(
      (path) => !files.has(path) && folder !== undefined && isLoggerFile(path, folder),
    );
    return { writes, removes };
  } finally {
    index[Symbol.dispose]();
  }
}

function isLoggerFile(path: string, folder: string): boolean {
  if (folder === "") return LOGGER_FILES.test(path);
  return path.startsWith(`${folder}/`) && LOGGER_FILES.test(path.slice(folder.length + 1));
}

/** In a fresh clone the entry that keeps Git away from the content may be missing. */
function ignore(project: Project, path: string): void {
  const file = join(project.root, dirname(path), ".gitignore");
  let text: string | undefined;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  const entries = addIgnoreEntry(text, basename(path));
  if (entries !== text) replaceFileSync(file, entries);
}
