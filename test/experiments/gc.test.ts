import { planGc, removeExperiments, tagExperiments, selectExperiments, undoOperation } from "@waymark/experiments";
import { expect, test } from "vitest";
import { listNames, listState, threeExperiments } from "./three-experiments.ts";

async function removedBy(scope: Parameters<typeof planGc>[1], made = threeExperiments()) {
  const { removed, kept } = await planGc(made.project, scope);
  const names = (experiments: typeof removed): string[] => {
    return experiments.map(({ name, baseline }) => `${name} ${baseline === made.older ? "older" : "head"}`).sort();
  };
  return { removed: names(removed), kept: names(kept) };
}

test("what started from no commit of the scope goes", async () => {
  expect(await removedBy({ baselines: { revisions: ["HEAD"] } })).toEqual({
    removed: ["shared older"],
    kept: ["shared head", "single head"],
  });
  expect((await removedBy({ baselines: { revisions: ["HEAD~1"] } })).removed).toEqual(["shared head", "single head"]);
  expect((await removedBy({ baselines: { revisions: ["HEAD"], count: 2 } })).removed).toEqual([]);
});

test("tags and branches are scopes, and every commit leaves out only what no branch leads to", async () => {
  const made = threeExperiments();
  made.repo.git("tag", "--annotate", "--message", "v1", "v1", made.older);
  expect((await removedBy({ baselines: { revisions: [], allTags: true } }, made)).kept).toEqual(["shared older"]);
  expect((await removedBy({ baselines: { revisions: [], allBranches: true } }, made)).kept).toHaveLength(2);
  made.repo.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "rewritten");
  expect((await removedBy({ baselines: { revisions: [], allCommits: true } }, made)).removed).toEqual([
    "shared head",
    "single head",
  ]);
});

test("what a query names is kept besides, and alone it is a scope as well", async () => {
  const made = threeExperiments();
  const { project } = made;
  const older = await selectExperiments(project, { baselines: { revisions: [made.older] } });
  await tagExperiments(project.repo, older, { kind: "add", tags: ["paper"] });
  expect((await removedBy({ baselines: { revisions: ["HEAD"] }, where: "tag = paper" }, made)).removed).toEqual([]);
  expect((await removedBy({ baselines: undefined, where: "tag = paper" }, made)).kept).toEqual(["shared older"]);
  await expect(planGc(project, { baselines: undefined, where: "tag =" })).rejects.toMatchObject({
    code: "INVALID_QUERY",
  });
});

test("a day is a scope: experiments of commits since then are kept", async () => {
  const made = threeExperiments();
  const day = 24 * 3600 * 1000;
  expect((await removedBy({ baselines: undefined, since: new Date(Date.now() + day) }, made)).kept).toEqual([]);
  expect((await removedBy({ baselines: undefined, since: new Date(Date.now() - day) }, made)).removed).toEqual([]);
});

test("a clean-up is undone like a removal", async () => {
  const { repo, project } = threeExperiments();
  const before = listState(repo);
  const { removed } = await planGc(project, { baselines: { revisions: ["HEAD"] } });
  await removeExperiments(project.repo, removed, { kind: "gc" });
  expect(await listNames(project)).toEqual(["shared", "single"]);
  const { operation } = await undoOperation(project, undefined);
  expect([operation.kind, operation.summary]).toEqual(["gc", "gc 'shared'"]);
  expect(listState(repo)).toEqual(before);
});
