/** What a WebDAV server says of one file or folder. */
export interface DavResource {
  /** Path of the URL, decoded, without a slash at the end. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | undefined;
  readonly etag: string | undefined;
  /** Milliseconds since the epoch. */
  readonly mtimeMs: number | undefined;
}

/**
 * Parses the answer to PROPFIND (RFC 4918, `multistatus`). Namespaces are taken by their local names: servers give
 * DAV: many prefixes. Properties that were not found are left out.
 */
export function parseMultistatus(xml: string): readonly DavResource[] {
  // Comments and CDATA could hold what looks like elements.
  const text = xml
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (_, data: string) => escape(data));
  return elements(text, "response").flatMap((response) => {
    const href = elements(response, "href")[0];
    if (href === undefined) return [];
    const found = elements(response, "propstat").filter((part) => {
      const status = elements(part, "status")[0];
      return status === undefined || /\s2\d\d\b/.test(status);
    });
    const properties = found.join("");
    const mtimeMs = Date.parse(value(properties, "getlastmodified") ?? "");
    const size = value(properties, "getcontentlength");
    const isFolder = /<(?:[\w.-]+:)?collection[\s/>]/.test(elements(properties, "resourcetype")[0] ?? "");
    return [
      {
        path: decodeHref(unescape(href.trim())),
        isFolder,
        sizeBytes: !isFolder && size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined,
        etag: value(properties, "getetag"),
        mtimeMs: Number.isFinite(mtimeMs) ? mtimeMs : undefined,
      },
    ];
  });
}

/** Returns the path of an `href`, which is a path or a whole URL. */
function decodeHref(href: string): string {
  const path = href.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/(?<=.)\/+$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Returns the contents of all elements with a local name, in order; such elements do not nest in WebDAV. */
function elements(xml: string, name: string): readonly string[] {
  const pattern = new RegExp(`<((?:[\\w.-]+:)?${name})(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</\\1\\s*>)`, "g");
  return [...xml.matchAll(pattern)].map((match) => match[2] ?? "");
}

function value(xml: string, name: string): string | undefined {
  const text = elements(xml, name)[0]?.trim();
  return text === undefined || text === "" ? undefined : unescape(text);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES.get(name) ?? all;
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : all;
  });
}
