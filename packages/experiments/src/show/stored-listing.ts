import { isAscii } from "node:buffer";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isErrno, replaceFileSync } from "@waymark/files";
import { readHead, readRefState } from "@waymark/git";
import { type Project, stateFolder, toRepositoryPath } from "../project.ts";
import { LISTED_REFS } from "../ref-table.ts";

/** Changes whenever the same refs would be listed differently. */
const HEADER = "waymark listing 1";
const MAX_HEADER_BYTES = 80;
const ESCAPE = 0x1b;
const LOCAL_TIME = "/etc/localtime";

/**
 * Everything that decides how the experiments of HEAD are listed, apart from what commits hold, which never changes: the
 * refs as they stand in files, HEAD, where the project is, and the time zone.
 *
 * @param settings - What was asked for, as far as it makes a difference.
 * @returns `undefined` when that is not all, or refs stand elsewhere.
 */
export function describeListing(project: Project, settings: string): Buffer | undefined {
  const { repo, root, dvcRoot } = project;
  const head = readHead(repo);
  const refs = readRefState(repo, LISTED_REFS);
  // A history that is cut off may grow backwards.
  if (refs === undefined || repo.isShallow) return undefined;
  const texts = [settings, toRepositoryPath(root, dvcRoot) ?? "", head.commit ?? "", head.branch ?? "", ...localTime()];
  return Buffer.concat([Buffer.from(JSON.stringify([...texts, refs.loose])), refs.packed]);
}

/** Returns what was listed last as JSON text, if it was for the same. */
export function readStoredListing(project: Project, key: Buffer): string | undefined {
  let data: Buffer;
  try {
    data = readFileSync(listingPath(project));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return undefined;
    throw error;
  }
  const headerEnd = data.subarray(0, MAX_HEADER_BYTES).indexOf("\n") + 1;
  const body = data.subarray(headerEnd + key.byteLength);
  if (data.toString("latin1", 0, headerEnd) !== formatHeader(key, body)) return undefined;
  const isSame = key.equals(data.subarray(headerEnd, headerEnd + key.byteLength));
  return isSame && isAscii(body) && !body.includes(ESCAPE) ? body.toString("latin1") : undefined;
}

/** Keeps what was listed; that it cannot is no reason to fail. */
export function storeListing(project: Project, key: Buffer, json: string): void {
  const body = Buffer.from(json);
  try {
    replaceFileSync(listingPath(project), Buffer.concat([Buffer.from(formatHeader(key, body)), key, body]));
  } catch (error) {
    if (!isErrno(error, "EACCES", "EROFS", "ENOSPC", "EPERM", "EDQUOT", "EIO", "ENOTDIR", "EISDIR")) throw error;
  }
}

function formatHeader(key: Buffer, body: Buffer): string {
  return `${HEADER} ${key.byteLength} ${body.byteLength} ${crc32(body).toString(16)}\n`;
}

function listingPath(project: Project): string {
  return join(stateFolder(project), "listing");
}

/** Times are listed in the local zone: what names its rules, and the rules themselves as far as a look tells. */
function localTime(): readonly string[] {
  const { TZ: zone = "" } = process.env;
  const offsets = [0, 6].map((month) => new Date(new Date().getFullYear(), month).getTimezoneOffset());
  return [zone, process.versions["tz"] ?? "", String(offsets), zone === "" ? localTimeFile() : ""];
}

function localTimeFile(): string {
  try {
    const { mtimeMs, size } = lstatSync(LOCAL_TIME);
    return `${mtimeMs} ${size} ${readlinkSync(LOCAL_TIME)}`;
  } catch {
    // None, as in many containers, or a file and no link: its time tells when it was changed.
    return String(lstatSync(LOCAL_TIME, { throwIfNoEntry: false })?.mtimeMs ?? "");
  }
}
