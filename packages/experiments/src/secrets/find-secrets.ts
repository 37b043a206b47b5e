import { closeSync, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { TrackerError } from "@waymark/core";
import { isErrno } from "@waymark/files";
import { isSecretKey } from "@waymark/store";
import { looksSensitive } from "./sensitive-file.ts";
import { SECRET_PATTERNS } from "./secret-patterns.ts";

/** A place that looks like a credential. What it says is never kept. */
export interface FoundSecret {
  /** Relative to the repository. */
  readonly path: string;
  /** Counted from 1; `undefined` when the name of the file alone gives it away. */
  readonly line: number | undefined;
  /** What it looks like: `a private key`. */
  readonly kind: string;
}

/** Files that nobody has given to Git yet look like credentials; nothing was saved. */
export class SecretsFoundError extends TrackerError {
  override readonly code = "SECRETS_FOUND";
  readonly secrets: readonly FoundSecret[];

  constructor(secrets: readonly FoundSecret[]) {
    const lines = secrets.slice(0, LISTED).map(describe);
    if (secrets.length > LISTED) lines.push(`  and ${secrets.length - LISTED} more`);
    super(
      `An experiment travels with every push, and these untracked files look like credentials:\n${lines.join("\n")}`,
      {
        hint: "Leave them out, or keep them out of Git with .gitignore. To save them all the same: `--allow-secrets`.",
      },
    );
    this.secrets = secrets;
  }
}

const LISTED = 20;
/** Of a larger file only the beginning is looked at: credentials are in small files, or at the top of them. */
const READ_BYTES = 1024 * 1024;
/** Longer lines are data; every credential known here is far shorter. */
const LINE_LENGTH = 65_536;
const PROBE_BYTES = 8192;

/**
 * Looks for credentials in files: by name, then line by line in the first megabyte of what is text. At most one is
 * named per file.
 *
 * @param paths - Relative to `root`. What is not there, or no file, holds none; a link is judged by where it points.
 */
export function findSecrets(root: string, paths: readonly string[]): FoundSecret[] {
  return paths.flatMap((path): FoundSecret[] => {
    if (looksSensitive(path)) return [{ path, line: undefined, kind: "credentials, by its name" }];
    const text = readBeginning(join(root, path));
    const found = text === undefined ? undefined : (findInText(text) ?? findInSettings(path, text));
    return found === undefined ? [] : [{ path, ...found }];
  });
}

/** Finds the first line that looks like a credential. */
function findInText(text: string): (Pick<FoundSecret, "kind"> & { readonly line: number }) | undefined {
  for (const [at, line] of text.split("\n").entries()) {
    const part = line.slice(0, LINE_LENGTH);
    const found = SECRET_PATTERNS.find(({ pattern }) => pattern.test(part));
    if (found !== undefined) return { line: at + 1, kind: found.kind };
  }
  return undefined;
}

/** DVC's settings may hold the password of a remote, in no form of its own. */
function findInSettings(path: string, text: string): ReturnType<typeof findInText> {
  if (!/(?:^|\/)\.dvc\/config$/u.test(path)) return undefined;
  const lines = text.split("\n");
  const at = lines.findIndex((line) => isSecretKey(/^\s*(\w+)\s*=\s*\S/u.exec(line)?.[1] ?? ""));
  return at === -1 ? undefined : { line: at + 1, kind: "the credentials of a remote" };
}

/** The first megabyte of a text file; `undefined` for anything else. */
function readBeginning(path: string): string | undefined {
  let descriptor: number;
  try {
    readlinkSync(path);
    return undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    if (!isErrno(error, "EINVAL", "UNKNOWN")) throw error;
  }
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return undefined;
    const buffer = Buffer.alloc(Math.min(READ_BYTES, stats.size));
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.byteLength; length += read) {
      read = readSync(descriptor, buffer, length, buffer.byteLength - length, length);
    }
    const data = buffer.subarray(0, length);
    return decode(data);
  } finally {
    closeSync(descriptor);
  }
}

/** Windows writes settings in UTF-16, whose every other byte is NUL. */
function decode(data: Buffer): string | undefined {
  if (data[0] === 0xff && data[1] === 0xfe) return data.toString("utf16le");
  return data.subarray(0, PROBE_BYTES).includes(0) ? undefined : data.toString("utf8");
}

function describe({ path, line, kind }: FoundSecret): string {
  return line === undefined ? `  ${path}: looks like ${kind}` : `  ${path}:${line}: looks like ${kind}`;
}
