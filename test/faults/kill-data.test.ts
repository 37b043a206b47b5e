import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDataProject, copyProject, makeDataProject, readWorkTree } from "../support/data-project.ts";
import { startProgram, waymark, BIN } from "../support/cli.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";

const TRIALS = isLong ? 200 : 2;

/** Each begins where a project is brought to by the commands before it. */
const SCENARIOS: readonly {
  readonly command: readonly string[];
  readonly before: readonly (readonly string[])[];
  /** Paths that go away before the command. */
  readonly removed?: readonly string[];
}[] = [
  { command: ["add", "data"], before: [] },
  { command: ["repro"], before: [["add", "data"]] },
  { command: ["checkout", "--force"], before: [["add", "data"], ["repro"]], removed: ["data", "out", "sum.txt"] },
  { command: ["push"], before: [["add", "data"], ["repro"]] },
  {
    command: ["pull"],
    before: [["add", "data"], ["repro"], ["push"]],
    removed: ["data", "out", "sum.txt", ".dvc/cache"],
  },
  { command: ["gc", "--workspace", "--force"], before: [["add", "data"], ["repro"]], removed: ["sum.txt"] },
];

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

async function run(root: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await waymark(args, { cwd: root });
  if (code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${code}:\n${stderr}`);
}

describe.each(SCENARIOS)("SIGKILL at a random moment of `$command`", ({ command, before, removed = [] }) => {
  let start: string;
  let finished: Readonly<Record<string, string>>;
  let durationMs: number;

  beforeAll(async () => {
    start = makeDataProject();
    folders.push(start);
    for (const args of before) await run(start, args);
    for (const path of removed) rmSync(join(start, path), { recursive: true, force: true });
    const reference = copyProject(start);
    folders.push(reference);
    const began = performance.now();
    await run(reference, command);
    durationMs = performance.now() - began;
    finished = readWorkTree(reference);
  }, 120_000);

  test("leaves nothing torn, nothing lost, and the next one completes it", { timeout: 3_600_000 }, async () => {
    const random = seededRandom(7);
    const problems: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const root = copyProject(start);
      const afterMs = random() * durationMs;
      const program = startProgram([BIN, ...command], { cwd: root });
      const timer = setTimeout(() => program.kill("SIGKILL"), afterMs);
      await program.ended;
      clearTimeout(timer);
      const found = [...checkDataProject(root)];
      const { code, stderr } = await waymark(command, { cwd: root });
      if (code !== 0) found.push(`the next one ends with ${code}: ${stderr}`);
      found.push(...checkDataProject(root));
      const after = readWorkTree(root);
      const differing = [...new Set([...Object.keys(after), ...Object.keys(finished)])].filter(
        (path) => after[path] !== finished[path],
      );
      if (differing.length > 0) found.push(`these differ in the end: ${differing.join(", ")}`);
      problems.push(...found.map((problem) => `killed after ${afterMs.toFixed(0)} ms: ${problem}`));
      rmSync(root, { recursive: true, force: true });
    }
    expect(problems).toEqual([]);
  });
});

describe("the checker of these tests", () => {
  const write = (root: string, path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), 0o444);
  };

  test.each([
    ["an object cut short", ".dvc/cache/files/md5/b1/946ac92492d2347c6235b4d2611184", "hel", /holds/],
    ["a lock file cut short", "dvc.lock", "schema: '2.0'\nstages:\n  a:\n    cmd: ec", /dvc.lock is torn/],
    [
      "a folder on the remote without its files",
      "remote/files/md5/14/9d0adbd9c2b8ef4d3f9d4e0c5f5a1b.dir",
      '[{"md5": "b1946ac92492d2347c6235b4d2611184", "relpath": "hello.txt"}]',
      /lacks b1946ac92492d2347c6235b4d2611184/,
    ],
  ])("notices %s", (_, path, text, problem) => {
    const root = makeDataProject();
    folders.push(root);
    expect(checkDataProject(root)).toEqual([]);
    write(root, path, text);
    expect(checkDataProject(root).join("\n")).toMatch(problem);
  });

  test("notices a file that is gone from everywhere", () => {
    const root = makeDataProject();
    folders.push(root);
    rmSync(join(root, "data/big.bin"));
    expect(checkDataProject(root)).toEqual(["data/big.bin is lost"]);
  });
});
