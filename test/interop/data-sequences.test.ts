import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";
import { INTEROP_ENV } from "../support/python.ts";
import { DvcServer } from "./dvc-server.ts";
import { interopRepo } from "./project.ts";

const IS_LONG = process.env["WAYMARK_LONG"] === "1";
const RUNS = Number(process.env["WAYMARK_PROPERTY_RUNS"] ?? (IS_LONG ? 300 : 12));
const TIMEOUT_MS = IS_LONG ? 3_600_000 : 300_000;
const FILES = ["a.txt", "b.txt", "d/x", "d/y", "d/s/z", "e/only"] as const;
const TARGETS = ["a.txt", "b.txt", "d", "d/s", "d/x", "e", "nowhere"] as const;
const TEXTS = ["", "one\n", "two\r\n", "three"] as const;

type Tool = "dvc" | "waymark";

/** One thing that is done to both projects, by one tool in the first and by the other in the second. */
type Step =
  | { readonly kind: "write"; readonly path: string; readonly text: string }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "git-commit" }
  | { readonly kind: "git-checkout"; readonly back: number }
  | { readonly kind: "command"; readonly args: readonly string[]; readonly first: Tool };

const target = fc.constantFrom(...TARGETS);
const dataFile = fc.constantFrom("a.txt.dvc", "d.dvc", "e.dvc", "nowhere.dvc");
const command = fc.oneof(
  { weight: 6, arbitrary: fc.uniqueArray(target, { minLength: 1, maxLength: 2 }).map((paths) => ["add", ...paths]) },
  { weight: 1, arbitrary: target.map((path) => ["add", "--no-commit", path]) },
  { weight: 2, arbitrary: fc.constant(["commit", "-f"]) },
  { weight: 3, arbitrary: fc.constantFrom(["checkout"], ["checkout", "-f"], ["checkout", "--allow-missing", "-f"]) },
  { weight: 2, arbitrary: target.map((path) => ["checkout", "-f", path]) },
  {
    weight: 1,
    arbitrary: fc.tuple(dataFile, fc.boolean()).map(([path, outs]) => ["remove", path, ...(outs ? ["--outs"] : [])]),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(target, fc.constantFrom("a.txt", "m.bin", "e")).map(([from, to]) => ["move", from, to]),
  },
  { weight: 2, arbitrary: fc.constantFrom(["gc", "-w", "-f"], ["gc", "-a", "-f"], ["gc", "-A", "-f"]) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      path: fc.constantFrom(...FILES),
      text: fc.constantFrom(...TEXTS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), path: fc.constantFrom(...FILES, "d", "e") }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "git-commit" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("git-checkout" as const), back: fc.integer({ min: 0, max: 2 }) }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("command" as const),
      args: command,
      first: fc.constantFrom<Tool>("dvc", "waymark"),
    }),
  },
);

let server: DvcServer;
let template: GitRepo;

beforeAll(async () => {
  server = new DvcServer();
  template = interopRepo({ "README.md": "# data\n" });
  await server.run(template.root, "init", "-q");
  template.commitAll("init");
}, TIMEOUT_MS);
afterAll(() => server.close());

async function run(tool: Tool, repo: GitRepo, args: readonly string[]): Promise<Answer> {
  return tool === "dvc" ? server.run(repo.root, ...args) : runHere(repo.root, args, INTEROP_ENV);
}

/** Files of the work tree and the objects of the cache, `.dvc` files by what they say. */
function stateOf(repo: GitRepo): Record<string, unknown> {
  const state: Record<string, unknown> = {};
  const visit = (folder: string): void => {
    for (const name of readdirSync(repo.path(folder)).toSorted()) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (path === ".git" || path === ".dvc") continue;
      if (statSync(repo.path(path)).isDirectory()) visit(path);
      else if (name.endsWith(".dvc")) state[path] = recorded(repo.read(path));
      // The order in which entries came depends on threads.
      else if (name === ".gitignore") state[path] = repo.read(path).split("\n").toSorted();
      else state[path] = readFileSync(repo.path(path), "latin1");
    }
  };
  visit("");
  const cache = repo.path(".dvc/cache/files/md5");
  const objects = existsSync(cache)
    ? readdirSync(cache).flatMap((prefix) => readdirSync(join(cache, prefix)).map((rest) => prefix + rest))
    : [];
  const named = JSON.stringify(state);
  state["objects"] = objects
    .filter((name) => /^[0-9a-f]{32}(\.dir)?$/u.test(name))
    // DVC stores the manifest of a folder in a folder, too, when that is added by itself: nothing ever names it.
    .filter((name) => !name.endsWith(".dir") || named.includes(name))
    .toSorted();
  return state;
}

