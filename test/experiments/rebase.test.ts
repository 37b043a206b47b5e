import {
  findNewBaseline,
  listOrphanedBaselines,
  noteExperiments,
  openProject,
  planRebase,
  type Project,
  rebaseExperiments,
  selectExperiments,
  tagExperiments,
  undoOperation,
} from "@waymark/experiments";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { repoTemplate } from "../support/repo-template.ts";
import { chain, experimentRef, TestRun } from "./support.ts";
import { listState } from "./three-experiments.ts";

const makeRepo = repoTemplate(() => {
  const repo = gitRepo({ "train.js": "// train\n", "params.yaml": "lr: 1\n" });
  repo.write("params.yaml", "lr: 2\n");
  repo.commitAll("other params");
  const run = new TestRun(repo, { name: "first" });
  run.checkpoint(0);
  run.checkpoint(1);
  run.end(1);
  repo.write("live/.waymark/run.json", repo.read("live/.waymark/run.json").replace('"running"', '"finished"'));
  return repo;
});

/** A repository whose second commit has an experiment of two checkpoints. */
function withExperiment(): { repo: GitRepo; project: Project; baseline: string } {
  const repo = makeRepo();
  return { repo, project: openProject(repo.root, GIT_TEST_ENV), baseline: repo.head() };
}

async function rebase(project: Project, onto?: string) {
  const experiments = await selectExperiments(project, { baselines: { allCommits: true } });
  const plans = await planRebase(project.repo, experiments, onto);
  return { plans, operation: await rebaseExperiments(project, plans) };
}

test("after an amended message all checkpoints come to stand on the new commit, as they were", async () => {
  const { repo, project, baseline } = withExperiment();
  const experiments = await selectExperiments(project, {});
  await tagExperiments(project.repo, experiments, { kind: "add", tags: ["x"] });
  await noteExperiments(project.repo, experiments, "note");
  const before = listState(repo);
  const old = chain(repo, "first", baseline);
  const describe = (ref: string, stop: string): string =>
    repo.git("log", "--format=%T %an %at %cn %ct %B", ref, `^${stop}`);
  const commits = describe(experimentRef(baseline, "first"), baseline);
  expect(await listOrphanedBaselines(project.repo)).toEqual([]);
  repo.git("commit", "--quiet", "--amend", "--message", "better words");
  expect(await listOrphanedBaselines(project.repo)).toMatchObject([{ baseline, isMissing: false }]);
  const { plans } = await rebase(project);
  expect(plans).toMatchObject([{ onto: repo.head(), match: "patch", commits: old.length }]);
  expect(chain(repo, "first")).toEqual(old);
  expect(describe(experimentRef(repo.head(), "first"), repo.head())).toBe(commits);
  expect(repo.read("live/.waymark/run.json")).toContain(repo.head());
  expect(await listOrphanedBaselines(project.repo)).toEqual([]);
  expect(repo.git("fsck", "--strict", "--no-dangling")).toBe("");
  await undoOperation(project, undefined);
  expect(listState(repo).filter((line) => !line.endsWith("/main"))).toEqual(
    before.filter((line) => !line.endsWith("/main")),
  );
  expect(repo.read("live/.waymark/run.json")).toContain(baseline);
});

test("after a rebase onto other work the commit with the same change is found", async () => {
  const { repo, project } = withExperiment();
  repo.git("stash", "--quiet", "--include-untracked");
  repo.git("checkout", "--quiet", "-b", "upstream", "HEAD~1");
  repo.write("README.md", "read me\n");
  repo.commitAll("upstream work");
  repo.git("rebase", "--quiet", "upstream", "main");
  expect((await rebase(project)).plans).toMatchObject([{ onto: repo.head(), match: "patch" }]);
});

