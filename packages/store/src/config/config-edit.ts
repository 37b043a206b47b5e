import { parseConfigText, splitSectionName, type ConfigSection, type ConfigSections } from "./config-text.ts";
import { formatConfigName, formatConfigValue, type ConfigValue } from "./config-value.ts";

const INDENT = "    ";

/**
 * Sets a value in the text of a configuration file, or removes it; everything else stays as it is, comments too. A
 * section that is new comes where DVC would write it: those with names last. One that becomes empty goes.
 *
 * @param section - `core`, or `remote "NAME"`.
 * @param value - `undefined` removes the key.
 * @throws {@link CacheConfigError} when the text cannot be parsed or the value not be written.
 */
export function editConfigFile(text: string, section: string, key: string, value: ConfigValue | undefined): string {
  const sections = parseConfigText(text, "config");
  const place = sections.get(section);
  const entry = place?.entries.get(key);
  const lines = splitKeepingEnds(text);
  if (value === undefined) {
    if (place === undefined || entry === undefined) return text;
    lines.splice(entry.line - 1, entry.lastLine - entry.line + 1);
    const rest = lines.join("");
    return place.entries.size === 1 ? dropEmptySection(rest, section) : rest;
  }
  const end = lineEnd(text);
  const line = (indent: string): string => `${indent}${formatConfigName(key)} = ${formatConfigValue(value)}${end}`;
  if (place === undefined) return insertSection(lines, sections, section, [line(INDENT)], end);
  if (entry !== undefined) {
    const old = lines[entry.line - 1] as string;
    const comment = entry.line === entry.lastLine ? trailingComment(old) : "";
    lines.splice(
      entry.line - 1,
      entry.lastLine - entry.line + 1,
      `${line(indentOf(old)).slice(0, -end.length)}${comment}${/\r?\n$/u.exec(old)?.[0] ?? end}`,
    );
    return lines.join("");
  }
  completeLine(lines, place.lastLine - 1, end);
  const last = [...place.entries.values()].at(-1);
  lines.splice(place.lastLine, 0, line(last === undefined ? INDENT : indentOf(lines[last.line - 1] as string)));
  return lines.join("");
}

/** Removes a section with everything up to its last entry; the comments above its header, which speak of it, go too. */
export function removeConfigSection(text: string, section: string): string {
  const place = parseConfigText(text, "config").get(section);
  if (place === undefined) return text;
  const lines = splitKeepingEnds(text);
  const first = commentStart(lines, place);
  lines.splice(first, place.lastLine - first);
  return lines.join("");
}

/** Gives a section another name; its entries and comments stay. */
export function renameConfigSection(text: string, section: string, name: string): string {
  const place = parseConfigText(text, "config").get(section);
  if (place === undefined) return text;
  const lines = splitKeepingEnds(text);
  const old = lines[place.line - 1] as string;
  const isNested = old.trimStart().startsWith("[[");
  const bare = isNested ? (splitSectionName(name).name ?? name) : name;
  const header = `${indentOf(old)}${isNested ? "[[" : "["}${formatConfigName(bare)}${isNested ? "]]" : "]"}`;
  lines[place.line - 1] = `${header}${headerComment(old)}${/\r?\n$/u.exec(old)?.[0] ?? ""}`;
  return lines.join("");
}

function insertSection(
  lines: string[],
  sections: ConfigSections,
  section: string,
  body: readonly string[],
  end: string,
): string {
  const isNamed = (name: string): boolean => splitSectionName(name).name !== undefined;
  const before = isNamed(section) ? undefined : [...sections].find(([name]) => isNamed(name))?.[1];
  const at = before === undefined ? lines.length : commentStart(lines, before);
  completeLine(lines, at - 1, end);
  lines.splice(at, 0, `[${formatConfigName(section)}]${end}`, ...body);
  return lines.join("");
}

/** Takes the header of a section without entries away, unless comments are left under it. */
function dropEmptySection(text: string, section: string): string {
  const place = parseConfigText(text, "config").get(section);
  if (place === undefined) return text;
  const lines = splitKeepingEnds(text);
  const next = lines[place.line]?.trim() ?? "";
  if (next.startsWith("#") && /^\s/u.test(lines[place.line] as string)) return text;
  lines.splice(place.line - 1, 1);
  return lines.join("");
}

/** The line, counted from 0, where the comments directly above a header begin; the header's own without any. */
function commentStart(lines: readonly string[], place: ConfigSection): number {
  let first = place.line - 1;
  // Indented comments belong to the section above.
  while (first > 0 && (lines[first - 1] as string).startsWith("#")) first -= 1;
  return first;
}

function completeLine(lines: string[], at: number, end: string): void {
  const line = lines[at];
  if (line !== undefined && !line.endsWith("\n")) lines[at] = `${line}${end}`;
}

function splitKeepingEnds(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? [];
}

function lineEnd(text: string): string {
  return /\r\n/u.test(text) ? "\r\n" : "\n";
}

function indentOf(line: string): string {
  return /^[ \t]*/u.exec(line)?.[0] ?? "";
}

function headerComment(line: string): string {
  return /\](\s*#[^\r\n]*)/u.exec(line)?.[1] ?? "";
}

/** The comment behind a value, with the blanks before it: the first `#` that no quotes hold. */
function trailingComment(line: string): string {
  const start = line.indexOf("=") + 1;
  let mark: string | undefined;
  for (let at = start; at < line.length; at += 1) {
    const letter = line[at] as string;
    if (mark !== undefined) mark = letter === mark ? undefined : mark;
    else if ((letter === "'" || letter === '"') && /[=,\s]/u.test(line[at - 1] as string)) mark = letter;
    else if (letter === "#") return ` ${line.slice(at).replace(/\r?\n$/u, "")}`;
  }
  return "";
}
