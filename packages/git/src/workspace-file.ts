import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";

/** What of a file's state tells that its content is the same as when it was read. */
export interface FileSignature {
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  readonly mode: bigint;
}

/** A file of the work tree as it is now. */
export type WorkspaceFile =
  | { readonly kind: "file"; readonly isExecutable: boolean; readonly signature: FileSignature }
  | { readonly kind: "link"; readonly signature: FileSignature }
  | { readonly kind: "folder" }
  /** Not there, or something that cannot be committed: a socket, a device. */
  | { readonly kind: "none" };

/** Looks at a path of the work tree without following a symbolic link at its end. */
export function statWorkspaceFile(root: string, path: string): WorkspaceFile {
  let stats: BigIntStats | undefined;
  try {
    stats = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // A file where a folder was.
    if (!isErrno(error, "ENOTDIR")) throw error;
  }
  if (stats === undefined) return { kind: "none" };
  if (stats.isDirectory()) return { kind: "folder" };
  if (stats.isSymbolicLink()) return { kind: "link", signature: signatureOf(stats) };
  if (!stats.isFile()) return { kind: "none" };
  return { kind: "file", isExecutable: (stats.mode & 0o100n) !== 0n, signature: signatureOf(stats) };
}

/** Tells whether a file is the same as when `before` was taken. */
export function isSameSignature(before: FileSignature, now: FileSignature): boolean {
  return (
    before.sizeBytes === now.sizeBytes &&
    before.mtimeNs === now.mtimeNs &&
    before.ctimeNs === now.ctimeNs &&
    before.inode === now.inode &&
    before.mode === now.mode
  );
}

/** Reads a file, or where a symbolic link points; `undefined` when it is gone. */
export function readWorkspaceFile(root: string, path: string, kind: "file" | "link"): Buffer | undefined {
  const absolute = join(root, path);
  try {
    if (kind === "link") return readlinkSync(absolute, "buffer");
    const descriptor = openSync(absolute, "r");
    try {
      // Somebody put a folder or a pipe here since the look: it must not be waited for.
      return fstatSync(descriptor).isFile() ? readFileSync(descriptor) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EINVAL", "EISDIR")) return undefined;
    throw error;
  }
}

function signatureOf(stats: BigIntStats): FileSignature {
  return {
    sizeBytes: stats.size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
    mode: stats.mode,
  };
}
