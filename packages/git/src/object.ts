import { createHash } from "node:crypto";
/** How a repository names its objects. */
export type ObjectFormat = "sha1" | "sha256";

/** The four kinds of Git objects. */
export type GitObjectType = "blob" | "tree" | "commit" | "tag";

/** An object as it was read. */
export interface GitObject {
  readonly id: string;
  readonly type: GitObjectType;
  /** Content without the header. */
  readonly data: Buffer;
}

/** An object to be written. */
export interface NewObject {
  readonly type: GitObjectType;
  readonly data: Uint8Array;
}

/** Returns the bytes Git hashes before the content: type, size in decimal, NUL. */
export function objectHeader(type: GitObjectType, sizeBytes: number): Buffer {
  return Buffer.from(`${type} ${sizeBytes}\0`, "latin1");
}

/** Returns the id of an object. */
export function objectId(object: NewObject, format: ObjectFormat = "sha1"): string {
  return createHash(format).update(objectHeader(object.type, object.data.byteLength)).update(object.data).digest("hex");
}

/** Tells whether `text` is a full object id of a repository. */
export function isObjectId(text: string, format: ObjectFormat = "sha1"): boolean {
  return text.length === (format === "sha1" ? 40 : 64) && /^[0-9a-f]+$/.test(text);
}
