import type { ProjectStatus } from "@waymark/pipeline";
import { toPrintable } from "./display-text.ts";

/** The words stand in a column of this width. */
const WORD_WIDTH = 20;

/** Formats what changed as `dvc status` prints it: indented by tabs, each word in a column before the path. */
export function formatStatusText(status: ProjectStatus, indent = 0): string {
  return Object.entries(status)
    .map(
      ([stage, items]) => `${line(`${stage}:`, indent)}${items.map((item) => formatItem(item, indent + 1)).join("")}`,
    )
    .join("");
}

type Item = string | { readonly [key: string]: Item };

function formatItem(item: Item, indent: number): string {
  if (typeof item === "string") return line(item, indent);
  return Object.entries(item)
    .map(([key, value]) =>
      typeof value === "string"
        ? line(`${`${value}:`.padEnd(WORD_WIDTH)}${key}`, indent)
        : `${line(`${key}:`, indent)}${formatItem(value, indent + 1)}`,
    )
    .join("");
}

function line(text: string, indent: number): string {
  return `${"\t".repeat(indent)}${toPrintable(text)}\n`;
}
