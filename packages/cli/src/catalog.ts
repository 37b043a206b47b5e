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
  {
    path: ["checkpoint"],
    summary: "Commit a checkpoint of the run that goes on here, from any script",
    load: async () => import("./commands/checkpoint.ts"),
  },
  {
    path: ["exp", "show"],
    alias: ["show"],
    summary: "Compare experiments and their checkpoints in a table",
    load: async () => import("./commands/exp/show.ts"),
  },
  {
    path: ["exp", "list"],
    alias: ["exp", "ls"],
    summary: "List experiments by the commit they started from",
    load: async () => import("./commands/exp/list.ts"),
  },
  {
    path: ["exp", "resume"],
    summary: "Continue an experiment where one of its checkpoints left it",
    load: async () => import("./commands/exp/resume.ts"),
  },
  {
    path: ["exp", "apply"],
    summary: "Put the files of an experiment or checkpoint into the workspace",
    load: async () => import("./commands/exp/apply.ts"),
  },
  {
    path: ["exp", "branch"],
    summary: "Make a Git branch of an experiment or checkpoint",
    load: async () => import("./commands/exp/branch.ts"),
  },
  {
    path: ["exp", "save"],
    summary: "Save the workspace as an experiment",
    load: async () => import("./commands/exp/save.ts"),
  },
  {
    path: ["exp", "remove"],
    alias: ["exp", "rm"],
    summary: "Remove experiments with all of their checkpoints",
    load: async () => import("./commands/exp/remove.ts"),
  },
];
