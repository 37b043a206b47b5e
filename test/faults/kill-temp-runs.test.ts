import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runGit } from "../support/checker.ts";
import { BIN, startProgram, waymark } from "../support/cli.ts";
import { copyProject } from "../support/data-project.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";

const TRIALS = isLong ? 200 : 3;
const PIPELINE = `stages:
  train:
    cmd: sleep 0.1; cat data.csv params.yaml > model.bin; sleep 0.1
    deps: [data.csv]
    params: [lr]
    outs: [model.bin]
`;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

let start: string;
let durationMs: number;

function git(root: string, ...args: readonly string[]): string {
  return runGit(root, args);
}

/** What is the user's: HEAD, what is staged, branches, the stash, and files that are being worked on. */
function ofTheUser(root: string): string {
  return [
    readFileSync(join(root, ".git/HEAD"), "utf8"),
    git(root, "ls-files", "--stage"),
    git(root, "for-each-ref", "refs/heads"),
    git(root, "stash", "list"),
    ...["params.yaml", "notes.txt", "data.csv"].map((path) => readFileSync(join(root, path), "utf8")),
    String(existsSync(join(root, "model.bin"))),
  ].join("\n---\n");
}

beforeAll(async () => {
  start = realpathSync(mkdtempSync(join(tmpdir(), "waymark-faults-")));
  folders.push(start);
  git(start, "init", "-q", "-b", "main");
  git(start, "config", "user.name", "A");
  git(start, "config", "user.email", "a@example.org");
  await waymark(["init", "-q"], { cwd: start });
  const files = { "dvc.yaml": PIPELINE, "params.yaml": "lr: 1\n", "notes.txt": "notes\n", "data.csv": "1\n" };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(start, path), text);
  await waymark(["add", "-q", "data.csv"], { cwd: start });
  git(start, "add", "-A");
  git(start, "commit", "-q", "-m", "start");
  writeFileSync(join(start, "notes.txt"), "staged\n");
  git(start, "add", "notes.txt");
  writeFileSync(join(start, "notes.txt"), "edited\n");
  writeFileSync(join(start, "params.yaml"), "lr: 2\n");
  const reference = copyProject(start);
  folders.push(reference);
  const began = performance.now();
  const { code, stderr } = await waymark(["exp", "run", "--temp", "-n", "reference"], {
    cwd: reference,
  });
  if (code !== 0) throw new Error(stderr);
  durationMs = performance.now() - began;
}, 120_000);

/** What is not as it should be after a run was killed and another one has ended. */
async function findProblems(root: string, before: string, next: string): Promise<readonly string[]> {
  const problems: string[] = [];
  if (ofTheUser(root) !== before) problems.push(`what is the user's has changed:\n${ofTheUser(root)}`);
  const { code, stderr } = await waymark(["exp", "run", "--temp", "-n", next], { cwd: root });
  if (code !== 0) problems.push(`the next run ends with ${code}: ${stderr}`);
  else {
    const ref = git(root, "for-each-ref", "--format=%(refname)", `refs/exps/**/${next}`).trim();
    if (!git(root, "show", `${ref}:params.yaml`).startsWith("lr: 2")) problems.push("the result is of other params");
    if (!git(root, "show", `${ref}:dvc.lock`).includes("model.bin")) problems.push("the result has no model");
  }
  if (ofTheUser(root) !== before) problems.push("the next run has changed what is the user's");
  return problems;
}

test(
  "SIGKILL at a random moment of `exp run --temp` touches nothing of the user's, and the next one works",
  { timeout: 3_600_000 },
  async () => {
    const random = seededRandom(29);
    const problems: string[] = [];
    const root = copyProject(start);
    folders.push(root);
    const before = ofTheUser(root);
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const afterMs = random() * durationMs;
      const program = startProgram([BIN, "exp", "run", "--temp", "-n", `killed-${trial}`], {
        cwd: root,
      });
      const timer = setTimeout(() => program.kill("SIGKILL"), afterMs);
      await program.ended;
      clearTimeout(timer);
      const found = await findProblems(root, before, `next-${trial}`);
      problems.push(...found.map((problem) => `killed after ${afterMs.toFixed(0)} ms: ${problem}`));
    }
    const fsck = git(root, "fsck", "--strict", "--no-dangling", "--no-progress");
    if (fsck.trim() !== "") problems.push(`fsck: ${fsck}`);
    const doctor = await waymark(["doctor", "--json"], { cwd: root });
    if (/"severity":\s*"error"/u.test(doctor.stdout)) problems.push(`doctor: ${doctor.stdout}`);
    expect(problems).toEqual([]);
    await waymark(["exp", "clean"], { cwd: root });
    expect(git(root, "worktree", "list").trim().split("\n")).toHaveLength(1);
  },
);

test("the check notices a run that checks out in the user's work tree, and one that loses what was staged", async () => {
  const root = copyProject(start);
  folders.push(root);
  const before = ofTheUser(root);
  git(root, "stash", "push", "--quiet");
  git(root, "stash", "pop", "--quiet");
  expect(ofTheUser(root)).not.toBe(before);
});
