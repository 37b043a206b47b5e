import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { getExternal, getUrl, importUrl, openDvcProject, openExternalRepo } from "@waymark/pipeline";
import type { TransferProgress } from "@waymark/store/remotes";
import { GIT_TEST_ENV } from "../support/git-repo.ts";
import { emptyProject, sourceRepo, temporaryFolder } from "../support/source-repo.ts";

const env = { ...GIT_TEST_ENV, DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };

describe("how far a transfer is", () => {
  test("is told for another repository, up to its last byte", async () => {
    const { repo } = sourceRepo();
    const told: TransferProgress[] = [];
    const onProgress = (progress: TransferProgress): void => void told.push(progress);
    await getExternal(repo.root, "data", { cwd: temporaryFolder("cwd"), env, onProgress });
    expect(told.at(-1)).toMatchObject({ filesDone: 2, filesTotal: 2, bytesDone: 6 });
    await getExternal(`file://${repo.root}`, "code", { cwd: temporaryFolder("cwd"), env, onProgress });
    expect(told.at(-1)).toMatchObject({ filesDone: 1, filesTotal: 1, bytesDone: 6, bytesTotal: 6 });
  });

  test("is told for a URL", async () => {
    const source = temporaryFolder("source");
    mkdirSync(join(source, "sub"));
    for (const path of ["a", "b", "sub/c"]) writeFileSync(join(source, path), "four");
    const told: TransferProgress[] = [];
    await getUrl(source, { cwd: temporaryFolder("cwd"), env, onProgress: (progress) => void told.push(progress) });
    expect(told.at(-1)).toMatchObject({ filesDone: 3, filesTotal: 3, bytesDone: 12 });
  });
});

describe("what is interrupted", () => {
  test("leaves nothing behind", async () => {
    const { repo } = sourceRepo();
    const cwd = temporaryFolder("cwd");
    const clones = (): number => readdirSync(tmpdir()).filter((name) => name.startsWith("waymark-clone-")).length;
    const before = clones();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(getExternal(repo.root, "data", { cwd, env, signal })).rejects.toThrow("enough");
    await expect(getExternal(`file://${repo.root}`, "data", { cwd, env, signal })).rejects.toThrow("enough");
    expect(readdirSync(cwd)).toEqual([]);
    expect(clones()).toBeLessThanOrEqual(before);
    const project = emptyProject();
    const source = temporaryFolder("source");
    writeFileSync(join(source, "a.txt"), "a\n");
    await expect(importUrl(openDvcProject(project.root, env), source, { out: "copy", signal })).rejects.toThrow(
      "enough",
    );
    expect(project.has("copy") || project.has("copy.dvc")).toBe(false);
  });
});

describe("the settings of another repository", () => {
  const config = ["[core]", "    remote = dav", "['remote \"dav\"']", "    url = webdavs://host/x"];

  test("start no program, while the user's own may", async () => {
    const { repo } = sourceRepo();
    repo.write(".dvc/config", [...config, "    bearer_token_command = touch /tmp/never", ""].join("\n"));
    repo.commitAll("config");
    const home = temporaryFolder("home");
    for (const url of [repo.root, `file://${repo.root}`]) {
      const opened = await openExternalRepo(url, { cwd: "/", env });
      const project = await opened.projectAt("");
      expect(project?.config.text('remote "dav"', "url")).toBe("webdavs://host/x");
      expect(project?.config.text('remote "dav"', "bearer_token_command")).toBeUndefined();
      await opened.close();
    }
    writeFileSync(join(home, "config"), "['remote \"dav\"']\n    bearer_token_command = mine\n");
    repo.write(".dvc/config", `${config.join("\n")}\n`);
    const opened = await openExternalRepo(repo.root, { cwd: "/", env: { ...env, DVC_GLOBAL_CONFIG_DIR: home } });
    const project = await opened.projectAt("");
    expect(project?.config.text('remote "dav"', "bearer_token_command")).toBe("mine");
    await opened.close();
  });

  test("are those of its commit when it was cloned, with no cache of its own", async () => {
    const { repo, storage } = sourceRepo();
    repo.write(".dvc/config.local", "[core]\n    remote = private\n");
    const opened = await openExternalRepo(`file://${repo.root}`, { cwd: "/", env });
    const project = await opened.projectAt("data/train.csv");
    expect(project?.config.defaultRemote).toBe("st");
    expect(project?.config.text('remote "st"', "url")).toBe(storage);
    expect(project?.cacheDir).toBeUndefined();
    expect(opened.localRoot).toBeUndefined();
    await opened.close();
  });
});
