import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  loadProject,
  NotADvcProjectError,
  openDvcProject,
  type ProjectStage,
  relativeTo,
  stageAddress,
  withProjectLock,
} from "@waymark/pipeline";
import { initDvcFolder } from "@waymark/store";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";

function project(files: Record<string, string> = {}): GitRepo {
  const repo = gitRepo(files);
  initDvcFolder(repo.root);
  return repo;
}

async function stagesOf(repo: GitRepo): Promise<readonly ProjectStage[]> {
  return (await loadProject(openDvcProject(repo.root, GIT_TEST_ENV))).stages;
}

describe("loadProject", () => {
  it("reads everything that a stage says, with its entry of the lock file", async () => {
    const repo = project({
      "sub/dvc.yaml": [
        "stages:",
        "  train:",
        "    cmd: [make, run]",
        "    wdir: deep",
        "    frozen: true",
        "    always_changed: true",
        "    deps: [../in, 'ds://pets', /abs]",
        "    params: [lr, {more.json: [a.b]}]",
        "    outs:",
        "    - model: {persist: true, push: false, remote: s3, checkpoint: true, cache: false}",
        "",
      ].join("\n"),
      "sub/dvc.lock": [
        "schema: '2.0'",
        "stages:",
        "  train:",
        "    cmd: [make]",
        "    deps:",
        "    - {path: ../in, md5: 0123456789abcdef0123456789abcdef, size: 3}",
        "    params:",
        "      params.yaml: {lr: 1.0}",
        "    outs:",
        "    - {path: model, hash: md5, md5: 40c53c58fdafacc83cfff6ee3d2f6d69, size: 6, isexec: true}",
        "",
      ].join("\n"),
    });
    const [stage] = await stagesOf(repo);
    expect(stage).toMatchObject({
      name: "train",
      file: "sub/dvc.yaml",
      wdir: "sub/deep",
      command: ["make", "run"],
      isFrozen: true,
      isAlwaysChanged: true,
      isPlain: true,
      deps: [
        { text: "../in", path: "sub/in", kind: "path", isLegacy: true, sizeBytes: 3 },
        { text: "ds://pets", kind: "dataset", recorded: undefined },
        { text: "/abs", path: "/abs" },
      ],
      params: [
        { text: "params.yaml", path: "sub/deep/params.yaml", keys: ["lr"], recorded: { lr: { value: 1 } } },
        { text: "more.json", path: "sub/deep/more.json", keys: ["a.b"], recorded: undefined },
      ],
      outs: [
        {
          path: "sub/deep/model",
          isCached: false,
          isPersistent: true,
          isPushed: false,
          remote: "s3",
          isCheckpoint: true,
          isExecutable: true,
          isLegacy: false,
        },
      ],
      locked: { command: ["make"] },
    });
  });

  it("reads data that was added and data that was imported", async () => {
    const repo = project({
      "a.dvc": "outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  path: a\n",
      "b.dvc":
        "md5: 0123456789abcdef0123456789abcdef\nfrozen: true\ndeps:\n- path: data\n  repo: {url: 'https://x'}\nouts:\n- path: b\n  cache: false\n",
    });
    expect(await stagesOf(repo)).toMatchObject([
      { name: undefined, file: "a.dvc", command: undefined, outs: [{ path: "a", isDataSource: true, isLegacy: true }] },
      { isFrozen: true, deps: [{ kind: "repo", path: "data" }], outs: [{ isCached: false, hash: null }] },
    ]);
  });

  it("tells a stage that was written once from one that was generated", async () => {
    const repo = project({
      "params.yaml": "n: 1\n",
      "dvc.yaml":
        "stages:\n  a:\n    cmd: echo\n  b:\n    cmd: echo ${n}\n  c:\n    foreach: [1.0]\n    do:\n      cmd: echo ${item}\n",
    });
    const stages = await stagesOf(repo);
    expect(stages.map(({ name, isPlain, command }) => [name, isPlain, command])).toEqual([
      ["a", true, "echo"],
      ["b", false, "echo 1"],
      ["c@1.0", false, "echo 1.0"],
    ]);
  });

  it("looks into every folder of a project without Git, except those of other projects", async () => {
    const root = mkdtempSync(join(tmpdir(), "waymark-test-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    initDvcFolder(root);
    writeFileSync(join(root, ".dvc/config"), "[core]\n    no_scm = True\n");
    const data = "outs:\n- path: x\n";
    for (const folder of ["", "deep/er", "other", "other/.dvc"]) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, "x.dvc"), data);
    }
    const { stages } = await loadProject(openDvcProject(root, GIT_TEST_ENV));
    expect(stages.map(({ file }) => file)).toEqual(["x.dvc", "deep/er/x.dvc"]);
  });
});

