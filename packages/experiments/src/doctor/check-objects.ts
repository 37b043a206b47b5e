import { listObjects } from "@waymark/git";
import { listExperimentRefs } from "../experiments.ts";
import type { Check } from "./finding.ts";

/** Git objects that experiments need and that are not here. In a partial clone they may be fetched when needed. */
export const checkObjects: Check = async ({ project: { repo } }) => {
  if (repo.isShallow || [...repo.config.keys()].some((key) => /^remote\..+\.promisor$/u.test(key))) return [];
  const experiments = await listExperimentRefs(repo);
  const { missing } = await listObjects(
    repo,
    experiments.map(({ tip }) => tip),
  );
  const tips = new Set(experiments.map(({ tip }) => tip));
  const inside = missing.filter((id) => !tips.has(id));
  if (inside.length === 0) return [];
  return [
    {
      check: "missing-objects",
      severity: "error",
      what: `${inside.length} Git object${inside.length === 1 ? "" : "s"} that experiments need ${inside.length === 1 ? "is" : "are"} missing, such as ${inside[0] ?? ""}.`,
      why: "Objects were lost, by a damaged disk or by deleting files of Git.",
      repair:
        "`waymark exp verify NAME` tells which experiments need them; `git fetch --refetch REMOTE` brings what a remote has.",
    },
  ];
};
