import { GROUPS, type CatalogEntry } from "./catalog.ts";

const GLOBAL_OPTIONS: readonly (readonly [string, string])[] = [
  ["    --cd <folder>", "work in another folder"],
  ["-q, --quiet", "print data and errors only"],
  ["-v, --verbose", "print the stack of an error, too"],
  ["-V, --version", "print the version"],
  ["-h, --help", "print help, also after any command"],
];

/** Formats the first page of help: every command with its summary. */
export function formatHelp(catalog: readonly CatalogEntry[]): string {
  const own = catalog.filter((entry) => entry.path.length === 1);
  const sections = [
    "Live experiment tracking on Git.",
    "Usage: waymark [options] <command>",
    formatSection("Commands", own.map(asRow)),
    ...Object.entries(GROUPS).map(([group, summary]) =>
      formatSection(summary, catalog.filter((entry) => entry.path.length > 1 && entry.path[0] === group).map(asRow)),
    ),
    formatSection("Options", GLOBAL_OPTIONS),
    "Run `waymark <command> --help` for what a command takes.",
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Formats the help of one group of commands. */
export function formatGroupHelp(group: string, catalog: readonly CatalogEntry[]): string {
  const entries = catalog.filter((entry) => entry.path[0] === group);
  const sections = [
    `${GROUPS[group] ?? group}.`,
    `Usage: waymark ${group} <command>`,
    formatSection("Commands", entries.map(asRow)),
    `Run \`waymark ${group} <command> --help\` for what a command takes.`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function asRow(entry: CatalogEntry): readonly [string, string] {
  const also = entry.alias === undefined ? "" : ` (also \`${entry.alias.join(" ")}\`)`;
  return [entry.path.join(" "), `${entry.summary}${also}`];
}

function formatSection(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length), 18);
  return [`${title}:`, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join("\n");
}