test("where the change came in other pieces the commit with the same files is found", async () => {
  const { repo, project } = withExperiment();
  repo.git("reset", "--quiet", "--hard", "HEAD~1");
  // Of the two commits, the second has all of it.
  repo.write("params.yaml", "lr: 1.5\n");
  repo.git("commit", "--quiet", "--all", "--message", "half of it");
  repo.write("params.yaml", "lr: 2\n");
  repo.git("commit", "--quiet", "--all", "--message", "the rest");
  expect((await rebase(project)).plans).toMatchObject([{ onto: repo.head(), match: "tree" }]);
});

test("after an amended change the commit of the same author, moment and subject is found", async () => {
  const { repo, project } = withExperiment();
  repo.write("train.js", "// better\n");
  repo.git("commit", "--quiet", "--all", "--amend", "--no-edit");
  expect((await rebase(project)).plans).toMatchObject([{ onto: repo.head(), match: "author" }]);
});

test("where nothing tells, the reflog of HEAD is offered and not followed", async () => {
  const { repo, project, baseline } = withExperiment();
  repo.write("train.js", "// better\n");
  repo.git("commit", "--quiet", "--all", "--amend", "--message", "something else");
  const error = await rebase(project).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "NEW_BASELINE_NOT_FOUND", baseline });
  expect(await findNewBaseline(project.repo, baseline)).toMatchObject({ candidates: [], hint: repo.head() });
  expect((error as { hint: string }).hint).toContain(repo.head().slice(0, 10));
  await rebase(project, "HEAD");
  expect(chain(repo, "first")).toHaveLength(2);
});

test("of several commits with the same change the one on the current branch is taken, and else none", async () => {
  const { repo, project, baseline } = withExperiment();
  repo.git("commit", "--quiet", "--amend", "--message", "one");
  repo.git("branch", "other", baseline);
  repo.git("checkout", "--quiet", "other");
  repo.git("commit", "--quiet", "--amend", "--message", "two");
  expect(await findNewBaseline(project.repo, baseline)).toMatchObject({ candidates: [repo.head()] });
  repo.git("checkout", "--quiet", "--detach", "HEAD~1");
  // The reflog knows which one HEAD was last, as long as it is there.
  expect((await findNewBaseline(project.repo, baseline)).candidates).toHaveLength(1);
  repo.git("reflog", "expire", "--expire=all", "--all");
  expect((await findNewBaseline(project.repo, baseline)).candidates).toHaveLength(2);
  await expect(rebase(project)).rejects.toThrow("2 commits could have taken the place of");
});

test("an experiment that is not orphaned stays unless told where to go, and names are not run over", async () => {
  const { repo, project, baseline } = withExperiment();
  await expect(rebase(project)).rejects.toMatchObject({ code: "BASELINE_NOT_REWRITTEN" });
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  repo.git(
    "update-ref",
    experimentRef(repo.head(), "first"),
    repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x"),
  );
  const [old] = await selectExperiments(project, { baselines: { revisions: [baseline] } });
  const plans = await planRebase(project.repo, old === undefined ? [] : [old], "HEAD");
  await expect(rebaseExperiments(project, plans)).rejects.toMatchObject({ code: "EXPERIMENT_EXISTS" });
  await rebaseExperiments(project, plans, { force: true });
  expect(chain(repo, "first")).toHaveLength(2);
});

test("rebasing onto the commit it stands on is nothing to do, and a running one stays", async () => {
  const { repo, project } = withExperiment();
  expect((await rebase(project, "HEAD")).operation).toBeUndefined();
  repo.write("live/.waymark/run.json", repo.read("live/.waymark/run.json").replace('"finished"', '"running"'));
  repo.git("commit", "--quiet", "--amend", "--message", "better words");
  await expect(rebase(project)).rejects.toMatchObject({ code: "RUN_IN_PROGRESS" });
});

test("an experiment whose commits do not lead to its baseline is refused", async () => {
  const { repo, project, baseline } = withExperiment();
  const loose = repo.git("commit-tree", "HEAD^{tree}", "-m", "loose");
  repo.git("update-ref", experimentRef(baseline, "loose"), loose);
  await expect(rebase(project, "HEAD~1")).rejects.toMatchObject({ code: "BROKEN_CHAIN" });
});
