import { execFileSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { gitRepo, type GitRepo } from "../../support/git-repo.ts";
import { run, runOk, runRepo } from "./run-project.ts";

const FILES = {
  "dvc.yaml": "stages:\n  train: {cmd: cp params.yaml model.txt, params: [lr], outs: [model.txt]}\n",
  "params.yaml": "lr: 0.1\n",
};

/** Makes the Git folder one that may only be read; root may write everywhere but into such a mount. */
function makeReadOnly(repo: GitRepo): void {
  const folder = repo.path(".git");
  if (process.getuid?.() !== 0) {
    for (const path of [folder, `${folder}/objects`, `${folder}/refs`]) chmodSync(path, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    return;
  }
  execFileSync("mount", ["--bind", folder, folder]);
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  execFileSync("mount", ["-o", "remount,ro,bind", folder]);
}

test("what cannot be saved is not begun, and changes no params", async () => {
  const repo = runRepo(FILES);
  makeReadOnly(repo);
  await expect(run(repo, { files: { "params.yaml": "lr: 2\n" } })).rejects.toThrow(/'.*\.git' cannot be written to/);
  expect(repo.read("params.yaml")).toBe("lr: 0.1\n");
  expect(existsSync(repo.path("model.txt"))).toBe(false);
});

test("a repository gets no project by a run without stages, above another project say", async () => {
  const repo = gitRepo();
  for (const [path, text] of Object.entries(FILES)) repo.write(`sub/${path}`, text);
  for (const targets of [[], ["train"], ["other/dvc.yaml:train"]]) {
    await expect(run(repo, { targets })).rejects.toMatchObject({ code: "NOT_A_REPOSITORY" });
  }
  expect([".dvc", ".dvcignore"].filter((name) => existsSync(repo.path(name)))).toEqual([]);
  expect(await runOk(repo, { targets: ["sub/dvc.yaml:train"] })).toMatchObject({ state: "finished" });
});

test("a run whose stages are not found has begun nothing", async () => {
  const repo = runRepo(FILES);
  expect(await run(repo, { targets: ["nope"] })).toMatchObject({ state: "failed", isUnbegun: true });
  expect(await run(repo, { command: ["no-such-program"] })).toMatchObject({ state: "failed", isUnbegun: true });
  expect(await run(repo, { command: ["false"] })).toMatchObject({ state: "failed", isUnbegun: false });
});

test("params are not set under another command that reads them, nor for a run that comes to nothing", async () => {
  const repo = runRepo(FILES);
  const files = { "params.yaml": "lr: 2\n", "new.yaml": "a: 1\n" };
  const untouched = (): void => {
    expect([repo.read("params.yaml"), repo.has("new.yaml")]).toEqual(["lr: 0.1\n", false]);
  };
  const holder = { pid: process.ppid, cmd: "dvc repro" };
  repo.write(".dvc/tmp/rwlock", JSON.stringify({ read: { [repo.path("params.yaml")]: [holder] } }));
  expect(await run(repo, { files })).toMatchObject({
    state: "failed",
    error: { code: "PATH_BUSY" },
  });
  untouched();
  repo.write(".dvc/tmp/rwlock", JSON.stringify({ write: { [repo.path("model.txt")]: holder } }));
  expect(await run(repo, { files })).toMatchObject({ state: "failed" });
  untouched();
  repo.write(".dvc/tmp/rwlock", "{}");
  expect(await run(repo, { files, targets: ["nope"] })).toMatchObject({ state: "failed", isUnbegun: true });
  untouched();
  expect(await run(repo, { files, command: ["no-such-program"] })).toMatchObject({ state: "failed" });
  untouched();
  expect(await run(repo, { files, command: ["false"] })).toMatchObject({ state: "failed" });
  expect(repo.read("params.yaml")).toBe("lr: 2\n");
});

test("a branch that is switched to while a run goes on is told of", async () => {
  const repo = runRepo({ ...FILES, "other.txt": "one\n" });
  const before = repo.head();
  const command =
    "git checkout -q -b other; echo two > other.txt; git -c user.name=me -c user.email=me@x commit -qam two";
  const { warnings, commit } = await runOk(repo, { command: ["sh", "-c", command] });
  expect(warnings).toEqual([
    `HEAD has moved while the run went on, from ${before.slice(0, 7)} to ${repo.head().slice(0, 7)}: ` +
      "files that this has changed are saved as they are now.",
  ]);
  expect(repo.git("rev-parse", `${commit}^`)).toBe(before);
  expect((await runOk(repo, { command: ["true"] })).warnings).toEqual([]);
});
