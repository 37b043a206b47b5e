import {
  expireOperations,
  listKeptCommits,
  listOperations,
  recordedUpdate,
  removeExperiments,
  selectExperiments,
  tagExperiments,
  undoOperation,
} from "@waymark/experiments";
import { expect, test } from "vitest";
import { experimentRef } from "./support.ts";
import { listNames, listState, threeExperiments } from "./three-experiments.ts";

const DAY_MS = 24 * 3600 * 1000;

async function removeNamed(project: ReturnType<typeof threeExperiments>["project"], name: string): Promise<string> {
  const operation = await removeExperiments(project.repo, await selectExperiments(project, { names: [name] }));
  return operation?.id ?? "";
}

test("an undo brings back what was removed, and git gc spares it until then", async () => {
  const { repo, project } = threeExperiments();
  const before = listState(repo);
  await removeNamed(project, "shared");
  repo.git("reflog", "expire", "--expire=now", "--all");
  repo.git("gc", "--quiet", "--prune=now");
  const { operation, changes } = await undoOperation(project, undefined);
  expect(operation.summary).toBe("remove 'shared'");
  expect(changes).toHaveLength(1);
  expect(listState(repo)).toEqual(before);
  expect(repo.git("fsck", "--strict")).toBe("");
});

test("undo after undo goes further back, and naming an undo does the thing again", async () => {
  const { project } = threeExperiments();
  await removeNamed(project, "shared");
  await removeNamed(project, "single");
  expect(await listNames(project)).toEqual(["shared"]);
  await undoOperation(project, undefined);
  expect(await listNames(project)).toEqual(["shared", "single"]);
  const second = await undoOperation(project, undefined);
  expect(await listNames(project)).toEqual(["shared", "shared", "single"]);
  await expect(undoOperation(project, undefined)).rejects.toMatchObject({ code: "OPERATION_NOT_FOUND" });
  await undoOperation(project, second.record);
  expect(await listNames(project)).toEqual(["shared", "single"]);
  const operations = await listOperations(project.repo);
  expect(operations.map(({ summary, isUndone }) => [summary, isUndone])).toEqual([
    ["redo remove 'shared'", false],
    ["undo remove 'shared'", true],
    ["undo remove 'single'", false],
    ["remove 'single'", true],
    ["remove 'shared'", false],
  ]);
  // Redone, it is the last thing that stands, and can be undone once more.
  await undoOperation(project, undefined);
  expect(await listNames(project)).toEqual(["shared", "shared", "single"]);
});

test("an undo refuses where a ref was changed since, names it, and with force keeps what is there", async () => {
  const { repo, project } = threeExperiments();
  await removeNamed(project, "single");
  const ref = experimentRef(repo.head(), "single");
  repo.git("update-ref", ref, "HEAD");
  const error = await undoOperation(project, undefined).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "OPERATION_OVERTAKEN", refs: [ref] });
  expect(String(error)).toContain(`'single' of ${repo.head().slice(0, 7)} was made anew`);
  const forced = await undoOperation(project, undefined, { force: true });
  expect(repo.git("rev-parse", ref)).not.toBe(repo.head());
  await undoOperation(project, forced.record);
  expect(repo.git("rev-parse", ref)).toBe(repo.head());
});

test("a dry undo says what would change, and changes nothing", async () => {
  const { repo, project } = threeExperiments();
  await removeNamed(project, "single");
  const before = repo.git("for-each-ref");
  const { changes, record } = await undoOperation(project, undefined, { isDryRun: true });
  expect(changes.map(({ ref }) => ref)).toEqual([experimentRef(repo.head(), "single")]);
  expect(record).toBeUndefined();
  expect(repo.git("for-each-ref")).toBe(before);
});

test("an operation is named by the beginning or the end of its id, when only one has it", async () => {
  const { project } = threeExperiments();
  const id = await removeNamed(project, "single");
  await expect(undoOperation(project, "2000")).rejects.toThrow("No operation '2000'");
  await removeNamed(project, "shared");
  await expect(undoOperation(project, id.slice(0, 4))).rejects.toThrow("could be any of 2 operations");
  await undoOperation(project, id.slice(-7));
  expect(await listNames(project)).toEqual(["shared", "single"]);
});

test("undoing what was undone already does nothing", async () => {
  const { repo, project } = threeExperiments();
  const id = await removeNamed(project, "single");
  await undoOperation(project, id);
  const before = repo.git("for-each-ref");
  expect((await undoOperation(project, id)).record).toBeUndefined();
  expect(repo.git("for-each-ref")).toBe(before);
});

