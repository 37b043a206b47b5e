import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { collectExperiments, formatDvcJson, openProject } from "@waymark/experiments";
import { listAsJson } from "@waymark/experiments/showing";
import { gitProcessCount } from "@waymark/git";
import { afterEach, expect, test, vi } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";

type Options = Parameters<typeof listAsJson>[1];

afterEach(() => void vi.unstubAllEnvs());

/** A project with as many experiments as are worth being kept, most of them the same commit. */
function project(params = "lr: 0.1\n"): GitRepo {
  const repo = gitRepo({ "params.yaml": "lr: 1\n", ".dvc/.gitignore": "/tmp\n", ".dvc/config": "" });
  const baseline = repo.head();
  repo.write("params.yaml", params);
  repo.git("add", "params.yaml");
  const tip = repo.git("commit-tree", "-p", baseline, "-m", "tried", repo.git("write-tree"));
  repo.git("reset", "--quiet", "--hard");
  const names = Array.from({ length: 200 }, (_, index) => `${refOf(baseline, `exp-${index}`)} ${tip}`);
  writeFileSync(repo.path(".git/packed-refs"), packed([...names, `refs/heads/main ${baseline}`]));
  return repo;
}

function packed(refs: readonly string[]): string {
  const lines = refs.toSorted().map((line) => line.split(" ").toReversed().join(" "));
  return `${["# pack-refs with: peeled fully-peeled sorted ", ...lines].join("\n")}\n`;
}

function refOf(baseline: string, name: string): string {
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

async function list(repo: GitRepo, options: Options = {}): Promise<string> {
  return [...(await listAsJson(openProject(repo.root, GIT_TEST_ENV), options))].join("");
}

/** The same without anything that is kept of the whole listing. */
async function collected(repo: GitRepo, options: Options = {}): Promise<string> {
  return formatDvcJson(await collectExperiments(openProject(repo.root, GIT_TEST_ENV), options));
}

test("a listing is printed as it was before, with the workspace as it is now", async () => {
  const repo = project();
  const opened = openProject(repo.root, GIT_TEST_ENV);
  expect(await list(repo)).toBe(await collected(repo));
  const before = gitProcessCount();
  const again = [...(await listAsJson(opened, { hideWorkspace: true }))];
  expect(gitProcessCount()).toBe(before);
  expect(again).toHaveLength(3);
  expect(again.join("")).toBe(await collected(repo, { hideWorkspace: true }));
  repo.write("params.yaml", "lr: 7\n");
  expect(await list(repo)).toBe(await collected(repo));
  expect(await list(repo)).toContain('"lr": 7');
  expect(await list(repo, { isShaOnly: true })).toBe(await collected(repo, { isShaOnly: true }));
});

test("a listing is made anew once refs, HEAD or the time zone are others", async () => {
  const repo = project();
  const seen = new Set([await list(repo)]);
  const isNew = async (): Promise<boolean> => {
    const json = await list(repo);
    expect(json).toBe(await collected(repo));
    return !seen.has(json) && seen.add(json).size > 0;
  };
  repo.git(
    "update-ref",
    refOf(repo.head(), "exp-7"),
    repo.git("commit-tree", "-p", "HEAD", "-m", "other", "HEAD^{tree}"),
  );
  expect(await isNew()).toBe(true);
  repo.git("update-ref", "-d", refOf(repo.head(), "exp-8"));
  expect(await isNew()).toBe(true);
  repo.git("branch", "other");
  repo.git("symbolic-ref", "HEAD", "refs/heads/other");
  expect(await isNew()).toBe(true);
  for (const zone of ["Asia/Kathmandu", "America/New_York", "America/Havana"]) {
    vi.stubEnv("TZ", zone);
    expect(await list(repo)).toBe(await collected(repo));
  }
  repo.git("commit", "--quiet", "--allow-empty", "-m", "next");
  expect(await isNew()).toBe(true);
});

test("what is kept and is damaged, of another version, or no file counts as nothing", async () => {
  const repo = project();
  const first = await list(repo);
  const path = repo.path(".dvc/tmp/waymark/listing");
  const whole = readFileSync(path, "latin1");
  for (const damaged of [
    whole.slice(0, -3),
    whole.replace('"lr": 0.1', '"lr": 0.2'),
    whole.replace("listing 1", "listing 0"),
    `${whole}more`,
    "",
  ]) {
    writeFileSync(path, damaged, "latin1");
    expect(await list(repo)).toBe(first);
    expect(readFileSync(path, "latin1")).toBe(whole);
  }
  rmSync(path);
  mkdirSync(path);
  expect(await list(repo)).toBe(first);
});

test("nothing is kept of what may come out otherwise, and nothing used while something runs", async () => {
  const unreadable = project("lr: [1, 2\n");
  const path = (repo: GitRepo): string => repo.path(".dvc/tmp/waymark/listing");
  expect(await list(unreadable)).toBe(await collected(unreadable));
  expect(existsSync(path(unreadable))).toBe(false);
  const repo = project();
  const options = { allCommits: true };
  expect(await list(repo, options)).toBe(await collected(repo, options));
  const few = { where: "params.lr < 1", top: 3 };
  expect(await list(repo, few)).toBe(await collected(repo, few));
  expect(existsSync(path(repo))).toBe(false);
  mkdirSync(repo.path(".dvc/tmp/waymark/exp-runs"), { recursive: true });
  await list(repo);
  expect(existsSync(path(repo))).toBe(false);
});
