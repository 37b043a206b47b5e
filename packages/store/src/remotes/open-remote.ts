import type { RemoteConfig } from "../config/remote-config.ts";
import { StoredObjects, type ObjectRemote } from "./object-remote.ts";
import { RemoteConfigError } from "./remote-errors.ts";
import type { RemoteStorage } from "./remote-storage.ts";
import { type OpenRemoteOptions, type RemoteEnvironment, RemoteSettings } from "./settings.ts";
import { parseRemoteUrl } from "./url.ts";

/** Schemes of storages that DVC reaches and we do not, with what to use instead. */
const OTHER_SCHEMES: ReadonlyMap<string, string> = new Map([
  ["gs", "Google Cloud Storage speaks S3 too: use an s3:// URL with `endpointurl` and HMAC keys."],
  ["azure", "Put an S3, SSH, WebDAV or HTTP server before it, or mount it as a folder."],
  ["oss", "Alibaba's OSS speaks S3 too: use an s3:// URL with `endpointurl`."],
  ["gdrive", "Mount the drive as a folder, or use another kind of remote."],
  ["hdfs", "Use webhdfs://HOST:PORT/PATH: the same files over HTTP."],
]);

/**
 * Opens the objects of a remote. Nothing is sent before it is used.
 *
 * @throws {@link RemoteConfigError} for settings that cannot work.
 */
export async function openRemote(
  config: RemoteConfig,
  env: RemoteEnvironment,
  options: OpenRemoteOptions = {},
): Promise<ObjectRemote> {
  const settings = new RemoteSettings(config, env, options);
  for (const key of ["worktree", "version_aware"]) {
    if (settings.flag(key) !== true) continue;
    throw new RemoteConfigError(
      settings.name,
      `it keeps files under their own names and versions (\`${key}\`)`,
      `Such remotes cannot be used here yet with hashes; use a remote without \`${key}\`.`,
    );
  }
  const jobs = settings.number("jobs");
  return new StoredObjects(await openStorage(settings), jobs === undefined ? undefined : Math.max(1, Math.floor(jobs)));
}

/**
 * Opens what a remote's URL names. The code of each protocol is loaded when it is first needed.
 *
 * @throws {@link RemoteConfigError}
 */
export async function openStorage(settings: RemoteSettings): Promise<RemoteStorage> {
  const { scheme } = parseRemoteUrl(settings.url);
  switch (scheme) {
    case "":
    case "file": {
      const { LocalStorage } = await import("./local-storage.ts");
      const path = scheme === "file" ? decodeURIComponent(parseRemoteUrl(settings.url).path) : settings.url;
      return new LocalStorage(settings.resolvePath(path), settings.text("shared") === "group");
    }
    case "s3":
      return (await import("./s3/s3-storage.ts")).openS3(settings);
    case "ssh":
    case "sftp":
      return (await import("./ssh/sftp-storage.ts")).openSftp(settings);
    case "http":
    case "https":
      return (await import("./http/http-storage.ts")).openHttp(settings);
    case "webdav":
    case "webdavs":
      return (await import("./http/webdav-storage.ts")).openWebdav(settings);
    case "webhdfs":
      return (await import("./http/webhdfs-storage.ts")).openWebhdfs(settings);
    default:
      throw new RemoteConfigError(
        settings.name,
        `there is no support for ${scheme}:// URLs`,
        OTHER_SCHEMES.get(scheme) ?? "Use a folder, or an s3, ssh, http, https, webdav, webdavs or webhdfs URL.",
      );
  }
}
