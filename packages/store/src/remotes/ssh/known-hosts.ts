import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno } from "@waymark/files";
import { matchesHost } from "./ssh-config.ts";

/** A key that a `known_hosts` file gives a host. */
export interface KnownHostKey {
  /** For example `ssh-ed25519`. */
  readonly type: string;
  /** Base64, as in the file. */
  readonly key: string;
  readonly isRevoked: boolean;
  /** The file, and the line, from 1. */
  readonly path: string;
  readonly line: number;
}

/** What the files say of the key a server showed. */
export type HostKeyVerdict =
  | { readonly kind: "known" }
  | { readonly kind: "unknown" }
  /** The host has other keys of the same type there. */
  | { readonly kind: "changed"; readonly path: string; readonly line: number }
  | { readonly kind: "revoked"; readonly path: string; readonly line: number };

/**
 * Collects the keys that `known_hosts` files give a host. Authorities of certificates are passed over: such hosts are
 * unknown unless their key is there as well.
 *
 * @param host - Name, or address, without brackets.
 */
export function readKnownHosts(paths: readonly string[], host: string, port: number): readonly KnownHostKey[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return paths.flatMap((path) =>
    readText(path)
      .split(/\r?\n/)
      .flatMap((text, at) => {
        const fields = text.trim().split(/\s+/);
        const marker = fields[0]?.startsWith("@") === true ? fields.shift() : undefined;
        const [hosts = "", type = "", key = ""] = fields;
        if (hosts.startsWith("#") || key === "" || marker === "@cert-authority" || !isMeant(name, hosts)) return [];
        return [{ type, key, isRevoked: marker === "@revoked", path, line: at + 1 }];
      }),
  );
}

/** Judges the key that a server showed. */
export function judgeHostKey(known: readonly KnownHostKey[], key: Buffer): HostKeyVerdict {
  const shown = key.toString("base64");
  const revoked = known.find((entry) => entry.isRevoked && entry.key === shown);
  if (revoked !== undefined) return { kind: "revoked", path: revoked.path, line: revoked.line };
  const usable = known.filter((entry) => !entry.isRevoked);
  if (usable.some((entry) => entry.key === shown)) return { kind: "known" };
  const type = hostKeyType(key);
  const other = usable.find((entry) => entry.type === type) ?? usable[0];
  return other === undefined ? { kind: "unknown" } : { kind: "changed", path: other.path, line: other.line };
}

/** Returns the type a key names in its first field, such as `ssh-ed25519`. */
export function hostKeyType(key: Buffer): string {
  const length = key.byteLength >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + length).toString("latin1");
}

/** Writes the hash of a key as OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** Adds the key of a host to a `known_hosts` file, which is made when it is not there. */
export function rememberHostKey(path: string, host: string, port: number, key: Buffer): void {
  const name = port === 22 ? host : `[${host}]:${port}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const text = readText(path);
  const start = text === "" || text.endsWith("\n") ? "" : "\n";
  appendFileSync(path, `${start}${name} ${hostKeyType(key)} ${key.toString("base64")}\n`, { mode: 0o600 });
}

function isMeant(name: string, hosts: string): boolean {
  // `|1|salt|hash`: the name is hidden, one per line.
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts);
  if (hashed === null) return matchesHost(name, hosts.split(","));
  const wanted = Buffer.from(hashed[2] ?? "", "base64");
  const found = createHmac("sha1", Buffer.from(hashed[1] ?? "", "base64"))
    .update(name)
    .digest();
  return wanted.byteLength === found.byteLength && timingSafeEqual(wanted, found);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return "";
    throw error;
  }
}
