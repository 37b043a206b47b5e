import { importTime, listRefs, updateRefs } from "@waymark/git";
import type { Check } from "./finding.ts";

/** Nobody needs a day to make commits. */
const DAY_MS = 24 * 3600 * 1000;

/** Refs of commits that were being made, many at once, when the command that made them was killed. */
export const checkImports: Check = async ({ project: { repo }, nowMs }) => {
  const left = (await listRefs(repo, ["refs/waymark"])).filter(({ name }) => {
    const madeMs = importTime(name);
    return madeMs !== undefined && nowMs - madeMs > DAY_MS;
  });
  const [first] = left;
  if (first === undefined) return [];
  return [
    {
      check: "import-refs",
      severity: "leftover",
      what: `${left.length} ref${left.length > 1 ? "s" : ""} of unfinished work, such as '${first.name}'.`,
      why: "A command that was making many experiments at once was killed before any of them had its name.",
      repair: "They are deleted.",
      fix: () =>
        updateRefs(
          repo,
          left.map(({ name: ref, id }) => ({ ref, newId: null, oldId: id })),
        ),
    },
  ];
};
