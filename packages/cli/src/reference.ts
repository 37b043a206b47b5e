import { CATALOG } from "./catalog.ts";
import { formatHelp } from "./help.ts";
import { formatCommandHelp } from "./parse-command.ts";

/** Formats the reference of all commands, as Markdown: what `--help` prints for each. */
export async function formatReference(): Promise<string> {
  const parts = [
    "# Command reference",
    "What `--help` prints. Written by `npm run docs`; a test compares it with the commands.",
    formatBlock(formatHelp(CATALOG)),
  ];
  for (const { path, load } of CATALOG) {
    const { command } = await load();
    parts.push(`## waymark ${path.join(" ")}`, formatBlock(formatCommandHelp(path, command)));
  }
  return `${parts.join("\n\n")}\n`;
}

function formatBlock(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
