import type { DvcConfig } from "@waymark/store";
import { isMapping, type Mapping } from "../values/values.ts";
import { formatPythonText } from "./python-text.ts";

/** How mappings become options of a command: the section `parsing` of DVC's configuration. */
export interface CommandParsing {
  /** `store_true`: a false value is left out; `boolean_optional`: it becomes `--no-name`. */
  readonly bool: "store_true" | "boolean_optional";
  /** `nargs`: one option with all items; `append`: the option once for each item. */
  readonly list: "nargs" | "append";
}

/** What holds when nothing is configured. */
export const DEFAULT_PARSING: CommandParsing = { bool: "store_true", list: "nargs" };

/** Reads the section `parsing` of a project's configuration. */
export function commandParsing(config: DvcConfig | undefined): CommandParsing {
  const text = (key: string): string | undefined => config?.merged.text("parsing", key)?.toLowerCase();
  return {
    bool: text("bool") === "boolean_optional" ? "boolean_optional" : DEFAULT_PARSING.bool,
    list: text("list") === "append" ? "append" : DEFAULT_PARSING.list,
  };
}

/**
 * Formats a mapping as the options of a command: keys of nested mappings joined by dots, texts quoted for the shell.
 *
 * @returns `nestedKey` names an option whose list holds another list or a mapping, which no option can.
 */
export function formatOptions(
  options: Mapping,
  parsing: CommandParsing,
): { readonly text: string } | { readonly nestedKey: string } {
  const words: string[] = [];
  for (const [key, value] of flatten(options, "")) {
    if (typeof value === "boolean") {
      if (value) words.push(`--${key}`);
      else if (parsing.bool === "boolean_optional") words.push(`--no-${key}`);
    } else if (Array.isArray(value)) {
      const items = value as readonly unknown[];
      if (items.some((item) => isMapping(item) || Array.isArray(item))) return { nestedKey: key };
      const texts = items.map(formatWord);
      if (parsing.list === "append") words.push(...texts.map((text) => `--${key} ${text}`));
      else if (texts.length > 0) words.push(`--${key} ${texts.join(" ")}`);
    } else {
      words.push(`--${key} ${formatWord(value)}`);
    }
  }
  return { text: words.join(" ").trimEnd() };
}

/** Quotes a text for a POSIX shell as Python's `shlex.quote` does. */
export function quoteForShell(text: string): string {
  if (text === "") return "''";
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

function formatWord(value: unknown): string {
  return typeof value === "string" ? quoteForShell(value) : formatPythonText(value);
}

function flatten(options: Mapping, prefix: string): readonly (readonly [string, unknown])[] {
  return Object.entries(options).flatMap(([key, value]) =>
    isMapping(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as const],
  );
}
