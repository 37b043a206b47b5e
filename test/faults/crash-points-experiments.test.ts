import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkRepository, readUserState, runGit } from "../support/checker.ts";
import { canTrace, countCalls, isLong, runScenario } from "../support/fault-run.ts";
import { makeFaultedRepo, USER_FILES } from "../support/faulted-repo.ts";

/** Calls that change something, or start the Git process that does. */
const CALLS = ["write", "pwrite64", "rename", "link", "unlink", "mkdir", "fsync", "vfork"];
const POINTS = isLong ? Infinity : 3;
const TIMEOUT = { timeout: 3_600_000 };
const repos: string[] = [];
afterAll(() => repos.forEach((repo) => rmSync(repo, { recursive: true, force: true })));

/** A command that is killed, and what must hold although it was. */
interface Case {
  readonly script?: string;
  /** Brings the repository to where the command is given. */
  readonly prepare: (repo: string) => Promise<void>;
  readonly args: (repo: string) => readonly string[];
  /** The command that completes the work, whatever was done of it; by default the same one. */
  readonly again?: (repo: string) => readonly string[] | undefined;
  /** Whether the command is one that changes files. */
  readonly changesFiles?: boolean;
  /** What is lost or torn right after the kill. */
  readonly problems?: (repo: string) => readonly string[];
  /** What is wrong once the work was completed. */
  readonly left: (repo: string) => readonly string[];
}

/** A repository in use, with an experiment that changes files of the user and has one more. */
async function usedRepo(): Promise<string> {
  const repo = makeFaultedRepo(10);
  repos.push(repo);
  const edited = readFileSync(join(repo, "edited.txt"), "utf8");
  const kept = readFileSync(join(repo, "kept.txt"), "utf8");
  writeFileSync(join(repo, "edited.txt"), "of the experiment\n");
  writeFileSync(join(repo, "kept.txt"), "of the experiment, too\n");
  writeFileSync(join(repo, "more.txt"), "more\n");
  await done(repo, ["exp", "save", "-n", "other", "-I", "more.txt"]);
  writeFileSync(join(repo, "edited.txt"), edited);
  writeFileSync(join(repo, "kept.txt"), kept);
  rmSync(join(repo, "more.txt"));
  return repo;
}

async function done(repo: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runScenario("verb.mjs", { cwd: repo, args });
  if (code !== 0) throw new Error(`waymark ${args.join(" ")}: ${stderr}`);
}

