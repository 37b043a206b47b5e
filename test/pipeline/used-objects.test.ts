import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  collectUsedObjects,
  loadScopedStages,
  objectNames,
  type OutputSelection,
  type RevisionScope,
  selectOutputs,
  type UsedObjects,
} from "@waymark/pipeline";
import { hashBytes } from "@waymark/store";
import type { GitRepo } from "../support/git-repo.ts";
import { dataRepo, openData, track } from "./data-project.ts";

const md5 = (text: string): string => hashBytes(Buffer.from(text)).md5;

async function collect(
  repo: GitRepo,
  options: { targets?: readonly string[]; scope?: RevisionScope; folder?: string; includeImported?: boolean } = {},
): Promise<UsedObjects> {
  const project = openData(repo, options.folder);
  const selections: OutputSelection[] = [];
  for (const loaded of await loadScopedStages(project, options.scope)) {
    if ("error" in loaded) throw loaded.error;
    selections.push(...selectOutputs(project, loaded.stages, options.targets ?? [], { ignoreMissing: true }));
  }
  return collectUsedObjects(project.cache, selections, { includeImported: options.includeImported ?? false });
}

/** Names of all objects, sorted. */
function names(used: UsedObjects): readonly string[] {
  return used.groups.flatMap(({ contents }) => contents.flatMap(objectNames)).toSorted();
}

