import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUILT } from "#built";
import { errorCode } from "@waymark/files";
import { createHash } from "node:crypto";

/** One file of the page, held in memory. */
export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
  /** Its name holds a hash of its content, so it never changes. */
  readonly isImmutable: boolean;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["svg", "image/svg+xml"],
  ["png", "image/png"],
  ["ico", "image/x-icon"],
  ["json", "application/json"],
  ["map", "application/json"],
  ["woff2", "font/woff2"],
  ["webmanifest", "application/manifest+json"],
]);

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>Waymark</title>
<p>The viewer's page has not been built. Run <code>npm run build</code> and start the viewer again.</p>
`;

/** Where the built page lies. */
export function defaultPageFolder(): string {
  return fileURLToPath(new URL("client", BUILT));
}

/**
 * Reads the built page. Requests are answered from this map alone, so no request ever names a file.
 *
 * @returns By request path; `/` is index.html, or a note how to build it.
 */
export function readPage(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>([["/", toStaticFile("index.html", Buffer.from(NOT_BUILT))]]);
  for (const path of listed(folder)) {
    const name = path.replaceAll("\\", "/");
    const file = toStaticFile(name, readFileSync(join(folder, path)));
    files.set(name === "index.html" ? "/" : `/${name}`, file);
  }
  return files;
}

function listed(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

function toStaticFile(name: string, body: Buffer): StaticFile {
  const extension = name.slice(name.lastIndexOf(".") + 1);
  return {
    type: TYPES.get(extension) ?? "application/octet-stream",
    body,
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    isImmutable: name.startsWith("assets/"),
  };
}
