import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN, startProgram, waymark } from "../support/cli.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { GIT_TEST_ENV } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

const TRIALS = isLong ? 500 : 2;
const EXPERIMENTS = 3;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "waymark-kill-share-")));
  folders.push(folder);
  return folder;
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", [...args], {
    cwd,
    env: GIT_TEST_ENV,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Runs a command in this process: what leads up to the kill is not what is tested. */
async function run(cwd: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runHere(cwd, args);
  if (code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${code}:\n${stderr}`);
}

let made: Promise<string> | undefined;

/** Makes a clone with experiments, one that lacks them, and empty remotes between them. */
async function makeSharing(): Promise<string> {
  const folder = newFolder();
  const ada = join(folder, "ada");
  git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", "hub.git");
  git(folder, "init", "--quiet", "--initial-branch", "main", "ada");
  git(ada, "remote", "add", "origin", "../hub.git");
  await run(ada, "init", "--quiet");
  await run(ada, "remote", "add", "--default", "store", "../store");
  const save = async (name: string): Promise<void> => {
    mkdirSync(join(ada, "data"), { recursive: true });
    writeFileSync(join(ada, "data", "x.bin"), name.repeat(20_000));
    writeFileSync(join(ada, "data", "y.bin"), `${name}\n`);
    await run(ada, "add", "--quiet", "data");
  };
  await save("first");
  git(ada, "add", "--all");
  git(ada, "commit", "--quiet", "--message", "start");
  git(ada, "push", "--quiet", "origin", "main");
  git(folder, "clone", "--quiet", "hub.git", "bob");
  git(join(folder, "bob"), "remote", "set-url", "origin", "../hub.git");
  const head = git(ada, "rev-parse", "HEAD");
  for (let at = 0; at < EXPERIMENTS; at += 1) {
    await save(`exp${at}`);
    await run(ada, "exp", "save", "--name", `exp${at}`);
    const blob = git(ada, "hash-object", "-w", "data.dvc");
    git(ada, "update-ref", `refs/waymark/notes/${head.slice(0, 2)}/${head.slice(2)}/exp${at}`, blob);
  }
  return folder;
}

function refs(repo: string): Readonly<Record<string, string>> {
  const lines = git(repo, "for-each-ref", "--format=%(refname) %(objectname)", "refs/exps", "refs/waymark/notes").split(
    "\n",
  );
  return Object.fromEntries(lines.filter(Boolean).map((line) => line.split(" ") as [string, string]));
}

/** Names of the objects in a folder, each of them checked against its bytes. */
function objects(folder: string, problems: string[]): ReadonlySet<string> {
  const root = join(folder, "files", "md5");
  const names = new Set<string>();
  let entries: readonly string[] = [];
  try {
    entries = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return names;
  }
  for (const path of entries) {
    const name = `${dirname(path).slice(-2)}${path.slice(dirname(path).length + 1)}`;
    const md5 = createHash("md5").update(readFileSync(path)).digest("hex");
    if (md5 !== name.slice(0, 32)) problems.push(`${path} is torn`);
    names.add(name);
  }
  return names;
}

/** Looks for experiments at one side whose data that side cannot have. */
function check(repo: string, data: string): string[] {
  const problems: string[] = [];
  const there = objects(data, problems);
  for (const [ref, id] of Object.entries(refs(repo))) {
    if (!ref.startsWith("refs/exps/")) continue;
    const [, folder = ""] = /md5: (\w+\.dir)/u.exec(git(repo, "show", `${id}:data.dvc`)) ?? [];
    if (!there.has(folder)) {
      problems.push(`${ref} is there without the list of its data`);
      continue;
    }
    const manifest = readFileSync(join(data, "files", "md5", folder.slice(0, 2), folder.slice(2)), "utf8");
    for (const { md5 } of JSON.parse(manifest) as { md5: string }[]) {
      if (!there.has(md5)) problems.push(`${ref} is there without ${md5}`);
    }
  }
  const fsck = spawnSync("git", ["fsck", "--connectivity-only"], { cwd: repo, env: GIT_TEST_ENV, encoding: "utf8" });
  if (fsck.status !== 0) problems.push(`git fsck: ${fsck.stderr}`);
  return problems;
}

/** Everything that a killed command of Git may still be doing. */
async function settled(repo: string): Promise<void> {
  let before = "";
  for (let at = 0; at < 50; at += 1) {
    const now = JSON.stringify(refs(repo));
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each(["push", "pull"] as const)("SIGKILL at a random moment of `exp %s`", (verb) => {
  let start: string;
  let finished: Readonly<Record<string, string>>;
  let durationMs: number;
  const where = verb === "push" ? "ada" : "bob";
  const target = verb === "push" ? "hub.git" : "bob";
  const data = (root: string): string => (verb === "push" ? join(root, "store") : join(root, "bob", ".dvc", "cache"));

  beforeAll(async () => {
    made ??= makeSharing();
    start = newFolder();
    cpSync(await made, start, { recursive: true });
    if (verb === "pull") await run(join(start, "ada"), "exp", "push", "origin", "-A");
    const reference = newFolder();
    cpSync(start, reference, { recursive: true });
    const began = performance.now();
    await waymark(["exp", verb, "origin", "-A"], { cwd: join(reference, where) });
    durationMs = performance.now() - began;
    finished = refs(join(reference, target));
  }, 120_000);

  test("leaves no experiment without its data, and the next one completes it", { timeout: 7_200_000 }, async () => {
    expect(Object.keys(finished)).toHaveLength(2 * EXPERIMENTS);
    const random = seededRandom(11);
    const problems: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-kill-share-trial-")));
      cpSync(start, root, { recursive: true });
      const head = readFileSync(join(root, where, ".git", "HEAD"), "utf8");
      const afterMs = random() * durationMs;
      const program = startProgram([BIN, "exp", verb, "origin", "-A"], { cwd: join(root, where) });
      const timer = setTimeout(() => program.kill("SIGKILL"), afterMs);
      await program.ended;
      clearTimeout(timer);
      await settled(join(root, target));
      const found = check(join(root, target), data(root));
      const { code, stderr } = await waymark(["exp", verb, "origin", "-A"], { cwd: join(root, where) });
      if (code !== 0) found.push(`the next one ends with ${code}: ${stderr}`);
      found.push(...check(join(root, target), data(root)));
      if (JSON.stringify(refs(join(root, target))) !== JSON.stringify(finished)) found.push("refs differ in the end");
      if (readFileSync(join(root, where, ".git", "HEAD"), "utf8") !== head) found.push("HEAD moved");
      problems.push(...found.map((problem) => `killed after ${afterMs.toFixed(0)} ms: ${problem}`));
      rmSync(root, { recursive: true, force: true });
    }
    expect(problems).toEqual([]);
  });

  test("the checker of this test notices an experiment whose data is missing", () => {
    const root = newFolder();
    cpSync(start, root, { recursive: true });
    const repo = join(root, target);
    git(repo, "fetch", "--quiet", join(root, "ada"), "+refs/exps/*:refs/exps/*");
    rmSync(data(root), { recursive: true, force: true });
    expect(check(repo, data(root))).toHaveLength(EXPERIMENTS);
  });
});
