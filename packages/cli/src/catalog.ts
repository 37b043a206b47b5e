import type { Command } from "./command.ts";

/** A command as the first page of help knows it, before its file is loaded. */
export interface CatalogEntry {
  /** The words to type: `["view"]`, `["exp", "show"]`. */
  readonly path: readonly string[];
  /** Equal to the command's own summary (a test holds the two together). */
  readonly summary: string;
  /** Another way to type it, shorter. */
  readonly alias?: readonly string[];
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Groups of commands, in the order of the help page. */
export const GROUPS: Readonly<Record<string, string>> = {
  exp: "List, compare, restore and continue experiments",
};

/** Every command, in the order of the help page. Kept apart from their files so that help loads none of them. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    path: ["view"],
    summary: "Open the live viewer of this project",
    load: async () => import("./commands/view.ts"),
  },
];