/** Sizes are left out: DVC forgets that of a folder when a file in it is added by itself. */
function recorded(text: string): unknown {
  const { outs } = parse(text) as { outs: readonly Record<string, unknown>[] };
  return outs.map(({ size: _size, ...rest }) => rest);
}

/** JSON lists come in no particular order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(member)]));
}

async function compareViews(repo: GitRepo): Promise<void> {
  for (const args of [
    ["data", "status", "--untracked-files"],
    ["data", "status", "--granular", "--unchanged"],
    ["diff", "--show-hash"],
  ]) {
    const theirs = await server.json(repo.root, ...args);
    const ours = await runHere(repo.root, [...args, "--json"], INTEROP_ENV);
    expect(ours.code, ours.stderr).toBe(0);
    expect(sorted(JSON.parse(ours.stdout)), args.join(" ")).toEqual(sorted(theirs));
  }
}

async function apply(each: Step, twins: readonly [GitRepo, GitRepo]): Promise<void> {
  if (each.kind !== "command") {
    for (const repo of twins) change(each, repo);
    return;
  }
  const tools: readonly [Tool, Tool] = each.first === "dvc" ? ["dvc", "waymark"] : ["waymark", "dvc"];
  const answers = [await run(tools[0], twins[0], each.args), await run(tools[1], twins[1], each.args)] as const;
  const said = answers.map((answer, at) => `${tools[at]}: ${answer.code} ${answer.stdout}${answer.stderr}`).join("\n");
  expect(answers[0].code, said).toBe(answers[1].code);
  if (answers[0].code !== 0 && each.args[0] === "add") {
    // We undo what the targets before the refused one did, and DVC does not.
    const [from, to] = tools[0] === "waymark" ? twins : [twins[1], twins[0]];
    rmSync(to.root, { recursive: true });
    cpSync(from.root, to.root, { recursive: true });
  }
  expect(stateOf(twins[1]), said).toEqual(stateOf(twins[0]));
}

/** What Git is to keep: everything but the data. */
function describedFiles(repo: GitRepo): readonly string[] {
  const changed = repo.git("status", "--porcelain", "-uall", "--no-renames", "-z").split("\0").filter(Boolean);
  return changed
    .map((line) => line.slice(3))
    .filter((path) => /\.(?:dvc|gitignore)$/u.test(path))
    .concat("README.md");
}

function change(each: Exclude<Step, { kind: "command" }>, repo: GitRepo): void {
  switch (each.kind) {
    case "write":
      // A folder is made where none is; one that stands in the way of a file stays.
      if (!existsSync(repo.path(each.path)) || statSync(repo.path(each.path)).isFile())
        repo.write(each.path, each.text);
      return;
    case "delete":
      repo.remove(each.path);
      return;
    case "git-commit":
      repo.git("add", "--all", "--", ...describedFiles(repo));
      repo.git("commit", "--quiet", "--allow-empty", "--message", "step");
      return;
    case "git-checkout": {
      const commits = repo.git("rev-list", "HEAD").split("\n");
      const commit = commits[Math.min(each.back, commits.length - 2)] ?? "HEAD";
      repo.git("checkout", "--quiet", "--force", commit);
    }
  }
}

describe("sequences of commands, by either tool in turn", { timeout: TIMEOUT_MS }, () => {
  test("leave the same files, the same cache and the same answers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: IS_LONG ? 24 : 12 }), async (steps) => {
        const folder = mkdtempSync(join(tmpdir(), "waymark-twins-"));
        try {
          const twins = ["one", "two"].map((name) => {
            cpSync(template.root, join(folder, name), { recursive: true });
            return new GitRepo(join(folder, name));
          }) as unknown as readonly [GitRepo, GitRepo];
          for (const each of steps) {
            await apply(each, twins);
            await compareViews(twins[0]);
          }
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: TIMEOUT_MS / 2 },
    );
  });
});
