import { listRefs } from "@waymark/git";
import { parseExperimentRef } from "../experiment-ref.ts";
import { parseLabelRef } from "../labels/label-refs.ts";
import { listNames } from "../name-list.ts";
import { recordedUpdate } from "../operations/recorded-update.ts";
import { SHARED_PREFIXES } from "../share/local-refs.ts";
import type { Check } from "./finding.ts";

/** Tags and notes of experiments that DVC, which knows nothing of them, has removed or renamed. */
export const checkLabels: Check = async ({ project: { repo } }) => {
  const refs = await listRefs(repo, SHARED_PREFIXES);
  const there = new Set(refs.map(({ name }) => name));
  const left = refs.flatMap(({ name: ref, id }) => {
    const experimentRef = parseLabelRef(ref)?.experimentRef;
    return experimentRef === undefined || there.has(experimentRef) ? [] : [{ ref, id, experimentRef }];
  });
  if (left.length === 0) return [];
  const gone = [...new Set(left.map(({ experimentRef }) => parseExperimentRef(experimentRef)?.name ?? experimentRef))];
  return [
    {
      check: "lost-labels",
      severity: "leftover",
      what: `There are tags or notes of ${listNames(gone)}, and no such experiment.`,
      why: "DVC removed or renamed it, and knows nothing of them. The next experiment of that name would get them.",
      repair: "They are deleted; `waymark exp undo` brings them back for 30 days.",
      fix: async () => {
        const updates = left.map(({ ref, id }) => ({ ref, newId: null, oldId: id }));
        await recordedUpdate(repo, "remove", `remove tags and notes of ${listNames(gone)}`, updates);
      },
    },
  ];
};
