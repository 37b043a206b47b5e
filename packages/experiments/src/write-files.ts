import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isErrno } from "@waymark/files";
import { runGitSync } from "@waymark/git";
import { requireInside } from "@waymark/store";
import { type Project, stateFolder } from "./project.ts";
import type { TreeEntryOf } from "./tree-diff.ts";
import { statNoFollow } from "./work-tree-paths.ts";
import { type RawFile, writeRawFiles } from "./workspace/raw-files.ts";

/** A file to put into the workspace as a tree has it. */
export interface FileToWrite extends TreeEntryOf {
  readonly path: string;
}

/**
 * Writes files of a tree into the workspace, converted as a checkout converts them (line ends, filters). Each is made
 * complete in a folder of our own and renamed into place: after a kill a file is the old one or the new one.
 *
 * The user's index is not touched.
 *
 * @throws `PathEscapesError` before anything is written when a path leads out of the work tree.
 */
export function writeFiles(project: Project, files: readonly FileToWrite[]): void {
  // A submodule is a repository of its own.
  const wanted = files.filter((file) => file.mode !== "160000");
  for (const { path } of wanted) requireInside(project.root, path);
  // They say how the others are converted.
  const isAttributes = ({ path }: FileToWrite): boolean => basename(path) === ".gitattributes";
  checkOut(project, wanted.filter(isAttributes));
  checkOut(
    project,
    wanted.filter((file) => !isAttributes(file)),
  );
}

/**
 * Writes files as they were on the disk, byte for byte; otherwise as {@link writeFiles}.
 *
 * @throws As {@link writeFiles}, and `ObjectMissingError`.
 */
export async function writeFilesRaw(project: Project, files: readonly RawFile[]): Promise<void> {
  if (files.length === 0) return;
  for (const { path } of files) requireInside(project.root, path);
  const folder = makeOwnFolder(project);
  try {
    await writeRawFiles(
      project.repo,
      files.map((file, at) => ({ ...file, target: join(folder, String(at)) })),
    );
    for (const [at, { path }] of files.entries()) moveIntoPlace(project.root, join(folder, String(at)), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkOut(project: Project, files: readonly FileToWrite[]): void {
  if (files.length === 0) return;
  const folder = makeOwnFolder(project);
  try {
    const index = join(folder, "index");
    const made = join(folder, "files");
    const env = { GIT_INDEX_FILE: index };
    const entries = files.map(({ mode, id, path }) => `${mode} ${id}\t${path}\0`).join("");
    runGitSync(project.repo, ["update-index", "-z", "--index-info"], { input: entries, env });
    runGitSync(project.repo, ["checkout-index", "--all", "--force", "--quiet", `--prefix=${made}/`], { env });
    for (const { path } of files) moveIntoPlace(project.root, join(made, path), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a folder on the file system of the project, so that what is made in it can be renamed into place. */
function makeOwnFolder(project: Project): string {
  const state = stateFolder(project);
  removeLeftovers(state);
  const folder = join(state, `write-${process.pid}-${randomBytes(4).toString("hex")}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes files, and the folders they leave empty. What is gone already is no trouble. */
export function removeFiles(project: Project, paths: readonly string[]): void {
  for (const path of paths) {
    requireInside(project.root, path);
    try {
      unlinkSync(join(project.root, path));
    } catch (error) {
      if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    }
    removeEmptyFolders(project.root, dirname(path));
  }
}

function moveIntoPlace(root: string, from: string, path: string): void {
  const target = join(root, path);
  // What was put in place before it may be a link that leads elsewhere.
  requireInside(root, path);
  makeFolders(root, path);
  const present = statNoFollow(target);
  if (present?.isDirectory() === true) removeEmptyTree(target);
  renameSync(from, target);
}

/** A file may stand where a folder is to be. */
function makeFolders(root: string, path: string): void {
  const parts = path.split("/").slice(0, -1);
  for (const [depth] of parts.entries()) {
    const folder = join(root, ...parts.slice(0, depth + 1));
    const present = statNoFollow(folder);
    if (present === undefined) mkdirSync(folder);
    else if (!present.isDirectory() && !present.isSymbolicLink()) {
      unlinkSync(folder);
      mkdirSync(folder);
    }
  }
}

/** Removes folders that hold nothing but folders; fails when there is a file, which is somebody's. */
function removeEmptyTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}

function removeEmptyFolders(root: string, folder: string): void {
  for (let current = folder; current !== "." && current !== ""; current = dirname(current)) {
    try {
      rmdirSync(join(root, current));
    } catch (error) {
      if (isErrno(error, "ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY", "EPERM")) return;
      throw error;
    }
  }
}

const OLD_MS = 24 * 3600 * 1000;

/** Clears away what killed processes left. */
function removeLeftovers(state: string): void {
  let names: string[];
  try {
    names = readdirSync(state);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  for (const name of names) {
    if (!name.startsWith("write-")) continue;
    const stats = statNoFollow(join(state, name));
    if (stats !== undefined && Date.now() - stats.mtimeMs > OLD_MS) rmSync(join(state, name), { recursive: true });
  }
}