describe("collectUsedObjects", () => {
  it("names files, folders and what is in them, each with the path it belongs to", async () => {
    const repo = dataRepo({ "a.txt": "a", "data/x": "x", "data/sub/y": "y" });
    repo.git("rm", "-rq", "--cached", "a.txt", "data");
    track(repo, "a.txt", "data");
    const { groups, unrecorded } = await collect(repo);
    expect(unrecorded).toEqual([]);
    expect(groups).toHaveLength(1);
    const [group] = groups;
    expect(group).toMatchObject({ remote: undefined, isPushed: true });
    expect(group?.contents.map(({ path }) => path).toSorted()).toEqual(["a.txt", "data"]);
    const folder = group?.contents.find(({ path }) => path === "data");
    expect(folder?.md5).toMatch(/\.dir$/);
    expect(folder?.files.map(({ relpath }) => relpath)).toEqual(["sub/y", "x"]);
    // The manifest comes after what it names: that is the order in which they are sent.
    expect(folder === undefined ? [] : objectNames(folder)).toEqual([md5("y"), md5("x"), folder?.md5]);
  });

  it("takes a part of a folder for a target inside it", async () => {
    const repo = dataRepo({ "data/x": "x", "data/sub/y": "y", "data/subtle": "z" });
    repo.git("rm", "-rq", "--cached", "data");
    track(repo, "data");
    const used = await collect(repo, { targets: ["data/sub"] });
    expect(used.groups[0]?.contents[0]?.files.map(({ relpath }) => relpath)).toEqual(["sub/y"]);
    const fromBelow = await collect(repo, { targets: ["sub/y"], folder: "data" });
    expect(names(fromBelow)).toEqual(names(used));
    const joined = await collect(repo, { targets: ["data/sub", "data/x"] });
    expect(joined.groups[0]?.contents[0]?.files.map(({ relpath }) => relpath)).toEqual(["sub/y", "x"]);
  });

  it("groups by remote and push, and knows what is not recorded, not cached, imported or legacy", async () => {
    const repo = dataRepo({
      "dvc.yaml":
        "stages:\n  s:\n    cmd: x\n    outs:\n    - cold: {remote: cold}\n    - local: {push: false}\n    - plain: {cache: false}\n    - new\n",
      "dvc.lock":
        "schema: '2.0'\nstages:\n  s:\n    cmd: x\n    outs:\n" +
        `    - {path: cold, hash: md5, md5: ${md5("1")}}\n    - {path: local, md5: ${md5("2")}}\n    - {path: plain, hash: md5, md5: ${md5("3")}}\n`,
      "i.dvc": `deps:\n- path: i\n  repo: {url: ../o, rev_lock: '1'}\nouts:\n- md5: ${md5("4")}\n  hash: md5\n  path: i\n`,
    });
    const used = await collect(repo);
    expect(used.unrecorded).toEqual(["new"]);
    expect(
      used.groups.flatMap(({ remote, isPushed, contents }) =>
        contents.map((content) => ({ remote, isPushed, path: content.path, isLegacy: content.isLegacy })),
      ),
    ).toEqual([
      { remote: "cold", isPushed: true, path: "cold", isLegacy: false },
      { remote: undefined, isPushed: false, path: "local", isLegacy: true },
    ]);
    expect(names(await collect(repo, { includeImported: true }))).toContain(md5("4"));
  });

  it("says that a folder without its manifest is incomplete, and one with a damaged manifest, too", async () => {
    const repo = dataRepo({ "data/x": "x" });
    repo.git("rm", "-rq", "--cached", "data");
    track(repo, "data");
    const { cache } = openData(repo);
    const [content] = (await collect(repo)).groups[0]?.contents ?? [];
    expect(content?.isIncomplete).toBe(false);
    rmSync(cache.objectPath(content?.md5 ?? ""));
    expect((await collect(repo)).groups[0]?.contents[0]).toMatchObject({ isIncomplete: true, files: [] });
    repo.write(`.dvc/cache/files/md5/${content?.md5.slice(0, 2)}/${content?.md5.slice(2)}`, "[]");
    expect((await collect(repo)).groups[0]?.contents[0]).toMatchObject({ isIncomplete: true, files: [] });
  });

  it("looks at the commits of a scope, beside the workspace", async () => {
    const repo = dataRepo();
    const commits: string[] = [];
    for (const text of ["one", "two", "three"]) {
      repo.write("d.txt", text);
      track(repo, "d.txt");
      commits.push(repo.commitAll(text));
      if (text === "one") repo.git("tag", "v1");
    }
    repo.git("branch", "side", commits[1] ?? "");
    repo.write("d.txt", "now");
    track(repo, "d.txt");
    const [one, two, three, now] = ["one", "two", "three", "now"].map(md5) as [string, string, string, string];
    const of = async (scope: RevisionScope): Promise<readonly string[]> => names(await collect(repo, { scope }));
    const sorted = (...list: readonly string[]): readonly string[] => list.toSorted();
    expect(await of({})).toEqual([now]);
    expect(await of({ isAllTags: true })).toEqual(sorted(now, one));
    expect(await of({ isAllBranches: true })).toEqual(sorted(now, two, three));
    expect(await of({ isAllBranches: true, count: 2 })).toEqual(sorted(now, one, two, three));
    expect(await of({ isAllCommits: true })).toEqual(sorted(now, one, two, three));
    expect(await of({ revisions: ["main~1"] })).toEqual(sorted(now, two));
    expect(await of({ revisions: ["main~1"], count: 2 })).toEqual(sorted(now, one, two));
    expect(await of({ since: "2001-01-01" })).toEqual(sorted(now, one, two, three));
    expect(await of({ since: "2100-01-01" })).toEqual([now]);
    await expect(of({ revisions: ["nowhere"] })).rejects.toThrow(/No revision 'nowhere'/);
    for (const since of ["yesterday", "2026-02-30"]) await expect(of({ since })).rejects.toThrow(/is not a date/);
  });

  it("reports a revision that cannot be read in its place", async () => {
    const repo = dataRepo({ "bad.dvc": "outs: {\n" });
    const bad = repo.head();
    repo.remove("bad.dvc");
    const loaded = await loadScopedStages(openData(repo), { revisions: [bad] });
    expect(loaded.map((each) => [each.label, "error" in each])).toEqual([
      ["workspace", false],
      [bad, true],
    ]);
  });
});
