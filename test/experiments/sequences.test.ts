import { rmSync } from "node:fs";
import fc from "fast-check";
import { test } from "vitest";
import { type Action, anyAction, FILES } from "../support/experiment-actions.ts";
import { ExperimentModel } from "../support/experiment-model.ts";
import { isLong } from "../support/fault-run.ts";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";

const RUNS = isLong ? 150 : 4;
const LENGTH = isLong ? 25 : 12;

async function play(actions: readonly Action[]): Promise<void> {
  const [repo, remote] = [gitRepo(Object.fromEntries(FILES.map((path) => [path, "value: 0\n"]))), bareRepo()];
  try {
    repo.git("remote", "add", "origin", remote.root);
    const model = new ExperimentModel(repo, remote);
    for (const action of actions) await model.act(action);
    model.checkSoundness();
  } finally {
    for (const { root } of [repo, remote]) rmSync(root, { recursive: true, force: true });
  }
}

function bareRepo(): GitRepo {
  const remote = gitRepo({});
  remote.git("config", "core.bare", "true");
  return remote;
}

test(
  "whatever is done to experiments, they are what a model says, and the user's work stays",
  { timeout: 3_600_000 },
  async () => {
    const property = fc.asyncProperty(fc.array(anyAction, { minLength: 4, maxLength: LENGTH, size: "max" }), play);
    await fc.assert(property, { numRuns: RUNS });
  },
);
