/** The parts of a remote's URL. */
export interface RemoteUrl {
  /** Lower case, without `:`; empty for a path of this machine. */
  readonly scheme: string;
  /** Empty for a path. */
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** As written, with the slash before it; percent signs are left alone. */
  readonly path: string;
  /** With the question mark; empty for none. */
  readonly query: string;
}

const URL_PATTERN =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#@]*(?:@[^/?#@]*)*)@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?([^?#]*)(\?[^#]*)?/i;

/** Tells whether text names a place by URL rather than by a path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

/** Takes a URL apart; a path of this machine comes back as `path` with an empty scheme. */
export function parseRemoteUrl(text: string): RemoteUrl {
  const match = isUrl(text) ? URL_PATTERN.exec(text) : null;
  if (match === null) {
    return { scheme: "", host: "", port: undefined, user: undefined, password: undefined, path: text, query: "" };
  }
  const [, scheme = "", login, host = "", port, path = "", query = ""] = match;
  const at = login?.indexOf(":") ?? -1;
  return {
    scheme: scheme.toLowerCase(),
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: port === undefined ? undefined : Number(port),
    user: login === undefined ? undefined : decode(at < 0 ? login : login.slice(0, at)),
    password: login === undefined || at < 0 ? undefined : decode(login.slice(at + 1)),
    path,
    query,
  };
}

/** Writes a URL for messages: without user's password, and without a query, which may hold a signature. */
export function displayUrl(text: string): string {
  const url = parseRemoteUrl(text);
  if (url.scheme === "") return text;
  const user = url.user === undefined || url.user === "" ? "" : `${url.user}@`;
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  return `${url.scheme}://${user}${host}${url.port === undefined ? "" : `:${url.port}`}${url.path}`;
}

/** Joins parts of a path with single slashes; empty parts count for nothing. */
export function joinPath(...parts: readonly string[]): string {
  const [first = "", ...rest] = parts.filter((part) => part !== "");
  return [first.replace(/(?<=.)\/+$/, ""), ...rest.map((part) => part.replace(/^\/+|\/+$/g, ""))]
    .filter((part) => part !== "")
    .join("/")
    .replace(/^\/\//, "/");
}

/** Percent-encodes each part of a path for use in an HTTP URL. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded after all: a percent sign of a password.
    return text;
  }
}
