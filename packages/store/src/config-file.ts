/** Sections of a DVC configuration file: section name to keys to values; names and keys in lower case. */
export type ConfigSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Parses a DVC configuration file: `[section]`, `key = value`, comments after `#`, values and section names in quotes
 * where they need them. A remote's section is named `remote "NAME"`.
 *
 * @returns `undefined` with the line number of the first line that is none of these.
 */
export function parseConfigFile(text: string): { readonly sections: ConfigSections } | { readonly badLine: number } {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim();
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
    const header = /^\[\s*(.+?)\s*\](?:\s*#.*)?$/.exec(content);
    if (header?.[1] !== undefined) {
      const name = unquote(header[1]).toLowerCase();
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
      continue;
    }
    const entry = /^([^=]+?)\s*=\s*(.*)$/.exec(content);
    if (entry?.[1] === undefined || current === undefined) return { badLine: at + 1 };
    current.set(unquote(entry[1]).toLowerCase(), valueOf(entry[2] ?? ""));
  }
  return { sections };
}

function valueOf(text: string): string {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/.exec(text);
  if (quoted?.[2] !== undefined) return quoted[2];
  return text.replace(/\s+#.*$/, "").trim();
}

function unquote(text: string): string {
  const first = text[0];
  return text.length >= 2 && (first === "'" || first === '"') && text.endsWith(first) ? text.slice(1, -1) : text;
}
