import type { BaselineSelection } from "@waymark/experiments";
import type { CommandOption } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";

/** Options that choose the commits whose experiments a command is about. */
export interface RevisionOptions {
  readonly allCommits?: boolean;
  readonly rev?: readonly string[];
  readonly num?: number;
}

/** The flags DVC has for that. */
export function revisionOptions(verb: string): CommandOption[] {
  const lower = `${verb.charAt(0).toLowerCase()}${verb.slice(1)}`;
  return [
    { flags: "-A, --all-commits", description: `${lower} the experiments of every commit` },
    {
      flags: "--rev <commit>",
      description: "start from this commit instead of HEAD; may be repeated",
      isRepeatable: true,
    },
    {
      flags: "-n, --num <number>",
      description: "take so many commits from there on, first parents only; negative takes all",
      parse: parseCount,
    },
  ];
}

/** Turns the options into a selection. */
export function toSelection(options: RevisionOptions): BaselineSelection {
  return {
    ...(options.allCommits === undefined ? {} : { allCommits: options.allCommits }),
    ...(options.rev === undefined ? {} : { revisions: options.rev }),
    ...(options.num === undefined ? {} : { count: options.num }),
  };
}

/** Parses how many commits to look at: any whole number but 0. */
export function parseCount(text: string): number {
  if (!/^-?\d+$/u.test(text) || Number(text) === 0) throw new UsageError("Expected a whole number other than 0.");
  return Number(text);
}
