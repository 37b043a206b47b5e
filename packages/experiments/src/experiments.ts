import { type GitRepository, listRefs, listRefsSync, type GitRef } from "@waymark/git";
import { type ExperimentRef, parseExperimentRef } from "./experiment-ref.ts";

const PREFIX = ["refs/exps"];

/** Lists every experiment of the repository, by ref name. Foreign refs and DVC's own are passed over. */
export async function listExperimentRefs(repo: GitRepository): Promise<ExperimentRef[]> {
  return toExperiments(await listRefs(repo, PREFIX));
}

/** As {@link listExperimentRefs}, while this thread waits. */
export function listExperimentRefsSync(repo: GitRepository): ExperimentRef[] {
  return toExperiments(listRefsSync(repo, PREFIX));
}

function toExperiments(refs: readonly GitRef[]): ExperimentRef[] {
  return refs.flatMap(({ name: ref, id: tip }) => {
    const parsed = parseExperimentRef(ref);
    return parsed === undefined ? [] : [{ ref, tip, ...parsed }];
  });
}
