/**
 * Copies a filled template without unused optional channels and empty parameters: Vega-Lite warns about the first and
 * stumbles over the second.
 */
export function dropEmpty(spec: Record<string, unknown>): Record<string, unknown> {
  const clean = (node: unknown, key: string): unknown => {
    // Rows may hold anything and are nobody's channels.
    if (key === "values") return node;
    if (Array.isArray(node)) return node.filter((item) => !isEmptyObject(item)).map((item) => clean(item, ""));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node)
        .filter(([, value]) => !isEmptyObject(value))
        .map(([name, value]) => [name, clean(value, name)]),
    );
  };
  return clean(spec, "") as Record<string, unknown>;
}

/** Tells whether a value is an object that holds nothing. */
export function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
