import { createHash, randomBytes } from "node:crypto";
import { closeSync, fchmodSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { errorCode } from "@waymark/files";
import { statIfSeen } from "./history/stat.ts";

/** What a viewer keeps between two starts, so that an open tab finds it again. */
export interface ViewerIdentity {
  readonly token: string;
  /** The port it listened on last, or `undefined` before the first time. */
  readonly port: number | undefined;
}

/** 32 random bytes as base64url. */
const TOKEN = /^[\w-]{43}$/;

/**
 * Where the identity of a project's viewer may be kept, the best place first: `.dvc/tmp/waymark/viewer.json` where there
 * is a `.dvc` folder, and `waymark/viewers/<hash of the root>.json` in the user's state folder (`XDG_STATE_HOME`, else
 * `~/.local/state`).
 */
export function identityPaths(root: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  const name = `${createHash("sha256").update(root).digest("hex").slice(0, 16)}.json`;
  const outside = join(state, "waymark", "viewers", name);
  const isDvc = statIfSeen(join(root, ".dvc"))?.isDirectory() === true;
  return isDvc ? [join(root, ".dvc", "tmp", "waymark", "viewer.json"), outside] : [outside];
}

/** Reads the identity from the first place that has one, or makes a new one. */
export function readIdentity(paths: readonly string[]): ViewerIdentity {
  for (const path of paths) {
    const found = readOne(path);
    if (found !== undefined) return found;
  }
  return { token: randomBytes(32).toString("base64url"), port: undefined };
}

/**
 * Keeps the identity in the first place that can be written, readable by its owner alone from the first byte on.
 *
 * @returns Whether it could be written: a read-only project is viewed all the same, with a new token each time.
 */
export function writeIdentity(paths: readonly string[], identity: ViewerIdentity): boolean {
  return paths.some((path) => writeOne(path, identity));
}

function readOne(path: string): ViewerIdentity | undefined {
  try {
    // A token that others could read is not a secret any more.
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) return undefined;
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { token, port }: { token?: unknown; port?: unknown } = value;
    if (typeof token !== "string" || !TOKEN.test(token)) return undefined;
    const isPort = typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536;
    return { token, port: isPort ? port : undefined };
  } catch (error) {
    if (errorCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function writeOne(path: string, identity: ViewerIdentity): boolean {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(temporary, "w", 0o600);
    try {
      fchmodSync(fd, 0o600);
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
