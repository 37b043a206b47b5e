import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addData, addFromElsewhere, importUrl, openDvcProject, updateImports } from "@waymark/pipeline";
import type { DataProgress } from "@waymark/store";
import { GIT_TEST_ENV, type GitRepo } from "../support/git-repo.ts";
import { emptyProject, temporaryFolder } from "../support/source-repo.ts";

const env = { ...GIT_TEST_ENV, DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };

function writeFiles(folder: string, count: number, text = "content"): void {
  mkdirSync(folder, { recursive: true });
  for (let at = 0; at < count; at += 1) writeFileSync(join(folder, `${at}.txt`), `${text} ${at}`);
}

/** Names of the objects in the cache of a project. */
function objects(project: GitRepo): readonly string[] {
  const root = project.path(".dvc/cache/files/md5");
  return readdirSync(root).flatMap((prefix) => readdirSync(join(root, prefix)).map((rest) => prefix + rest));
}

/** Gives up once something was stored. */
function stopping(): { readonly signal: AbortSignal; readonly onProgress: (progress: DataProgress) => void } {
  const stop = new AbortController();
  return { signal: stop.signal, onProgress: ({ files }) => void (files > 0 && stop.abort(new Error("enough"))) };
}

describe("adding a part of a folder", () => {
  test("tells how far it is, and adds the list of the whole folder alone", async () => {
    const project = emptyProject();
    writeFiles(project.path("data/a"), 20, "first");
    await addData(openDvcProject(project.root, env), ["data"]);
    const before = objects(project);
    writeFiles(project.path("data/a"), 40, "second");
    const told: DataProgress[] = [];
    await addData(openDvcProject(project.root, env), ["data/a"], {
      onProgress: (progress) => void told.push(progress),
    });
    expect(told.at(-1)).toMatchObject({ files: 40, totalFiles: 40 });
    const added = objects(project).filter((name) => !before.includes(name));
    expect(added.length).toBe(41);
    expect(added.filter((name) => name.endsWith(".dir")).length).toBe(1);
    expect(project.read("data.dvc")).toContain(`md5: ${added.find((name) => name.endsWith(".dir"))}`);
  });

  test("can be given up, and records nothing then", async () => {
    const project = emptyProject();
    writeFiles(project.path("data/a"), 5);
    await addData(openDvcProject(project.root, env), ["data"]);
    const recorded = project.read("data.dvc");
    writeFiles(project.path("data/a"), 900, "other");
    const adding = addData(openDvcProject(project.root, env), ["data/a"], stopping());
    await expect(adding).rejects.toThrow("enough");
    expect(project.read("data.dvc")).toBe(recorded);
  });
});

describe("what comes from elsewhere", () => {
  const source = (files: number): string => {
    const folder = temporaryFolder("elsewhere");
    writeFiles(join(folder, "set"), files);
    return join(folder, "set");
  };

  test("tells how far it is while it is stored", async () => {
    const project = emptyProject();
    const told: DataProgress[] = [];
    const onProgress = (progress: DataProgress): void => void told.push(progress);
    await addFromElsewhere(openDvcProject(project.root, env), source(30), { out: "copy", onProgress });
    expect(told.at(-1)).toMatchObject({ files: 30, totalFiles: 30 });
    const place = source(20);
    await importUrl(openDvcProject(project.root, env), place, { out: "import", onStoring: onProgress });
    expect(told.at(-1)).toMatchObject({ files: 20, totalFiles: 20 });
    writeFiles(place, 25, "new");
    await updateImports(openDvcProject(project.root, env), ["import.dvc"], { onStoring: onProgress });
    expect(told.at(-1)).toMatchObject({ files: 25, totalFiles: 25 });
  });

  test("can be given up while it is stored, and what was there comes back", async () => {
    const project = emptyProject();
    writeFiles(project.path("copy"), 2, "mine");
    const { signal, onProgress } = stopping();
    const adding = addFromElsewhere(openDvcProject(project.root, env), source(800), {
      ...{ out: ".", force: true, signal, onProgress },
    });
    await expect(adding).rejects.toThrow("enough");
    expect(project.has("set") || project.has("set.dvc")).toBe(false);
    const second = stopping();
    const from = source(800);
    rmSync(project.path("copy"), { recursive: true });
    writeFiles(project.path("set"), 2, "mine");
    const importing = importUrl(openDvcProject(project.root, env), from, {
      ...{ isForced: true, signal: second.signal, onStoring: second.onProgress },
    });
    await expect(importing).rejects.toThrow("enough");
    expect(project.read("set/1.txt")).toBe("mine 1");
    expect(project.has("set.dvc")).toBe(false);
  });
});
