import type { ExperimentSelection } from "@waymark/experiments";
import type { CommandOption } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";
import { type RevisionOptions, revisionOptions, toSelection } from "./revision-options.ts";

/** Options that choose experiments, for every command that takes several of them. */
export interface SelectionOptions extends RevisionOptions {
  readonly where?: string;
  readonly sortBy?: string;
  readonly sortOrder?: "asc" | "desc";
  readonly top?: number;
}

/**
 * The options: DVC's for commits, and ours for what experiments hold.
 *
 * @param verb - What the command does with them, capitalised: `Remove`.
 */
export function selectionOptions(verb: string): CommandOption[] {
  return [...revisionOptions(verb), ...queryOptions()];
}

/** Those of the options that ask what experiments hold. */
export function queryOptions(): CommandOption[] {
  return [
    {
      flags: "--where <query>",
      description: 'take only those that match, such as "metrics.acc > 0.9 and tag = baseline"',
    },
    { flags: "--sort-by <name>", description: "sort by a metric or param, written NAME or FILE:NAME, or by created" },
    { flags: "--sort-order <order>", description: "asc (default) or desc", choices: ["asc", "desc"] },
    {
      flags: "--top <number>",
      description: "take so many from the front; without --sort-by the newest",
      parse: parseTop,
    },
  ];
}

/** Turns names and options into a selection. Without names it is about the experiments of HEAD, unless told otherwise. */
export function toExperimentSelection(names: readonly string[], options: SelectionOptions): ExperimentSelection {
  const { where, sortBy, sortOrder, top } = options;
  return { names, baselines: toSelection(options), where, sortBy, sortOrder, top };
}

/** Tells whether the options choose anything at all, for commands that do nothing to everything unasked. */
export function hasSelection(options: SelectionOptions): boolean {
  return (
    options.allCommits === true || options.rev !== undefined || options.where !== undefined || options.top !== undefined
  );
}

function parseTop(text: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(text)) throw new UsageError("Expected a whole number above 0.");
  return Number(text);
}
