/** Keys that make a specification load, link or configure something outside itself. */
const FORBIDDEN: ReadonlySet<string> = new Set(["href", "url", "usermeta", "embedOptions", "signalListeners"]);

/** Vega walks specifications recursively; deeper ones are no charts. */
const MAX_DEPTH = 60;

/**
 * Copies a specification without what reaches out of it: data and images by URL, links, and embedding options. Its
 * rows (`values`) are data and stay as they are.
 */
export function sanitizeSpec<T>(spec: T): T {
  return strip(spec, 0) as T;
}

function strip(node: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(node)) return node.map((item) => strip(item, depth + 1));
  if (typeof node !== "object" || node === null) return node;
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (FORBIDDEN.has(key) || key === "__proto__") continue;
    clean[key] = key === "values" ? value : strip(value, depth + 1);
  }
  return clean;
}
