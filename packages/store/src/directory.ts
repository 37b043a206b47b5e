import { compareCodePoints, formatJsonString } from "@waymark/core";
import { CorruptObjectError } from "./errors.ts";

/** Names of letters, digits and the like, which no file system reads as anything else. */
const PLAIN_PATH = /^(?:[\w-][\w.-]*\/)*[\w-](?:[\w.-]*[\w-])?$/;
const HIGH_UNITS = /[\ud800-\uffff]/;

/** One file of a folder in the cache. */
export interface DirectoryEntry {
  /** Relative to the folder, `/` between parts. */
  readonly relpath: string;
  readonly md5: string;
}

/**
 * Formats the manifest of a folder, byte for byte as DVC does: sorted by code point, ASCII, no line end.
 *
 * @see docs/formats.md, directory manifests.
 */
export function formatDirectory(entries: readonly DirectoryEntry[]): Buffer {
  // As Python's `json.dumps(…, sort_keys=True)` writes them; put together here because there may be a million.
  const items = sortEntries(entries).map(
    ({ md5, relpath }) => `{"md5": "${md5}", "relpath": ${formatJsonString(relpath)}}`,
  );
  return Buffer.from(`[${items.join(", ")}]`);
}

/** Orders entries as a manifest does. */
export function sortEntries(entries: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  // Below the surrogates both orders are the same, and that of the language is much faster.
  const isSimple = entries.every(({ relpath }) => !HIGH_UNITS.test(relpath));
  if (!isSimple) return entries.toSorted((a, b) => compareCodePoints(a.relpath, b.relpath));
  return entries.toSorted((a, b) => (a.relpath < b.relpath ? -1 : a.relpath > b.relpath ? 1 : 0));
}

/**
 * Parses the manifest of a folder. Paths that would leave the folder, reach into a Git folder or stand twice make the
 * whole manifest unusable: it comes from elsewhere, and what it names is written to disk.
 *
 * @param source - Name and place of the object, for the error.
 * @throws {@link CorruptObjectError}
 */
export function parseDirectory(
  data: Uint8Array,
  source: { readonly md5: string; readonly path: string },
): readonly DirectoryEntry[] {
  const fail = (why: string): never => {
    throw new CorruptObjectError(source.md5, source.path, why);
  };
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(data).toString());
  } catch {
    return fail("it is not a list of files");
  }
  if (!Array.isArray(content)) return fail("it is not a list of files");
  const seen = new Set<string>();
  return content.map((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return fail("an entry is not an object");
    const { relpath, md5 } = entry as Record<string, unknown>;
    if (typeof relpath !== "string" || typeof md5 !== "string") return fail("an entry lacks 'relpath' or 'md5'");
    if (!/^[0-9a-f]{32}$/.test(md5)) return fail(`'${relpath}' has no valid hash`);
    if (!isSafeRelpath(relpath)) return fail(`'${relpath}' is not a path inside the folder`);
    // DVC puts nothing of another project into the list of a folder.
    if (/(^|\/)\.dvc\//i.test(relpath)) return fail(`'${relpath}' is a file of a project's own`);
    if (seen.has(relpath)) return fail(`'${relpath}' stands twice`);
    seen.add(relpath);
    return { relpath, md5 };
  });
}

/** Tells whether a relative path stays inside its folder on every file system and out of Git's and DVC's own. */
export function isSafeRelpath(relpath: string): boolean {
  // Most are, and there may be a million of them.
  if (PLAIN_PATH.test(relpath)) return true;
  if (relpath === "" || relpath.startsWith("/") || relpath.includes("\0") || /\p{Surrogate}/u.test(relpath))
    return false;
  // Only on Windows are these more than letters of a name.
  if (process.platform === "win32" && /[\\:]/.test(relpath)) return false;
  return relpath.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !isGitName(part));
}

/** What some file system takes for `.git`: case, trailing dots and spaces, short names, ignorable characters. */
function isGitName(part: string): boolean {
  const plain = part
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .replace(/[ .]+$/, "")
    .toLowerCase();
  return plain === ".git" || plain === "git~1" || plain.startsWith(".git:");
}
