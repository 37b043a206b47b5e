import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { SUBPROTOCOL } from "../../protocol.ts";

/** Who is let in: fixed when the server listens. */
export interface AccessRules {
  readonly token: string;
  readonly port: number;
  /** Host names beside the loopback ones, as `--allow-host` gives them: `name` or `name:port`. */
  readonly allowedHosts: readonly string[];
}

/** What a request may touch: `shell` is the page without data, `token` wants the token itself, `data` the cookie. */
export type AccessLevel = "shell" | "token" | "data";

/** Answer to whether a request is let in; the status is all a stranger learns. */
export type Verdict =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly status: 400 | 401 | 403 | 421 };

const ALLOWED: Verdict = { isAllowed: true };
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const TOKEN_PROTOCOL = "token.";

/** Name of the cookie: ports of one host share cookies, so each server has its own. */
export function cookieName(port: number): string {
  return `waymark-${port}`;
}

/** What the cookie holds: proof of the token, without being the token. It survives a restart, as the token does. */
export function cookieValue(rules: AccessRules): string {
  return createHmac("sha256", rules.token).update(`waymark viewer cookie ${rules.port}`).digest("base64url");
}

/**
 * Judges a request before anything else looks at it: exactly one Host of ours (a page that rebinds its name to
 * 127.0.0.1 fails here), an Origin of ours if any, a target in origin form, and what the level asks for.
 *
 * @param isUpgrade - A WebSocket without an Origin does not come from a page: it must bring the token itself.
 */
export function judgeRequest(
  request: IncomingMessage,
  rules: AccessRules,
  level: AccessLevel,
  isUpgrade = false,
): Verdict {
  const hosts = valuesOf(request, "host");
  const host = hosts[0]?.toLowerCase();
  if (hosts.length !== 1 || host === undefined || !isOwnHost(host, rules)) return { isAllowed: false, status: 421 };
  if (request.url?.startsWith("/") !== true) return { isAllowed: false, status: 400 };
  const origins = valuesOf(request, "origin");
  const isOwnOrigin = origins.length === 1 && isOriginOf(origins[0] ?? "", host);
  if (origins.length > 0 && !isOwnOrigin) return { isAllowed: false, status: 403 };
  // Browsers say where a request comes from even where they send no Origin: another port of this host is not us.
  const site = valuesOf(request, "sec-fetch-site");
  if (level !== "shell" && site.some((value) => value !== "same-origin" && value !== "none")) {
    return { isAllowed: false, status: 403 };
  }
  if (level === "shell") return ALLOWED;
  if (hasToken(request, rules)) return ALLOWED;
  const mayUseCookie = level === "data" && (!isUpgrade || isOwnOrigin);
  return mayUseCookie && hasCookie(request, rules) ? ALLOWED : { isAllowed: false, status: 401 };
}

/** Compares two secrets without telling by the time it takes how much of them agrees. */
function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function isOwnHost(host: string, rules: AccessRules): boolean {
  const { port, allowedHosts } = rules;
  const names = [...LOOPBACK, ...allowedHosts.map((name) => name.toLowerCase())];
  return names.some(
    (name) => host === `${name}:${port}` || (host === name && (port === 80 || allowedHosts.includes(name))),
  );
}

function isOriginOf(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function hasToken(request: IncomingMessage, rules: AccessRules): boolean {
  const [authorization] = valuesOf(request, "authorization");
  if (authorization?.startsWith("Bearer ") === true) return isSameSecret(authorization.slice(7), rules.token);
  const protocols = valuesOf(request, "sec-websocket-protocol").flatMap((value) =>
    value.split(",").map((part) => part.trim()),
  );
  const offered = protocols.find((protocol) => protocol !== SUBPROTOCOL && protocol.startsWith(TOKEN_PROTOCOL));
  return offered !== undefined && isSameSecret(offered.slice(TOKEN_PROTOCOL.length), rules.token);
}

function hasCookie(request: IncomingMessage, rules: AccessRules): boolean {
  const wanted = cookieValue(rules);
  const prefix = `${cookieName(rules.port)}=`;
  const cookies = valuesOf(request, "cookie").flatMap((value) => value.split(";").map((part) => part.trim()));
  return cookies.some((cookie) => cookie.startsWith(prefix) && isSameSecret(cookie.slice(prefix.length), wanted));
}

/** Every value of a header, as it came: Node's parsed headers keep one of two. */
function valuesOf(request: IncomingMessage, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? "");
  }
  return values;
}
