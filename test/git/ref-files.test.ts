import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  gitProcessCount,
  listRefNamesSync,
  listRefsSync,
  openRepository,
  readRefFiles,
  updateRefs,
} from "@waymark/git";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";

const PREFIXES = ["refs/exps", "refs/heads", "refs/tags"];

function readRefs(repo: GitRepo): readonly (readonly (string | undefined)[])[] | undefined {
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("no repository");
  return readRefFiles(opened, PREFIXES)?.map(({ name, id, peeledId }) => [name, id, peeledId]);
}

/** The same as Git tells it. */
function asGit(repo: GitRepo): unknown {
  return repo
    .git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", ...PREFIXES)
    .split("\n")
    .map((line) => line.trim().split(" "))
    .map(([name, id, peeledId]) => [name, id, peeledId]);
}

function project(): GitRepo {
  const repo = gitRepo({ "a.txt": "a\n" });
  for (const name of ["b", "a", "a-b", "größe", "\u{1F600}", "\uFF21"])
    repo.git("update-ref", `refs/exps/12/34/${name}`, "HEAD");
  repo.git("update-ref", "refs/exps2/not/this", "HEAD");
  return repo;
}

test("refs in files are those that Git lists, loose and packed, in its order", () => {
  const repo = project();
  expect(readRefs(repo)).toEqual(asGit(repo));
  repo.git("tag", "-a", "-m", "annotated", "v1");
  repo.git("tag", "v0");
  repo.git("pack-refs", "--all");
  expect(readRefs(repo)).toEqual(asGit(repo));
  repo.git("commit", "--quiet", "--allow-empty", "-m", "next");
  repo.git("update-ref", "refs/exps/12/34/a", "HEAD");
  repo.git("update-ref", "refs/exps/00/34/first", "HEAD");
  repo.git("update-ref", "-d", "refs/exps/12/34/b");
  writeFileSync(repo.path(".git/refs/heads/other.lock"), "");
  expect(readRefs(repo)).toEqual(asGit(repo));
});

test("prefixes are whole parts of names, each once, below one folder for all work trees", () => {
  const repo = project();
  repo.git("pack-refs", "--all");
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("no repository");
  expect(readRefFiles(opened, ["refs/exps2", "refs/none"])?.map(({ name }) => name)).toEqual(["refs/exps2/not/this"]);
  for (const prefixes of [[], ["refs"], ["refs/exps", "refs/exps/12"], ["refs/heads/main"], ["refs/worktree"]]) {
    expect(readRefFiles(opened, prefixes)).toBeUndefined();
  }
  expect(listRefsSync(opened, ["refs/heads/main"])).toEqual([{ name: "refs/heads/main", id: repo.head() }]);
});

test("names of many refs are listed in order without a process, loose and packed", () => {
  const repo = gitRepo();
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("no repository");
  const id = repo.head();
  const make = (from: number): void => {
    const refs = Array.from({ length: 150 }, (_, at) => `refs/queue/${String(from + at).padStart(4, "0")}`);
    updateRefs(
      opened,
      refs.map((ref) => ({ ref, newId: id, oldId: null })),
      { durable: false },
    );
  };
  make(200);
  repo.git("pack-refs", "--all");
  make(50);
  writeFileSync(repo.path(".git/refs/queue/0001.lock"), "");
  const before = gitProcessCount();
  expect(listRefNamesSync(opened, "refs/queue")).toEqual(
    Array.from({ length: 300 }, (_, at) => `refs/queue/${String(50 + at).padStart(4, "0")}`),
  );
  expect(listRefNamesSync(opened, "refs/none")).toEqual([]);
  expect(gitProcessCount()).toBe(before);
  // Names that sort otherwise as bytes than as text are in Git's order.
  const odd = project();
  const oddRepo = openRepository(odd.root, { env: GIT_TEST_ENV });
  if (oddRepo === undefined) throw new Error("no repository");
  expect(listRefNamesSync(oddRepo, "refs/exps")).toEqual(
    odd.git("for-each-ref", "--format=%(refname)", "refs/exps").split("\n"),
  );
});

test("what only Git can tell is left to it", () => {
  const isLeft = (change: (repo: GitRepo) => void): boolean => {
    const repo = project();
    change(repo);
    return readRefs(repo) === undefined;
  };
  const packed = (repo: GitRepo): string => repo.path(".git/packed-refs");
  const pack = (repo: GitRepo): void => void repo.git("pack-refs", "--all");
  // It may be annotated.
  expect(isLeft((repo) => repo.git("tag", "loose"))).toBe(true);
  expect(isLeft((repo) => repo.git("symbolic-ref", "refs/heads/link", "refs/heads/main"))).toBe(true);
  expect(isLeft((repo) => symlinkSync("main", repo.path(".git/refs/heads/link")))).toBe(true);
  expect(isLeft((repo) => writeFileSync(repo.path(".git/refs/heads/broken"), "abc\n"))).toBe(true);
  expect(isLeft((repo) => writeFileSync(repo.path(".git/refs/heads/zero"), `${"0".repeat(40)}\n`))).toBe(true);
  expect(isLeft((repo) => mkdirSync(repo.path(".git/reftable")))).toBe(true);
  expect(isLeft((repo) => (pack(repo), appendFileSync(packed(repo), "torn")))).toBe(true);
  expect(isLeft((repo) => (pack(repo), appendFileSync(packed(repo), "abc refs/heads/short\n")))).toBe(true);
  expect(isLeft((repo) => (pack(repo), appendFileSync(packed(repo), `${repo.head()} refs/heads/a..b\n`)))).toBe(true);
  const edit = (from: string, to: string) => (repo: GitRepo) => {
    pack(repo);
    writeFileSync(packed(repo), readFileSync(packed(repo), "utf8").replace(from, to));
  };
  expect(isLeft(edit(" fully-peeled", ""))).toBe(true);
  // Only the order differs.
  expect(isLeft(edit(" sorted", ""))).toBe(false);
  const folder = (repo: GitRepo): string => repo.path(".git/refs/exps");
  expect(isLeft((repo) => (renameSync(folder(repo), `${folder(repo)}-old`), writeFileSync(folder(repo), "")))).toBe(
    true,
  );
  expect(isLeft((repo) => (mkdirSync(dirname(`${folder(repo)}/x/y`), { recursive: true }), undefined))).toBe(false);
  expect(
    isLeft((repo) => {
      for (let at = 0; at < 101; at += 1)
        writeFileSync(repo.path(`.git/refs/exps/12/34/many-${at}`), `${repo.head()}\n`);
    }),
  ).toBe(true);
});
