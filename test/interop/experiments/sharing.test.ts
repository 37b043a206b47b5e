import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { interopRepo } from "../project.ts";
import { startBoth } from "./both.ts";
import { writeExperiment } from "./plumbing.ts";

const both = startBoth();

/** Two clones of one project, with a Git remote and a data remote between them. */
async function twoClones(): Promise<{ mine: GitRepo; theirs: GitRepo }> {
  const [mine, theirs, shared] = [interopRepo(), interopRepo(), interopRepo()];
  mine.write("data.txt", "data\n");
  mine.write("params.yaml", "lr: 1\n");
  await both.dvc(mine, "init", "-q");
  await both.dvc(mine, "add", "-q", "data.txt");
  await both.dvc(mine, "remote", "add", "-q", "-d", "storage", shared.path("storage"));
  mine.commitAll("use dvc");
  shared.git("config", "receive.denyCurrentBranch", "ignore");
  mine.git("remote", "add", "origin", shared.root);
  mine.git("push", "-q", "--force", "origin", "main");
  theirs.git("remote", "add", "origin", shared.root);
  theirs.git("fetch", "-q", "origin");
  theirs.git("reset", "-q", "--hard", "origin/main");
  return { mine, theirs };
}

describe("experiments with their data", { timeout: 300_000 }, () => {
  test("that we push are pulled and applied by DVC", async () => {
    const { mine, theirs } = await twoClones();
    mine.write("data.txt", "other data\n");
    mine.write("params.yaml", "lr: 2\n");
    await both.ours(mine, "exp", "save", "-n", "ours");
    await both.ours(mine, "exp", "push", "origin", "ours");
    await both.dvc(theirs, "exp", "pull", "-q", "origin", "ours");
    await both.dvc(theirs, "exp", "apply", "-q", "ours");
    expect([theirs.read("data.txt"), theirs.read("params.yaml")]).toEqual(["other data\n", "lr: 2\n"]);
  });

  test("that DVC pushes are pulled and applied by us", async () => {
    const { mine, theirs } = await twoClones();
    theirs.write("data.txt", "their data\n");
    theirs.write("params.yaml", "lr: 3\n");
    await both.dvc(theirs, "exp", "save", "-q", "-n", "theirs");
    await both.dvc(theirs, "exp", "push", "-q", "origin", "theirs");
    await both.ours(mine, "exp", "pull", "origin", "theirs");
    await both.ours(mine, "exp", "apply", "theirs");
    expect([mine.read("data.txt"), mine.read("params.yaml")]).toEqual(["their data\n", "lr: 3\n"]);
    // What DVC leaves in a tree of its own, a pickle with the environment of the run, is not brought out.
    expect(mine.has(".dvc/tmp/repro.dat")).toBe(false);
  });

  test("are listed by us beside a ref that is none, at which DVC gives up", async () => {
    const repo = interopRepo();
    await both.dvc(repo, "init", "-q");
    repo.commitAll("use dvc");
    writeExperiment(repo, "HEAD", "plain", { "train.js": "// other\n" });
    repo.git("update-ref", "refs/exps/some/tool/of/ours", "HEAD");
    const { theirs, mine } = await both.answers(repo, "exp", "list", "-A", "--name-only");
    expect(theirs.code).not.toBe(0);
    expect([mine.code, mine.stdout]).toEqual([0, "plain\n"]);
  });
});
