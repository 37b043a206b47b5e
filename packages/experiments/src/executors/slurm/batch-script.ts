import { quoteWord } from "./words.ts";

/** What {@link formatBatchScript} writes. */
export interface BatchScript {
  /** Program first; words are taken as they are. */
  readonly command: readonly string[];
  /** For people who read the script. One line. */
  readonly about: string;
}

/**
 * Formats the script of a job. The shell in it has one thing to do: to become our own program, so that the signal before
 * the end reaches that. Nothing of a repository stands in it but as a quoted word.
 */
export function formatBatchScript({ command, about }: BatchScript): string {
  const comment = about.replace(/[^\x20-\x7e]/gu, "?");
  return `#!/bin/sh\n# ${comment}\nexec ${command.map(quoteWord).join(" ")}\n`;
}

const NAME_LENGTH = 60;

/** Makes the name of a job: letters that every tool around Slurm can show. */
export function formatJobName(names: readonly string[]): string {
  const [first = "tasks"] = names;
  const more = names.length > 1 ? `+${names.length - 1}` : "";
  return `waymark-${first.replace(/[^\w.+-]/gu, "_").slice(0, NAME_LENGTH)}${more}`;
}
