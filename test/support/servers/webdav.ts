import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, freePort, serverFolder, startServer, type TestServer } from "./server.ts";

/** Apache with its WebDAV modules. */
export interface WebdavServer extends TestServer {
  /** `webdav://127.0.0.1:PORT/dav`: anybody may write. */
  readonly url: string;
  /** The same files behind a user `ada` with the password `s3cret:pass`. */
  readonly guardedUrl: string;
  /** The folder that holds the files. */
  readonly data: string;
}

const MODULES = "/usr/lib/apache2/modules";
const program = findProgram("apache2");

/** Tells whether there is Apache with WebDAV on this machine. */
export const hasApache = program !== undefined && existsSync(join(MODULES, "mod_dav_fs.so"));

/** Starts Apache on a port of its own. */
export async function startWebdav(): Promise<WebdavServer> {
  const folder = serverFolder("webdav");
  const port = await freePort();
  const data = join(folder, "data");
  const locks = join(folder, "locks");
  for (const path of [data, locks]) mkdirSync(path);
  const digest = createHash("sha1").update("s3cret:pass").digest("base64");
  writeFileSync(join(folder, "passwords"), `ada:{SHA}${digest}\n`);
  const modules = [
    "mpm_event",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_user",
    "auth_basic",
    "alias",
    "dav",
    "dav_fs",
  ];
  writeFileSync(
    join(folder, "apache.conf"),
    [
      `ServerRoot ${folder}`,
      "ServerName 127.0.0.1",
      `Listen 127.0.0.1:${port}`,
      `PidFile ${join(folder, "apache.pid")}`,
      `ErrorLog ${join(folder, "error.log")}`,
      `DefaultRuntimeDir ${folder}`,
      "Mutex posixsem",
      ...modules.map((name) => `LoadModule ${name}_module ${join(MODULES, `mod_${name}.so`)}`),
      ...(process.getuid?.() === 0 ? ["User www-data", "Group www-data"] : []),
      `DavLockDB ${join(locks, "DavLock")}`,
      "DavDepthInfinity Off",
      "AllowEncodedSlashes On",
      `Alias /dav ${data}`,
      `Alias /guarded ${data}`,
      `<Directory ${data}>`,
      "  Dav On",
      "  DirectoryIndex disabled",
      "</Directory>",
      "<Location /dav>",
      "  Require all granted",
      "</Location>",
      "<Location /guarded>",
      "  AuthType Basic",
      "  AuthName data",
      `  AuthUserFile ${join(folder, "passwords")}`,
      "  Require valid-user",
      "</Location>",
      "",
    ]
      .filter((line) => !line.includes("DirectoryIndex"))
      .join("\n"),
  );
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) {
    const ids = /^www-data:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
    for (const path of [data, locks]) chownSync(path, Number(ids?.[1] ?? 33), Number(ids?.[2] ?? 33));
  }
  const args = ["-f", join(folder, "apache.conf"), "-D", "FOREGROUND"];
  const server = await startServer(program ?? "apache2", args, { port, folder });
  const host = `127.0.0.1:${port}`;
  return { ...server, url: `webdav://${host}/dav`, guardedUrl: `webdav://${host}/guarded`, data };
}
