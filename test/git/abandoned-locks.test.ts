import { chmodSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import {
  GitCommandError,
  type GitRepository,
  listAbandonedLocks,
  openRepository,
  removeAbandonedLocks,
  updateRefs,
} from "@waymark/git";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

const REF = "refs/waymark/a";
const OTHER = "refs/waymark/b";

function opened(repo: GitRepo, env: NodeJS.ProcessEnv = {}): GitRepository {
  const found = openRepository(repo.root, { env: { ...GIT_TEST_ENV, ...env } });
  if (found === undefined) throw new Error("no repository");
  return found;
}

/**
 * A Git that is killed when it is to change refs, and leaves its locks.
 *
 * @param work - What it does before.
 */
function withKilledGit(repo: GitRepo, work = ":"): GitRepository {
  const script = `#!/bin/sh
case " $* " in *" update-ref "*) ${work}; mkdir -p .git/refs/waymark; : > .git/${REF}.lock; : > .git/packed-refs.lock; kill -9 $$;; esac
PATH="\${PATH#*:}" exec git "$@"
`;
  mkdirSync(repo.path(".git/bin"));
  writeFileSync(repo.path(".git/bin/git"), script);
  chmodSync(repo.path(".git/bin/git"), 0o755);
  return opened(repo, { PATH: `${repo.path(".git/bin")}:${GIT_TEST_ENV["PATH"]}` });
}

const notes = (repo: GitRepo): readonly string[] => readdirSync(repo.path(".git/waymark/ref-changes"));

test("locks of a Git command that was killed are known, and can be removed", () => {
  const repo = gitRepo();
  const update = { ref: REF, newId: repo.head(), oldId: null };
  const killed = (): void => updateRefs(withKilledGit(repo), [update, { ...update, ref: OTHER }]);
  expect(killed).toThrow(GitCommandError);
  expect([repo.has(`.git/${REF}.lock`), notes(repo).length]).toEqual([true, 1]);
  expect(removeAbandonedLocks(opened(repo), Date.now() + 5000)).toBe(true);
  updateRefs(opened(repo), [update]);
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/waymark")).toBe(REF);
  expect([repo.has(`.git/${REF}.lock`), repo.has(".git/packed-refs.lock"), notes(repo)]).toEqual([false, false, []]);
});

test(
  "they are out of the way of the next change, also where all had been done before the kill",
  { timeout: 30_000 },
  () => {
    const repo = gitRepo();
    const update = { ref: OTHER, newId: repo.head(), oldId: null };
    updateRefs(withKilledGit(repo, 'PATH="${PATH#*:}" git "$@"'), [update]);
    expect(repo.git("rev-parse", OTHER)).toBe(repo.head());
    expect([repo.has(".git/packed-refs.lock"), notes(repo).length]).toEqual([true, 1]);
    updateRefs(opened(repo), [{ ref: OTHER, newId: null, oldId: repo.head() }]);
    expect([repo.git("for-each-ref", "refs/waymark"), repo.has(".git/packed-refs.lock"), notes(repo)]).toEqual([
      "",
      false,
      [],
    ]);
  },
);

test("locks of others stay: those that are fresh, older than the change, of other refs, or made later", () => {
  const repo = gitRepo();
  const open = opened(repo);
  const update = { ref: REF, newId: repo.head(), oldId: null };
  expect(() => updateRefs(withKilledGit(repo), [update])).toThrow(GitCommandError);
  const lock = repo.path(`.git/${REF}.lock`);
  const both = [lock, repo.path(".git/packed-refs.lock")];
  const inMs = (ms: number): readonly string[] => listAbandonedLocks(open, Date.now() + ms);
  expect(inMs(0)).toEqual([]);
  expect(inMs(5000)).toEqual(both);
  writeFileSync(repo.path(".git/refs/heads/main.lock"), "");
  expect(inMs(5000)).toEqual(both);
  for (const ms of [-3_600_000, 3_600_000]) {
    utimesSync(lock, new Date(Date.now() + ms), new Date(Date.now() + ms));
    expect(inMs(10_000_000)).toEqual(both.slice(1));
  }
});

test("a note that leads elsewhere, or cannot be read, deletes nothing", () => {
  const repo = gitRepo({ "a.txt.lock": "mine\n" });
  mkdirSync(repo.path(".git/waymark/ref-changes"), { recursive: true });
  const note = {
    pid: 2 ** 22 - 1,
    host: "x",
    processStart: "1",
    bootId: null,
    startedMs: Date.now(),
    isCutShort: true,
  };
  const write = (name: string, text: string): void => repo.write(`.git/waymark/ref-changes/${name}.json`, text);
  write("1", JSON.stringify({ ...note, refs: ["refs/../../a.txt"] }));
  write("2", JSON.stringify({ ...note, refs: ["../a.txt"] }));
  write("3", "{");
  write("4", "null");
  expect(listAbandonedLocks(opened(repo), Date.now() + 5000)).toEqual([]);
});
