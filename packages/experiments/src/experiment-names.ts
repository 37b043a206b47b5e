import { isValidExperimentName, suggestExperimentName } from "@waymark/core";
import { type GitRepository, listRefNamesSync } from "@waymark/git";
import { parseExperimentRef } from "./experiment-ref.ts";

/** Names in use in a repository. */
export interface TakenNames {
  /** Experiments of the baseline. */
  readonly here: ReadonlySet<string>;
  /** Experiments of every baseline, branches and tags: DVC looks a name up among all of them. */
  readonly everywhere: ReadonlySet<string>;
}

const PREFIXES = ["refs/exps", "refs/heads", "refs/tags"];

/** Reads the names in use, for an experiment of `baseline`. */
export function readTakenNames(repo: GitRepository, baseline: string): TakenNames {
  const here = new Set<string>();
  const everywhere = new Set<string>(["HEAD", "stash", "workspace"]);
  for (const ref of PREFIXES.flatMap((prefix) => listRefNamesSync(repo, prefix))) {
    const experiment = parseExperimentRef(ref);
    if (experiment !== undefined) {
      everywhere.add(experiment.name);
      if (experiment.baseline === baseline) here.add(experiment.name);
    } else if (!ref.startsWith("refs/exps/")) {
      everywhere.add(ref.split("/").slice(2).join("/"));
    }
  }
  return { here, everywhere };
}

/** Draws a name that nothing in the repository has. */
export function suggestFreeName(repo: GitRepository, baseline: string, random: () => number): string {
  const { everywhere } = readTakenNames(repo, baseline);
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const name = suggestExperimentName(random);
    if (!everywhere.has(name)) return name;
  }
  // Nearly every pair of words is taken.
  for (let number = 2; ; number += 1) {
    const name = `${suggestExperimentName(random)}-${number}`;
    if (!everywhere.has(name)) return name;
  }
}

/** A name to use, and what to tell the user when it is not the one asked for. */
export interface ChosenName {
  readonly name: string;
  readonly note: string | undefined;
}

/** Takes the name asked for when it is valid and free for the baseline, and draws one otherwise. */
export function chooseName(
  repo: GitRepository,
  baseline: string,
  wanted: string | undefined,
  random: () => number,
): ChosenName {
  if (wanted === undefined) return { name: suggestFreeName(repo, baseline, random), note: undefined };
  const why = !isValidExperimentName(wanted)
    ? "it is not a valid name"
    : readTakenNames(repo, baseline).here.has(wanted)
      ? "an experiment of that name exists"
      : undefined;
  if (why === undefined) return { name: wanted, note: undefined };
  const name = suggestFreeName(repo, baseline, random);
  return { name, note: `The experiment is named '${name}' instead of '${wanted}': ${why}.` };
}
