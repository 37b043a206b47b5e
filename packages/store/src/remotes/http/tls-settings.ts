import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import { RemoteConfigError } from "../remote-errors.ts";
import type { RemoteSettings } from "../settings.ts";

/** How a connection is encrypted, as options of an agent. */
export interface TlsChoice {
  readonly rejectUnauthorized: boolean;
  readonly secureContext: SecureContext;
}

/** How connections of a remote are encrypted; both throw `RemoteConfigError` for a certificate that is none. */
export interface TlsSettings {
  /** To the servers of the remote itself. */
  own(): TlsChoice;
  /** To servers that it points to: without the certificate of the client. */
  other(): TlsChoice;
}

/**
 * Reads the settings of TLS: `ssl_verify` (a flag, or a file of authorities that are trusted besides the known ones, as
 * DVC does), `cert_path` and `key_path` (the certificate of the client). `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS` of
 * the environment name further authorities.
 *
 * @throws {@link RemoteConfigError} when a file cannot be read.
 */
export function readTlsSettings(settings: RemoteSettings): TlsSettings {
  const { isVerifying, bundle } = settings.certificates;
  const { env } = settings;
  const authorities = [bundle, env["SSL_CERT_FILE"] || undefined, env["NODE_EXTRA_CA_CERTS"] || undefined];
  const extra = authorities.flatMap((path) => (path === undefined ? [] : [readSetting(settings, path)]));
  const trust = extra.length === 0 ? {} : { ca: [...rootCertificates, ...extra] };
  const certificate = settings.path("cert_path");
  const key = settings.path("key_path") ?? certificate;
  const client = {
    ...(certificate === undefined ? {} : { cert: readSetting(settings, certificate) }),
    ...(key === undefined ? {} : { key: readSetting(settings, key) }),
  };
  const choose = (options: SecureContextOptions): TlsChoice => ({
    rejectUnauthorized: isVerifying,
    secureContext: makeContext(settings, options),
  });
  // Made when they are first needed: reading all authorities takes longer than many a request.
  let own: TlsChoice | undefined;
  let other: TlsChoice | undefined;
  return {
    own: () => (own ??= choose({ ...trust, ...client })),
    other: () => (other ??= choose(trust)),
  };
}

function makeContext(settings: RemoteSettings, options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteConfigError(settings.name, `a certificate cannot be used: ${why}`, "It must be in PEM form.");
  }
}

function readSetting(settings: RemoteSettings, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteConfigError(settings.name, `a certificate cannot be read: ${why}`, "Check the path.");
  }
}
