import { readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type GitRepository,
  type NewObject,
  objectId,
  ObjectMissingError,
  ObjectReader,
  OversizedObjectError,
  runGitSync,
  writeBlobToFile,
} from "@waymark/git";
import { behindLinks, statNoFollow } from "../work-tree-paths.ts";

/** A file as it is on the disk, byte for byte: no filter of Git has had a say in it. */
export interface RawFile {
  readonly path: string;
  readonly mode: "100644" | "100755" | "120000";
  /** Id of a blob with its bytes; of a link, with where it points. */
  readonly id: string;
}

/** Larger files go through Git, which streams them. */
const NATIVE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Reads files of a work tree as they are.
 *
 * @param paths - Relative to the root.
 * @returns The files that are there, and their objects by id, still to be written; those of large files are written.
 */
export function readRawFiles(
  repo: GitRepository,
  paths: Iterable<string>,
): { readonly files: readonly RawFile[]; readonly objects: ReadonlyMap<string, NewObject> } {
  const files: RawFile[] = [];
  const objects = new Map<string, NewObject>();
  const large: { readonly path: string; readonly mode: RawFile["mode"] }[] = [];
  const isBehindLink = behindLinks(repo.root);
  for (const path of paths) {
    if (isBehindLink(path)) continue;
    const absolute = join(repo.root, path);
    const stats = statNoFollow(absolute);
    const isLink = stats?.isSymbolicLink() === true;
    if (stats === undefined || (!stats.isFile() && !isLink)) continue;
    const mode = isLink ? "120000" : (stats.mode & 0o100) === 0 ? "100644" : "100755";
    if (!isLink && stats.size > NATIVE_LIMIT_BYTES) {
      large.push({ path, mode });
      continue;
    }
    const data = isLink ? readlinkSync(absolute, "buffer") : readFileSync(absolute);
    const object: NewObject = { type: "blob", data };
    const id = objectId(object, repo.objectFormat);
    objects.set(id, object);
    files.push({ path, mode, id });
  }
  // One at a time: a name may hold anything that a list of names could be cut at.
  for (const { path, mode } of large) {
    const { stdout } = runGitSync(repo, ["hash-object", "-w", "--no-filters", "--", path]);
    files.push({ path, mode, id: stdout.toString().trim() });
  }
  return { files, objects };
}

/**
 * Writes files as they were, each under a new name.
 *
 * @param files - With the path to write to, absolute, which must not exist.
 * @throws {@link ObjectMissingError}
 */
export async function writeRawFiles(
  repo: GitRepository,
  files: readonly (Omit<RawFile, "path"> & { readonly target: string })[],
): Promise<void> {
  const reader = new ObjectReader(repo, { maxBytes: NATIVE_LIMIT_BYTES });
  try {
    for (const { id, mode, target } of files) {
      const permissions = mode === "100755" ? 0o777 : 0o666;
      try {
        const object = await reader.read(id);
        if (object === undefined) throw new ObjectMissingError(id);
        if (mode === "120000") symlinkSync(object.data, target);
        else writeFileSync(target, object.data, { flag: "wx", mode: permissions });
      } catch (error) {
        if (!(error instanceof OversizedObjectError)) throw error;
        await writeBlobToFile(repo, id, target, permissions);
      }
    }
  } finally {
    await reader.close();
  }
}
