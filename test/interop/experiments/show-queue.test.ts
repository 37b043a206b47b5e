import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { interopRepo } from "../project.ts";
import { type ShownRange, type ShownState, startBoth } from "./both.ts";
import { writeExperiment } from "./plumbing.ts";

const both = startBoth();

async function queueable(): Promise<GitRepo> {
  const repo = interopRepo({
    "params.yaml": "lr: 1\n",
    "dvc.yaml": "stages:\n  train:\n    cmd: test $(cat params.yaml | cut -c5) -lt 5\n    params: [lr]\n",
  });
  await both.dvc(repo, "init", "-q");
  repo.commitAll("use dvc");
  writeExperiment(repo, "HEAD", "saved", { "params.yaml": "lr: 2\n" });
  return repo;
}

function experimentsOf(shown: string): readonly ShownRange[] {
  const [, baseline] = JSON.parse(shown) as readonly ShownState[];
  return baseline?.experiments ?? [];
}

/** What DVC has queued is for its own commands to show: everything else is the same. */
async function expectSameButForTheQueue(repo: GitRepo): Promise<readonly ShownRange[]> {
  const theirs = experimentsOf(await both.dvc(repo, "exp", "show", "--json"));
  const isDone = ({ executor }: ShownRange): boolean => executor === null;
  expect(experimentsOf(await both.ours(repo, "exp", "show", "--json"))).toEqual(theirs.filter(isDone));
  return theirs.filter((range) => !isDone(range));
}

describe("exp show --json beside the queue of DVC", { timeout: 300_000 }, () => {
  test("shows every experiment that is done", async () => {
    const repo = await queueable();
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "waiting", "-S", "lr=3");
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "waiting-too", "-S", "lr=4");
    expect((await expectSameButForTheQueue(repo)).map(({ name }) => name).toSorted()).toEqual([
      "waiting",
      "waiting-too",
    ]);
    await both.expectSame(repo, "exp", "show", "--json", "--hide-queued");
    await both.dvc(repo, "queue", "remove", "--queued");
    await both.expectSame(repo, "exp", "show", "--json");
  });

  test("leaves alone what is queued when experiments are saved, renamed, removed and collected", async () => {
    const repo = await queueable();
    await both.dvc(repo, "exp", "run", "-q", "--queue", "-n", "waiting", "-S", "lr=3");
    const queued = repo.git("reflog", "show", "refs/exps/celery/stash");
    await both.ours(repo, "exp", "save", "-n", "mine");
    await both.ours(repo, "exp", "remove", "mine");
    await both.ours(repo, "exp", "remove", "--keep", "saved");
    expect(repo.git("reflog", "show", "refs/exps/celery/stash")).toBe(queued);
    expect((await expectSameButForTheQueue(repo)).map(({ name }) => name)).toEqual(["waiting"]);
  });
});
