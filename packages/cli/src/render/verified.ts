import type { CheckedData, CheckedObjects, RemoteState, VerifiedExperiment } from "@waymark/experiments";
import { toPrintable } from "./display-text.ts";
import { formatPlainTable } from "./plain-table.ts";

/** More than this is counted, not listed. */
const SHOWN = 10;

const STATES: Readonly<Record<RemoteState, string>> = {
  same: "complete",
  other: "another commit",
  absent: "not there",
  damaged: "damaged",
};

/** Formats what was found out as a table: one row for each experiment, one column for each place. */
export function formatVerified(results: readonly VerifiedExperiment[]): string {
  return formatPlainTable(
    ["Experiment", "Commits", "Git here", "Git remote", "Data here", "Data remote"],
    results.map(({ experiment, commits, gitHere, gitRemote, dataHere, dataRemote }) => [
      ...[experiment.name, String(commits), describe(gitHere)],
      gitRemote === undefined ? "-" : STATES[gitRemote],
      ...[dataHere, dataRemote].map((part) => (part === undefined ? "-" : describe(part))),
    ]),
  );
}

/** Lists what an experiment lacks, and where. */
export function listTrouble({ experiment, gitHere, dataHere, dataRemote }: VerifiedExperiment): readonly string[] {
  const place = ({ name, path }: { readonly name: string; readonly path: string | undefined }): string =>
    path === undefined ? name : `${toPrintable(path)} (md5 ${name})`;
  const parts: readonly (readonly [what: string, objects: readonly string[]])[] = [
    ["missing in Git here", gitHere.missing],
    ["damaged in Git here", gitHere.damaged],
    ["missing in the cache", dataHere?.missing.map(place) ?? []],
    ["damaged in the cache", dataHere?.damaged.map(place) ?? []],
    ["missing at the data remote", dataRemote?.missing.map(place) ?? []],
    ["damaged at the data remote", dataRemote?.damaged.map(place) ?? []],
  ];
  return parts.flatMap(([what, objects]) => {
    if (objects.length === 0) return [];
    const shown = objects.slice(0, SHOWN).map((object) => `  ${object}`);
    if (objects.length > SHOWN) shown.push(`  and ${objects.length - SHOWN} more`);
    return [`${toPrintable(experiment.name)}: ${what}:`, ...shown];
  });
}

/** Describes what was found out about an experiment as JSON. */
export function verifiedJson(result: VerifiedExperiment): unknown {
  const { experiment, commits, gitHere, gitRemote, dataHere, dataRemote, isComplete } = result;
  const data = (part: CheckedData | undefined): unknown =>
    part === undefined
      ? null
      : {
          total: part.total,
          missing: part.missing.map(({ name, path }) => ({ object: name, path: path ?? null })),
          damaged: part.damaged.map(({ name, path }) => ({ object: name, path: path ?? null })),
        };
  return {
    ...{ name: experiment.name, ref: experiment.ref, commit: experiment.tip, commits, complete: isComplete },
    git_here: { total: gitHere.total, missing: gitHere.missing, damaged: gitHere.damaged },
    git_remote: gitRemote ?? null,
    ...{ data_here: data(dataHere), data_remote: data(dataRemote) },
  };
}

function describe({ total, missing, damaged }: CheckedObjects | CheckedData): string {
  const parts = [
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(damaged.length > 0 ? [`${damaged.length} damaged`] : []),
  ];
  return parts.length === 0 ? (total === 0 ? "none" : "complete") : `${parts.join(", ")} of ${total}`;
}
