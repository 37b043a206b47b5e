const DEFAULT_FILE = "params.yaml";

/** An override with the file it is for. */
export interface TypedOverride {
  /** As typed; the default is `params.yaml`. */
  readonly file: string;
  /** What follows the file. */
  readonly text: string;
}

/** Splits `[FILE:]OVERRIDE` as DVC does: at the first colon, when it stands in front of the first `=`. */
export function splitOverride(typed: string): TypedOverride {
  const [head = ""] = typed.split("=", 1);
  const colon = head.indexOf(":");
  if (colon < 0) return { file: DEFAULT_FILE, text: typed };
  return { file: typed.slice(0, colon), text: typed.slice(colon + 1) };
}

/** Groups overrides by their file, files in the order they are first named. */
export function groupByFile(typed: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { file, text } of typed.map(splitOverride)) groups.set(file, [...(groups.get(file) ?? []), text]);
  return groups;
}

/** The file that a composed configuration is written to. */
export const COMPOSED_FILE = DEFAULT_FILE;
