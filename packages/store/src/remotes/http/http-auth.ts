import { createHash, randomBytes } from "node:crypto";
import { RemoteConfigError } from "../remote-errors.ts";
import type { RemoteSettings } from "../settings.ts";
import { parseRemoteUrl } from "../url.ts";

/** How a remote is told who asks. */
export interface HttpAuth {
  /** Returns the headers for one request. */
  headers(method: string, url: string): Record<string, string>;
  /** Reads the headers of a refusal; true when the same request, made again, may be accepted. */
  answer(headers: Readonly<Record<string, string | undefined>>): boolean;
}

/** Headers that are the same for every request. */
export function fixedAuth(headers: Readonly<Record<string, string>>): HttpAuth {
  return { headers: () => ({ ...headers }), answer: () => false };
}

/** A user and a password in every request. */
export function basicAuth(user: string, password: string): HttpAuth {
  const credentials = Buffer.from(`${user}:${password}`).toString("base64");
  return fixedAuth({ authorization: `Basic ${credentials}` });
}

/** A user and a password that never travel: the server sends a challenge, and gets a hash of it (RFC 7616). */
export class DigestAuth implements HttpAuth {
  readonly #user: string;
  readonly #password: string;
  #challenge: Readonly<Record<string, string>> | undefined;
  #count = 0;

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  headers(method: string, url: string): Record<string, string> {
    const challenge = this.#challenge;
    if (challenge === undefined) return {};
    this.#count += 1;
    const { realm = "", nonce = "", opaque, algorithm = "MD5" } = challenge;
    const { pathname, search } = new URL(url);
    const hash = (text: string): string =>
      createHash(/^sha-256/i.test(algorithm) ? "sha256" : "md5")
        .update(text)
        .digest("hex");
    const count = this.#count.toString(16).padStart(8, "0");
    const own = randomBytes(8).toString("hex");
    const secret = hash(`${this.#user}:${realm}:${this.#password}`);
    const user = /-sess$/i.test(algorithm) ? hash(`${secret}:${nonce}:${own}`) : secret;
    const asked = hash(`${method}:${pathname}${search}`);
    const isCounting = challenge["qop"] !== undefined;
    const response = hash(isCounting ? `${user}:${nonce}:${count}:${own}:auth:${asked}` : `${user}:${nonce}:${asked}`);
    const fields = [
      `username="${quote(this.#user)}"`,
      `realm="${quote(realm)}"`,
      `nonce="${quote(nonce)}"`,
      `uri="${pathname}${search}"`,
      `algorithm=${algorithm}`,
      `response="${response}"`,
      ...(isCounting ? ["qop=auth", `nc=${count}`, `cnonce="${own}"`] : []),
      ...(opaque === undefined ? [] : [`opaque="${quote(opaque)}"`]),
    ];
    return { authorization: `Digest ${fields.join(", ")}` };
  }

  answer(headers: Readonly<Record<string, string | undefined>>): boolean {
    const challenge = parseDigestChallenge(headers["www-authenticate"] ?? "");
    if (challenge === undefined) return false;
    this.#challenge = challenge;
    this.#count = 0;
    return true;
  }
}

/** Reads the digest challenge of a `WWW-Authenticate` header; `undefined` when it offers none that can be answered. */
export function parseDigestChallenge(header: string): Readonly<Record<string, string>> | undefined {
  const start = /(?:^|,\s*)Digest\s+/i.exec(header);
  if (start === null) return undefined;
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  const pattern = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;
  pattern.lastIndex = start.index + start[0].length;
  for (let match = pattern.exec(header); match !== null; match = pattern.exec(header)) {
    const [, name = "", quoted, plain = ""] = match;
    fields[name.toLowerCase()] ??= quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
  }
  const isKnown = /^(md5|sha-256)(-sess)?$/i.test(fields["algorithm"] ?? "MD5");
  const isPlain = (fields["qop"] ?? "auth").split(",").some((kind) => kind.trim() === "auth");
  return fields["nonce"] !== undefined && isKnown && isPlain ? fields : undefined;
}

/**
 * Reads how an HTTP remote is told who asks: `auth` with `user`, `password` and `custom_auth_header`, or the user and
 * password of the URL.
 *
 * @throws {@link RemoteConfigError} for a kind that does not exist or lacks its settings.
 */
export async function httpAuth(settings: RemoteSettings): Promise<HttpAuth> {
  const url = parseRemoteUrl(settings.url);
  const kind = settings.text("auth")?.toLowerCase();
  const user = settings.text("user") ?? url.user;
  if (kind === undefined) return url.user === undefined ? fixedAuth({}) : basicAuth(url.user, url.password ?? "");
  const password = (await settings.secret("password", `${user ?? "custom"} at ${url.host}`)) ?? url.password;
  const need = (what: string): RemoteConfigError =>
    new RemoteConfigError(settings.name, `\`auth = ${kind}\` needs ${what}`, "Set it in .dvc/config.local.");
  switch (kind) {
    case "basic":
    case "digest":
      if (user === undefined || password === undefined) throw need("`user` and `password`");
      return kind === "basic" ? basicAuth(user, password) : new DigestAuth(user, password);
    case "custom": {
      const header = settings.text("custom_auth_header");
      if (header === undefined || password === undefined) throw need("`custom_auth_header` and `password`");
      return fixedAuth({ [header.toLowerCase()]: password });
    }
    default:
      throw new RemoteConfigError(settings.name, `\`auth\` is '${kind}'`, "Set it to basic, digest or custom.");
  }
}

function quote(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}