describe("an output inside of a project's own folders", () => {
  it.each([".dvc/config.local", ".git/hooks/pre-commit", "sub/.DVC/config"])("is refused: %s", async (path) => {
    const repo = project({ "x.dvc": `outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  path: ${path}\n` });
    await expect(stagesOf(repo)).rejects.toThrow(`'${path}' lies in a folder of Git or DVC`);
  });
});

describe("openDvcProject", () => {
  it("finds the project above a folder, also through a symbolic link", () => {
    const repo = project({ "sub/deep/x": "" });
    symlinkSync(repo.path("sub"), repo.path("link"));
    expect(openDvcProject(repo.path("link/deep"), GIT_TEST_ENV)).toMatchObject({
      root: repo.root,
      folder: "sub/deep",
    });
  });

  it("says how far it looked when there is none", () => {
    const repo = gitRepo();
    expect(() => openDvcProject(repo.root, GIT_TEST_ENV)).toThrow(NotADvcProjectError);
    expect(() => openDvcProject(repo.root, GIT_TEST_ENV)).toThrow(`up to '${repo.root}'`);
  });
});

describe("withProjectLock", () => {
  it("excludes other holders of DVC's lock meanwhile", async () => {
    const repo = project();
    const canLock = (): boolean => {
      try {
        execFileSync("flock", ["-n", repo.path(".dvc/tmp/lock"), "true"]);
        return true;
      } catch {
        return false;
      }
    };
    const inside = await withProjectLock(openDvcProject(repo.root, GIT_TEST_ENV), async () => canLock());
    expect([inside, canLock()]).toEqual([false, true]);
  });

  it("removes what a killed command had not finished writing", async () => {
    const repo = project();
    repo.write(".dvc/tmp/waymark/unfinished/.dvc.lock.17-1.tmp", "schema: '2.0'\nsta");
    await withProjectLock(openDvcProject(repo.root, GIT_TEST_ENV), async () => Promise.resolve());
    expect(repo.has(".dvc/tmp/waymark/unfinished/.dvc.lock.17-1.tmp")).toBe(false);
  });

  it("waits for whoever holds the lock, and says so", async () => {
    const repo = project();
    const holder = spawn("flock", ["-n", "-F", repo.path(".dvc/tmp/lock"), "sh", "-c", "echo held; exec sleep 60"]);
    onTestFinished(() => void holder.kill());
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    // The lock was taken, but nobody wrote a number into it.
    const told: unknown[] = [];
    const opened = openDvcProject(repo.root, GIT_TEST_ENV, {
      onWait: (pid) => {
        told.push(pid);
        holder.kill();
      },
    });
    expect(await withProjectLock(opened, async () => "done")).toBe("done");
    expect(told).toEqual([undefined]);
  });
});

describe("stageAddress", () => {
  it("is what DVC prints, seen from a folder", () => {
    const at = (file: string, name: string | undefined, folder: string): string => stageAddress({ file, name }, folder);
    expect(at("dvc.yaml", "train", "")).toBe("train");
    expect(at("dvc.yaml", "train", "sub")).toBe("../dvc.yaml:train");
    expect(at("sub/dvc.yaml", "train", "")).toBe("sub/dvc.yaml:train");
    expect(at("sub/dvc.yaml", "train", "sub")).toBe("train");
    expect(at("raw.txt.dvc", undefined, "")).toBe("raw.txt.dvc");
    expect(relativeTo("sub", "s3://bucket/x")).toBe("s3://bucket/x");
  });
});