function refOf(repo: string, name: string): string {
  const baseline = runGit(repo, ["rev-parse", "HEAD"]).trim();
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

function tipOf(repo: string, name: string): string | undefined {
  return runGit(repo, ["for-each-ref", "--format=%(objectname)", refOf(repo, name)]).trim() || undefined;
}

/** Content that no ref leads to any more is as good as lost. */
function lostContent(repo: string, contents: readonly string[]): readonly string[] {
  const reachable = new Set(
    runGit(repo, ["rev-list", "--objects", "--no-object-names", "--all"]).split("\n").filter(Boolean),
  );
  return contents.flatMap((content) => {
    const path = join(repo, ".git", "content-to-find");
    writeFileSync(path, content);
    const id = runGit(repo, ["hash-object", "--no-filters", path]).trim();
    rmSync(path);
    return reachable.has(id) ? [] : [`'${content.trim()}' is lost`];
  });
}

function expectContent(repo: string, path: string, content: string | undefined): readonly string[] {
  const file = join(repo, path);
  const found = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  return found === content ? [] : [`${path} holds ${found ?? "nothing"}`];
}

const save: Case = {
  prepare: async () => undefined,
  args: () => ["exp", "save", "-n", "mine", "-I", "new.txt", "--force"],
  left: (repo) => {
    const tip = tipOf(repo, "mine");
    if (tip === undefined) return ["nothing was saved"];
    const saved = ["edited.txt", "staged.txt", "new.txt"].map((path) => runGit(repo, ["show", `${tip}:${path}`]));
    return saved.join("") === "edited\nstaged\nuntracked\n" ? [] : [`saved is ${saved.join("")}`];
  },
};

const apply: Case = {
  changesFiles: true,
  prepare: async () => undefined,
  args: () => ["exp", "apply", "--force", "other"],
  problems: (repo) => {
    // Each file is the one before or the one after; and what is after has what was before kept somewhere.
    const edited = readFileSync(join(repo, "edited.txt"), "utf8");
    if (edited === "edited\n") return [];
    if (edited !== "of the experiment\n") return [`edited.txt is torn: ${edited}`];
    return lostContent(repo, ["edited\n"]);
  },
  left: (repo) => [
    ...expectContent(repo, "edited.txt", "of the experiment\n"),
    ...expectContent(repo, "kept.txt", "of the experiment, too\n"),
    ...expectContent(repo, "more.txt", "more\n"),
    ...expectContent(repo, "new.txt", "untracked\n"),
    ...lostContent(repo, ["edited\n", "staged\n"]),
  ],
};

const remove: Case = {
  prepare: async () => undefined,
  args: () => ["exp", "remove", "other"],
  again: (repo) => (tipOf(repo, "other") === undefined ? undefined : ["exp", "remove", "other"]),
  problems: (repo) => lostContent(repo, ["of the experiment\n", "more\n"]),
  left: (repo) => [
    ...(tipOf(repo, "other") === undefined ? [] : ["the experiment is still there"]),
    ...lostContent(repo, ["of the experiment\n", "more\n"]),
  ],
};

const undo: Case = {
  prepare: async (repo) => done(repo, ["exp", "remove", "other"]),
  args: () => ["exp", "undo"],
  again: (repo) => (tipOf(repo, "other") === undefined ? ["exp", "undo"] : undefined),
  problems: (repo) => lostContent(repo, ["of the experiment\n", "more\n"]),
  left: (repo) => (tipOf(repo, "other") === undefined ? ["the experiment did not come back"] : []),
};

const careless: Case = {
  ...remove,
  script: "remove-broken.mjs",
  args: (repo) => [refOf(repo, "other")],
  again: () => undefined,
};

/** Where a command can be killed: at each call that it makes beyond those that Node makes to start. */
async function crashPoints(each: Case, limit: number): Promise<readonly string[]> {
  const repo = await usedRepo();
  await each.prepare(repo);
  const script = each.script ?? "verb.mjs";
  const counts = await countCalls(script, { cwd: repo, args: each.args(repo) }, CALLS);
  const before = await countCalls("empty.mjs", { cwd: repo }, CALLS);
  const points = [...counts].flatMap(([call, count]) => {
    const first = (before.get(call) ?? 0) + 1;
    return Array.from({ length: Math.max(0, count - first + 1) }, (_, at) => `${call}:signal=KILL:when=${first + at}`);
  });
  return points.filter((_, at) => at % Math.max(1, Math.ceil(points.length / limit)) === 0);
}

/** Kills a command at a point, then completes it; answers everything that is wrong. */
async function runKilled(each: Case, inject: string): Promise<readonly string[]> {
  const repo = await usedRepo();
  await each.prepare(repo);
  const before = readUserState(repo, USER_FILES);
  await runScenario(each.script ?? "verb.mjs", { cwd: repo, args: each.args(repo), inject });
  const sameUser = (): readonly string[] =>
    each.changesFiles === true || JSON.stringify(readUserState(repo, USER_FILES)) === JSON.stringify(before)
      ? []
      : ["the user's work changed"];
  const problems = [...checkRepository(repo, []), ...(each.problems?.(repo) ?? []), ...sameUser()];
  const again = each.again === undefined ? each.args(repo) : each.again(repo);
  if (again !== undefined) {
    const { code, stderr } = await runScenario("verb.mjs", { cwd: repo, args: again });
    if (code !== 0) problems.push(`it could not be completed: ${stderr}`);
  }
  problems.push(...checkRepository(repo, []), ...each.left(repo), ...sameUser());
  return problems.map((problem) => `${inject}: ${problem}`);
}

async function runAll(each: Case, limit: number, stopsAtFirst = false): Promise<readonly string[]> {
  const problems: string[] = [];
  const points = await crashPoints(each, limit);
  expect(points.length).toBeGreaterThan(2);
  for (const point of points) {
    problems.push(...(await runKilled(each, point)));
    if (stopsAtFirst && problems.length > 0) break;
  }
  return problems;
}

describe.runIf(canTrace)("a command that is killed at a system call", () => {
  test.each([
    ["exp save", save],
    ["exp apply --force", apply],
    ["exp remove", remove],
    ["exp undo", undo],
  ])("%s loses nothing, and can be completed", TIMEOUT, async (_, each) => {
    expect(await runAll(each, POINTS)).toEqual([]);
  });

  test("is told from one that loses what it removes", TIMEOUT, async () => {
    expect(await runAll(careless, isLong ? Infinity : 12, true)).not.toEqual([]);
  });
});
