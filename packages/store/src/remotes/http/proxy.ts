import type { RemoteEnvironment } from "../settings.ts";

/** A proxy that requests go through. */
export interface Proxy {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  /** What the proxy is told of who asks; empty when its URL has no user. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The address of a proxy cannot be used. */
export class ProxyAddressError extends Error {
  override readonly name = "ProxyAddressError";
}

/**
 * Finds the proxy for a URL in the environment, by the rules of Python's `urllib`, which are DVC's: `http_proxy` or
 * `https_proxy` by the scheme of the URL, the spelling in lower case first, and nothing for what `no_proxy` names.
 *
 * @throws {@link ProxyAddressError} for a value that is no address of an HTTP proxy.
 */
export function proxyFor(url: URL, env: RemoteEnvironment): Proxy | undefined {
  const scheme = url.protocol === "https:" ? "https" : "http";
  const address = readProxy(scheme, env);
  if (address === undefined || isExempt(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "")) return undefined;
  return parseProxy(`${scheme}_proxy`, address);
}

function readProxy(scheme: "http" | "https", env: RemoteEnvironment): string | undefined {
  const lower = env[`${scheme}_proxy`];
  // An empty value in lower case takes the proxy away, whatever the other spelling says.
  if (lower !== undefined) return lower === "" ? undefined : lower;
  // A web server hands the header `Proxy` of whoever asks it to its programs as HTTP_PROXY.
  if (scheme === "http" && env["REQUEST_METHOD"] !== undefined) return undefined;
  return env[`${scheme.toUpperCase()}_PROXY`] || undefined;
}

function parseProxy(variable: string, address: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ProxyAddressError(`${variable} names no HTTP proxy`);
  }
  const isSecure = url.protocol === "https:";
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    isSecure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (isSecure ? 443 : 80) : Number(url.port),
    headers: login === ":" ? {} : { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` },
  };
}

/** `no_proxy` is a list of names, each for itself and everything below it; `*` is for all. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      // `::1` has colons of its own.
      const isAddress = entry.includes("::") || entry.split(":").length > 2;
      const wanted = (isAddress ? entry : name).replace(/^\*?\./, "");
      if (!isAddress && only !== undefined && only !== port) return false;
      return host === wanted || host === `[${wanted}]` || host.endsWith(`.${wanted}`);
    });
}
