import { readFileSync } from "node:fs";
import type { Dispatcher } from "undici";
import { RemoteConfigError } from "../remote-errors.ts";
import type { RemoteSettings } from "../settings.ts";

/** DVC waits this long for a connection. */
const CONNECT_SECONDS = 60;
/** A server that stores a large file may be silent for minutes before it answers. */
const READ_SECONDS = 300;

/**
 * Makes what keeps the connections of an HTTP remote: certificates, timeouts, and the proxy of the environment.
 *
 * @throws {@link RemoteConfigError} when a certificate cannot be read.
 */
export async function openDispatcher(settings: RemoteSettings): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import("undici");
  const { isVerifying, bundle } = settings.certificates;
  const certificate = settings.path("cert_path");
  const key = settings.path("key_path") ?? certificate;
  const waitSeconds = settings.number("timeout");
  const options = {
    connect: {
      timeout: (settings.number("connect_timeout") ?? waitSeconds ?? CONNECT_SECONDS) * 1000,
      rejectUnauthorized: isVerifying,
      ...(bundle === undefined ? {} : { ca: readSetting(settings, bundle) }),
      ...(certificate === undefined ? {} : { cert: readSetting(settings, certificate) }),
      ...(key === undefined ? {} : { key: readSetting(settings, key) }),
    },
    headersTimeout: (settings.number("read_timeout") ?? waitSeconds ?? READ_SECONDS) * 1000,
    bodyTimeout: (settings.number("read_timeout") ?? waitSeconds ?? READ_SECONDS) * 1000,
  };
  const { env } = settings;
  const httpProxy = env["http_proxy"] || env["HTTP_PROXY"];
  const httpsProxy = env["https_proxy"] || env["HTTPS_PROXY"];
  const noProxy = env["no_proxy"] || env["NO_PROXY"];
  if (!httpProxy && !httpsProxy) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    requestTls: options.connect,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    ...(noProxy ? { noProxy } : {}),
  });
}

function readSetting(settings: RemoteSettings, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteConfigError(settings.name, `a certificate cannot be read: ${why}`, "Check the path.");
  }
}