test("operations of more than 30 days ago go with the next one", async () => {
  const { repo, project } = threeExperiments();
  const ref = experimentRef(repo.head(), "single");
  const tip = repo.git("rev-parse", ref);
  const now = new Date("2026-06-30T12:00:00Z");
  const ago = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const change = [{ ref, newId: tip, oldId: tip }];
  await recordedUpdate(project.repo, "remove", "old", change, { now: ago(31) });
  await recordedUpdate(project.repo, "remove", "recent", change, { now: ago(29) });
  await recordedUpdate(project.repo, "remove", "new", change, { now });
  expect((await listOperations(project.repo)).map(({ summary }) => summary)).toEqual(["new", "recent"]);
  expect(expireOperations(project.repo, 30, new Date(now.getTime() + 2 * DAY_MS))).toHaveLength(1);
  expect((await listOperations(project.repo)).map(({ summary }) => summary)).toEqual(["new"]);
});

test("a record that names other refs than those of experiments is no operation", async () => {
  const { repo, project } = threeExperiments();
  const head = repo.head();
  let count = 0;
  const record = (changes: unknown, more: object = {}): void => {
    const json = { version: 1, kind: "remove", summary: "evil", timeMs: 0, changes, ...more };
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-m", `evil\n\n${JSON.stringify(json)}`);
    repo.git("update-ref", `refs/waymark/trash/20990101T000000Z-${String((count += 1)).padStart(7, "0")}`, commit);
  };
  for (const ref of [
    "refs/heads/main",
    "refs/tags/v1",
    "HEAD",
    "refs/exps/stash",
    "refs/exps/ab/cd/name",
    "refs/waymark/trash/x",
  ]) {
    record([{ ref, oldId: head, newId: null }]);
  }
  record([{ ref: experimentRef(head, "x"), oldId: "HEAD", newId: null }]);
  record([
    { ref: experimentRef(head, "x"), oldId: head, newId: null },
    { ref: experimentRef(head, "x"), oldId: null, newId: null },
  ]);
  record({ length: 3 });
  record([], { kind: "constructor" });
  record([], { workspace: { commit: "../../x", applied: head } });
  expect(await listOperations(project.repo)).toEqual([]);
  await expect(undoOperation(project, undefined)).rejects.toMatchObject({ code: "OPERATION_NOT_FOUND" });
});

test("an undo never makes a ref name something of another kind, or something that is not there", async () => {
  const { repo, project } = threeExperiments();
  const head = repo.head();
  const blob = repo.git("hash-object", "-w", repo.path("train.js"));
  const gone = "1234567890123456789012345678901234567890";
  const single = experimentRef(head, "single");
  const tip = repo.git("rev-parse", single);
  for (const newId of [blob, gone]) {
    const json = {
      version: 1,
      kind: "remove",
      summary: "evil",
      timeMs: 0,
      changes: [{ ref: single, oldId: newId, newId: tip }],
    };
    const commit = repo.git("commit-tree", "HEAD^{tree}", "-m", `evil\n\n${JSON.stringify(json)}`);
    repo.git("update-ref", `refs/waymark/trash/20990101T000000Z-000${newId.slice(0, 4)}`, commit);
    await expect(undoOperation(project, newId.slice(0, 4))).rejects.toMatchObject({ code: "OPERATION_LOST" });
  }
  expect(repo.git("rev-parse", single)).toBe(tip);
});

test("a change that fails leaves neither a record nor a changed ref", async () => {
  const { repo, project } = threeExperiments();
  const before = repo.git("for-each-ref");
  const ref = experimentRef(repo.head(), "single");
  const update = { ref, newId: null, oldId: repo.head() };
  await expect(recordedUpdate(project.repo, "remove", "remove", [update])).rejects.toMatchObject({
    code: "REF_CHANGED",
  });
  expect(repo.git("for-each-ref")).toBe(before);
});

test("what can be brought back counts among the commits whose data is kept", async () => {
  const { repo, project } = threeExperiments();
  const commits = repo.git("rev-list", experimentRef(repo.head(), "shared"), "^HEAD").split("\n");
  expect(commits).toHaveLength(2);
  await tagExperiments(project.repo, await selectExperiments(project, {}), { kind: "add", tags: ["x"] });
  await removeNamed(project, "shared");
  expect(await listKeptCommits(project.repo)).toEqual(expect.arrayContaining(commits));
});
