import { type GitRepository, readHead } from "@waymark/git";
import type { ExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefs } from "./experiments.ts";
import { findExperiment } from "./find-experiment.ts";
import { parseCheckpointSelector } from "./selector.ts";
import type { ThinRequest } from "./thin.ts";

/** Names of experiments apart from single checkpoints of others. */
export interface SplitSelectors {
  readonly names: readonly string[];
  /** One for each experiment of which single checkpoints were named. */
  readonly checkpoints: readonly ThinRequest[];
}

/** Tells names of whole experiments from `NAME@STEP`. A name that ends like a step is a name where it exists. */
export async function splitCheckpoints(repo: GitRepository, selectors: readonly string[]): Promise<SplitSelectors> {
  if (!selectors.some((selector) => parseCheckpointSelector(selector).step !== undefined)) {
    return { names: selectors, checkpoints: [] };
  }
  const experiments = await listExperimentRefs(repo);
  const head = readHead(repo).commit;
  const names: string[] = [];
  const steps = new Map<ExperimentRef, number[]>();
  for (const selector of selectors) {
    const { name, step } = parseCheckpointSelector(selector);
    const isName = step === undefined || findExperiment(selector, experiments, head) !== undefined;
    const experiment = isName ? undefined : findExperiment(name, experiments, head);
    if (step === undefined || experiment === undefined) names.push(selector);
    else steps.set(experiment, [...(steps.get(experiment) ?? []), step]);
  }
  return { names, checkpoints: [...steps].map(([experiment, wanted]) => ({ experiment, steps: wanted })) };
}
