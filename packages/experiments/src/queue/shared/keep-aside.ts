import { type GitRepository, updateRefs } from "@waymark/git";
import { suggestFreeName } from "../../experiment-names.ts";
import { formatExperimentRef } from "../../experiment-ref.ts";

/**
 * Gives the name of an experiment to another commit; what had it keeps another name.
 *
 * @returns A sentence that says so.
 */
export function keepAside(
  repo: GitRepository,
  { baseline, name }: { readonly baseline: string; readonly name: string },
  here: string,
  commit: string,
): string {
  const free = suggestFreeName(repo, baseline, Math.random);
  const ref = formatExperimentRef(baseline, name);
  updateRefs(repo, [
    { ref: formatExperimentRef(baseline, free), newId: here, oldId: null },
    { ref, newId: commit, oldId: here },
  ]);
  return `${name}: what an attempt on this host had made of it is '${free}' now; the task goes on from what another has made.`;
}
