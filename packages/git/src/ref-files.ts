import { isAscii } from "node:buffer";
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCode, isErrno } from "@waymark/files";
import { isValidRefName } from "./ref-name.ts";
import type { GitRepository } from "./repository.ts";

/** A ref, the object it names, and for an annotated tag the object that this one names. */
export interface PeeledRef {
  /** Full name, such as `refs/tags/v1`. */
  readonly name: string;
  readonly id: string;
  /** `undefined` for what is no annotated tag. */
  readonly peeledId: string | undefined;
}

/** More loose refs than this are quicker read by Git. */
const MAX_LOOSE = 100;
/** What most names look like; they need no further look. */
const PLAIN_NAME = /^(?:[\w-]+\/)*[\w-]+$/u;
/** What stands below one folder for all work trees. */
const SHARED_PREFIX = /^refs\/(?!(?:bisect|worktree|rewritten)(?:\/|$))[^/]/u;
const NOTHING = Buffer.alloc(0);
const HEX = /^[0-9a-f]+$/u;

/**
 * Reads refs under prefixes from their files, without a process. Loose refs come before packed ones, as in Git: a ref
 * that is packed meanwhile is found in one of both.
 *
 * @param prefixes - Whole path parts, such as `refs/exps`.
 * @returns In name order; `undefined` when only Git can tell: another kind of storage, many loose refs, loose tags (which
 *   may be annotated), symbolic or broken refs, prefixes inside each other or that are refs themselves, a file of packed refs that an old or another program wrote.
 */
export function readRefFiles(repo: GitRepository, prefixes: readonly string[]): readonly PeeledRef[] | undefined {
  if (prefixes.length === 0 || !prefixes.every((prefix) => SHARED_PREFIX.test(prefix))) return undefined;
  if (prefixes.some((prefix) => prefixes.some((other) => prefix.startsWith(`${other}/`)))) return undefined;
  try {
    if (statSync(join(repo.commonDir, "reftable"), { throwIfNoEntry: false }) !== undefined) return undefined;
    const loose = readLoose(repo, prefixes);
    if (loose === undefined) return undefined;
    const packed = readPacked(repo, prefixes);
    if (packed === undefined) return undefined;
    const names = new Set(loose.map(({ name }) => name));
    const isSorted =
      loose.length === 0 && prefixes.every((prefix, at) => at === 0 || prefix > (prefixes[at - 1] ?? ""));
    const refs = loose.length === 0 ? packed.refs : [...loose, ...packed.refs.filter(({ name }) => !names.has(name))];
    return isSorted && packed.isSorted ? refs : refs.toSorted(byName);
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
}

/**
 * Reads refs under prefixes as they stand in files, to see whether anything has changed since.
 *
 * @returns `packed` is the file of all packed refs, these and others; `undefined` as for {@link readRefFiles}.
 */
export function readRefState(
  repo: GitRepository,
  prefixes: readonly string[],
): { readonly loose: string; readonly packed: Buffer } | undefined {
  if (statSync(join(repo.commonDir, "reftable"), { throwIfNoEntry: false }) !== undefined) return undefined;
  try {
    const loose = readLoose(repo, prefixes)?.map(({ name, id }) => `${id} ${name}\n`);
    if (loose === undefined) return undefined;
    return {
      loose: loose.toSorted().join(""),
      packed: readFileIfThere(join(repo.commonDir, "packed-refs")) ?? NOTHING,
    };
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
}

/**
 * Reads the names of refs under a prefix from their files, without looking into them: of ten thousand, those that matter
 * can be read one by one.
 *
 * @returns In name order; among them may be names of what is no ref. `undefined` when only Git can tell.
 */
export function readRefNames(repo: GitRepository, prefix: string): readonly string[] | undefined {
  if (!SHARED_PREFIX.test(prefix) || existsSync(join(repo.commonDir, "reftable"))) return undefined;
  const names = new Set<string>();
  const walk = (folder: string): void => {
    for (const entry of listFolder(join(repo.commonDir, folder))) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else if (!name.endsWith(".lock")) names.add(name);
    }
  };
  try {
    walk(prefix);
    const packed = readPacked(repo, [prefix]);
    if (packed === undefined) return undefined;
    for (const { name } of packed.refs) names.add(name);
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
  const isPlain = [...names].every((name) => PLAIN_NAME.test(name));
  // Plain names have the same order as text and as bytes.
  return isPlain ? [...names].toSorted() : undefined;
}

function readLoose(repo: GitRepository, prefixes: readonly string[]): PeeledRef[] | undefined {
  const refs: PeeledRef[] = [];
  const walk = (folder: string): boolean => {
    for (const entry of listFolder(join(repo.commonDir, folder))) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!walk(name)) return false;
        continue;
      }
      // A lock that somebody holds right now.
      if (name.endsWith(".lock")) continue;
      if (!entry.isFile() || !isValidRefName(name) || refs.length === MAX_LOOSE) return false;
      if (name.startsWith("refs/tags/")) return false;
      const id = readFileIfThere(join(repo.commonDir, name))?.toString("latin1").trimEnd();
      // Deleted, or packed, since the folder was listed.
      if (id === undefined) continue;
      if (!isId(repo, id)) return false;
      refs.push({ name, id, peeledId: undefined });
    }
    return true;
  };
  return prefixes.every((prefix) => walk(prefix)) ? refs : undefined;
}

function readPacked(
  repo: GitRepository,
  prefixes: readonly string[],
): { readonly refs: readonly PeeledRef[]; readonly isSorted: boolean } | undefined {
  const data = readFileIfThere(join(repo.commonDir, "packed-refs"));
  if (data === undefined || data.byteLength === 0) return { refs: [], isSorted: true };
  const text = isAscii(data) ? data.toString("latin1") : data.toString();
  const header = text.slice(0, text.indexOf("\n"));
  if (!header.startsWith("# pack-refs with:") || !header.includes(" fully-peeled ") || !text.endsWith("\n")) {
    return undefined;
  }
  const refs: PeeledRef[] = [];
  for (const prefix of prefixes) {
    // A ref of this very name.
    if (text.includes(` ${prefix}\n`)) return undefined;
    // Names hold no blanks, so that this is the beginning of one.
    const beginning = ` ${prefix}/`;
    for (let at = text.indexOf(beginning); at !== -1;) {
      const end = text.indexOf("\n", at);
      const name = text.slice(at + 1, end);
      const id = text.slice(at - repo.idLength, at);
      if (text[at - repo.idLength - 1] !== "\n" || !isId(repo, id)) return undefined;
      if (!PLAIN_NAME.test(name) && !isValidRefName(name)) return undefined;
      const isPeeled = text[end + 1] === "^";
      const peeledId = isPeeled ? text.slice(end + 2, text.indexOf("\n", end + 1)) : undefined;
      if (peeledId !== undefined && !isId(repo, peeledId)) return undefined;
      refs.push({ name, id, peeledId });
      at = text.indexOf(beginning, end);
    }
  }
  return { refs, isSorted: header.includes(" sorted ") };
}

function listFolder(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function readFileIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Git takes a ref that is all zeros for a broken one: what begins with many is left to it. */
function isId(repo: GitRepository, text: string): boolean {
  return text.length === repo.idLength && HEX.test(text) && !text.startsWith("0000000000");
}

/** By bytes, as Git orders names. */
function byName({ name: a }: PeeledRef, { name: b }: PeeledRef): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
