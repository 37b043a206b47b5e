import type { Identity } from "./identity.ts";

/** A name with a moment. */
export interface Signature extends Identity {
  /** Seconds since the epoch. */
  readonly timeSeconds: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number;
}

/** What a commit object says. */
export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  /** The message as it is stored: line ends kept, trailing ones too. */
  readonly message: string;
}

const NOBODY: Signature = { name: "", email: "", timeSeconds: 0, offsetMinutes: 0 };

/**
 * Parses the content of a commit object. Headers we do not know (signatures, encodings) are passed over; a malformed
 * signature line gives an empty name instead of an error, because one odd commit must not hide the others.
 *
 * @returns `undefined` when there is no tree: not a commit.
 */
export function parseCommit(data: Uint8Array): Commit | undefined {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = buffer.indexOf("\n\n");
  const headers = buffer.toString("utf8", 0, end === -1 ? buffer.byteLength : end).split("\n");
  let tree: string | undefined;
  let author = NOBODY;
  let committer = NOBODY;
  let encoding = "utf8";
  const parents: string[] = [];
  for (const header of headers) {
    const space = header.indexOf(" ");
    const value = header.slice(space + 1);
    switch (header.slice(0, space)) {
      case "tree":
        tree ??= value;
        break;
      case "parent":
        parents.push(value);
        break;
      case "author":
        author = parseSignature(value);
        break;
      case "committer":
        committer = parseSignature(value);
        break;
      case "encoding":
        encoding = value;
        break;
      default:
        break;
    }
  }
  if (tree === undefined) return undefined;
  const message = end === -1 ? "" : decodeMessage(buffer.subarray(end + 2), encoding);
  return { tree, parents, author, committer, message };
}

/** Formats the content of a commit object; the message is stored as given, in UTF-8. */
export function formatCommit(commit: Commit): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(commit.author)}`,
    `committer ${formatSignature(commit.committer)}`,
  ];
  return Buffer.from(`${lines.join("\n")}\n\n${commit.message}`);
}

function parseSignature(text: string): Signature {
  const match = /^(.*?) ?<([^>]*)> ?(-?\d+) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return NOBODY;
  const [, name = "", email = "", time, sign, hours, minutes] = match;
  const offset = Number(hours) * 60 + Number(minutes);
  return { name, email, timeSeconds: Number(time), offsetMinutes: sign === "-" ? -offset : offset };
}

/** Formats a name with a moment as commit objects have it. */
export function formatSignature(signature: Signature): string {
  const { name, email, timeSeconds, offsetMinutes } = signature;
  const absolute = Math.abs(offsetMinutes);
  const digits = (value: number): string => String(value).padStart(2, "0");
  const zone = `${offsetMinutes < 0 ? "-" : "+"}${digits(Math.floor(absolute / 60))}${digits(absolute % 60)}`;
  return `${name} <${email}> ${timeSeconds} ${zone}`;
}

function decodeMessage(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }
}
