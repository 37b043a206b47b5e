import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { errorCode } from "@waymark/files";

/** What a viewer keeps between two starts, so that an open tab finds it again. */
export interface ViewerIdentity {
  readonly token: string;
  /** The port it listened on last, or `undefined` before the first time. */
  readonly port: number | undefined;
}

/** 32 random bytes as base64url. */
const TOKEN = /^[\w-]{43}$/;

/**
 * Where the identity of a project's viewer is kept: `.dvc/tmp/waymark/viewer.json`, or without a `.dvc` folder
 * `waymark/viewers/<hash of the root>.json` in the user's state folder (`XDG_STATE_HOME`, else `~/.local/state`).
 */
export function identityPath(root: string, env: Readonly<Record<string, string | undefined>>): string {
  if (statSync(join(root, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true) {
    return join(root, ".dvc", "tmp", "waymark", "viewer.json");
  }
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return join(state, "waymark", "viewers", `${createHash("sha256").update(root).digest("hex").slice(0, 16)}.json`);
}

/** Reads the identity, or makes a new one where there is none that only its owner can read. */
export function readIdentity(path: string): ViewerIdentity {
  const fresh = { token: randomBytes(32).toString("base64url"), port: undefined };
  try {
    // A token that others could read is not a secret any more.
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) return fresh;
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return fresh;
    const { token, port }: { token?: unknown; port?: unknown } = value;
    if (typeof token !== "string" || !TOKEN.test(token)) return fresh;
    return {
      token,
      port: typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined,
    };
  } catch (error) {
    if (errorCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return fresh;
  }
}

/**
 * Keeps the identity, readable by its owner alone from the first byte on.
 *
 * @returns Whether it could be written: a read-only project is viewed all the same, with a new token each time.
 */
export function writeIdentity(path: string, identity: ViewerIdentity): boolean {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(temporary, "w", 0o600);
    try {
      chmodSync(temporary, 0o600);
      writeFileSync(fd, `${JSON.stringify({ schema: 1, ...identity }, null, 2)}\n`);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}
