import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ShareProject, shareProject } from "./share-project.ts";

/** Two experiments that both sides and the remote have, one of them with a tag and a note. */
async function shared(): Promise<ShareProject> {
  const project = await shareProject();
  const { ada } = project;
  await project.save("one", 1);
  await project.save("two", 2);
  await project.expect(ada, "exp", "tag", "one", "-t", "good");
  await project.expect(ada, "exp", "note", "one", "Remember");
  await project.expect(ada, "exp", "push", "origin", "-A");
  return project;
}

/** Has the server keep what it has. */
function refuseDeletions({ hub }: ShareProject): void {
  const script = `#!/bin/sh\ncase "$3" in *[!0]*) exit 0 ;; esac\nexit 1\n`;
  writeFileSync(hub.path("hooks", "update"), script, { mode: 0o755 });
}

test("exp remove -g takes experiments and their labels from the remote with one push, and nothing here", async () => {
  const project = await shared();
  const { ada, hub } = project;
  const before = project.refs(ada);
  const log = join(project.folder, "pushes");
  writeFileSync(hub.path("hooks", "pre-receive"), `#!/bin/sh\necho push >> '${log}'\n`, { mode: 0o755 });
  const output = await project.expect(ada, "exp", "remove", "-g", "origin", "one");
  expect(output).toBe("Removed experiments: 'one'\n");
  expect(project.names(hub)).toEqual(["two"]);
  expect(Object.keys(project.refs(hub)).filter((ref) => ref.startsWith("refs/waymark"))).toEqual([]);
  const withoutRecord = (refs: Record<string, string>): unknown =>
    Object.entries(refs).filter(([ref]) => !ref.startsWith("refs/waymark/shared"));
  expect(withoutRecord(project.refs(ada))).toEqual(withoutRecord(before));
  expect(readFileSync(log, "utf8")).toBe("push\n");
});

test("what was removed from the remote can be pushed again, labels and all", async () => {
  const project = await shared();
  const { ada, hub } = project;
  const before = project.refs(hub);
  await project.expect(ada, "exp", "remove", "-g", "origin", "-A");
  expect(project.refs(hub)).toEqual({});
  await project.expect(ada, "exp", "push", "origin", "-A");
  expect(project.refs(hub)).toEqual(before);
});

test("exp remove -g knows commits and --keep, says what it would do, and names what the remote does not have", async () => {
  const project = await shared();
  const { ada, hub } = project;
  const before = project.refs(hub);
  const dry = await project.expect(ada, "exp", "remove", "-g", "origin", "--rev", "HEAD", "--dry");
  expect(dry).toBe("Would remove experiments: 'one' and 'two'\n");
  const unknown = await project.run(ada, "exp", "remove", "-g", "origin", "one", "three");
  expect([unknown.code, unknown.stderr]).toEqual([255, expect.stringContaining("No experiment named 'three'")]);
  const query = await project.run(ada, "exp", "remove", "-g", "origin", "--where", "lr > 1");
  expect(query.code).toBe(254);
  expect(project.refs(hub)).toEqual(before);
  await project.expect(ada, "exp", "remove", "-g", "origin", "--keep", "two");
  expect(project.names(hub)).toEqual(["two"]);
});

test("what the server refuses to remove is named with its reason", async () => {
  const project = await shared();
  const { ada, hub } = project;
  refuseDeletions(project);
  const { code, stderr } = await project.run(ada, "exp", "remove", "-g", "origin", "one");
  expect(code).toBe(255);
  expect(stderr).toContain("'one' is still at 'origin': hook declined");
  expect(project.names(hub)).toEqual(["one", "two"]);
});

test("exp rename -g renames at the remote and here, labels included", async () => {
  const project = await shared();
  const { ada, hub } = project;
  const before = project.refs(hub);
  const output = await project.expect(ada, "exp", "rename", "-g", "origin", "one", "first");
  expect(output).toBe("Renamed experiments: 'one'\n");
  const renamed = Object.fromEntries(
    Object.entries(before).map(([ref, id]) => [ref.replace(/\/one$/u, "/first"), id] as const),
  );
  expect(project.refs(hub)).toEqual(renamed);
  expect(project.names(ada)).toEqual(["first", "two"]);
});

test("an experiment that only the remote has is renamed there", async () => {
  const project = await shared();
  const { bob, hub } = project;
  await project.expect(bob, "exp", "rename", "-g", "origin", "one", "first");
  expect(project.names(hub)).toEqual(["first", "two"]);
  expect(project.names(bob)).toEqual([]);
});

test("a name that the remote has is refused, and with force replaced", async () => {
  const project = await shared();
  const { bob, hub } = project;
  const one = project.refs(hub)[project.ref("one")];
  const refused = await project.run(bob, "exp", "rename", "-g", "origin", "one", "two");
  expect([refused.code, refused.stderr]).toEqual([255, expect.stringContaining("'two' exists already")]);
  await project.expect(bob, "exp", "rename", "-g", "origin", "-f", "one", "two");
  expect(project.names(hub)).toEqual(["two"]);
  expect(project.refs(hub)[project.ref("two")]).toBe(one);
});

test("an old name that the server keeps is told of, and nothing is lost", async () => {
  const project = await shared();
  const { ada, hub } = project;
  refuseDeletions(project);
  const { code, stderr } = await project.run(ada, "exp", "rename", "-g", "origin", "one", "first");
  expect(code).toBe(0);
  expect(stderr).toContain("The old name is still at 'origin' besides the new one");
  expect(project.names(hub)).toEqual(["first", "one", "two"]);
});
