import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";
import { INTEROP_ENV } from "../support/python.ts";
import { DvcServer } from "./dvc-server.ts";

const TIMEOUT_MS = 300_000;
let server: DvcServer;
beforeAll(() => {
  server = new DvcServer();
});
afterAll(() => server.close());

type Tool = "dvc" | "waymark";
const TOOLS: readonly (readonly [Tool, Tool])[] = [
  ["dvc", "waymark"],
  ["waymark", "dvc"],
];

async function run(tool: Tool, cwd: string, ...args: readonly string[]): Promise<Answer> {
  const answer = await (tool === "dvc" ? server.run(cwd, ...args) : runHere(cwd, args, INTEROP_ENV));
  if (answer.code !== 0) throw new Error(`${tool} ${args.join(" ")}: ${answer.code} ${answer.stderr}`);
  return answer;
}

/** Both tools' JSON of one command, which are to be equal. */
async function sameJson(cwd: string, ...args: readonly string[]): Promise<unknown> {
  const theirs = JSON.parse((await run("dvc", cwd, ...args, "--json")).stdout) as unknown;
  const ours = JSON.parse((await run("waymark", cwd, ...args, "--json")).stdout) as unknown;
  expect(sorted(ours), args.join(" ")).toEqual(sorted(theirs));
  return sorted(ours);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(member)]));
}

async function project(tool: Tool, files: Readonly<Record<string, string>> = {}): Promise<GitRepo> {
  const repo = gitRepo({ "README.md": "# data\n" });
  repo.git("config", "user.name", "Ada");
  repo.git("config", "user.email", "ada@example.org");
  await run(tool, repo.root, "init", "-q");
  repo.commitAll("init");
  for (const [path, text] of Object.entries(files)) repo.write(path, text);
  return repo;
}

const ODD_FILES = {
  "plain.txt": "hello\n",
  "run.sh": "#!/bin/sh\n",
  "a b#[1]*?!.bin": "odd",
  "data/a-b": "1",
  "data/a.b": "2",
  "data/a/b": "3",
  "data/\uff21.txt": "4",
  "data/\u{1f600}.txt": "5",
  "data/empty": "",
  "data/hidden.tmp": "not part of it",
  "data/crlf.txt": "a\r\nb\r\n",
  ".dvcignore": "*.tmp\n",
};
const TARGETS = ["plain.txt", "run.sh", "a b#[1]*?!.bin", "data", "void"];

describe("init", () => {
  test("by either tool gives the same files, staged", { timeout: TIMEOUT_MS }, async () => {
    const staged = await Promise.all(
      ["dvc", "waymark"].map(async (tool) => {
        const repo = gitRepo();
        await run(tool as Tool, repo.root, "init", "-q");
        return [repo.git("ls-files", "--stage"), readdirSync(repo.path(".dvc")).toSorted()];
      }),
    );
    expect(staged[1]).toEqual(staged[0]);
  });
});

describe.each(TOOLS)("what %s adds", { timeout: TIMEOUT_MS }, (writer, reader) => {
  async function added(): Promise<GitRepo> {
    const repo = await project(writer, ODD_FILES);
    chmodSync(repo.path("run.sh"), 0o755);
    mkdirSync(repo.path("void"));
    await run(writer, repo.root, "add", ...TARGETS);
    return repo;
  }

  test(`is unchanged for ${reader}, and added again gives the same bytes`, async () => {
    const repo = await added();
    repo.commitAll("data");
    expect(await sameJson(repo.root, "data", "status", "--granular", "--untracked-files")).toEqual({});
    expect(await sameJson(repo.root, "diff")).toEqual({});
    await run(reader, repo.root, "add", ...TARGETS);
    expect(repo.git("status", "--porcelain")).toBe("");
  });

  test.each(["copy", "hardlink", "symlink"])(`is checked out by ${reader} (%s)`, async (type) => {
    const repo = await added();
    const before = readAll(repo);
    repo.write(".dvc/config", `[cache]\n    type = ${type}\n`);
    for (const path of TARGETS) rmSync(repo.path(path), { recursive: true });
    const { stdout } = await run(reader, repo.root, "checkout");
    expect(stdout.replaceAll("       ", "\t").split("\n").filter(Boolean)).toHaveLength(TARGETS.length);
    const { "data/hidden.tmp": _hidden, ...tracked } = before;
    expect(readAll(repo)).toEqual(tracked);
    expect(statSync(repo.path("run.sh")).mode & 0o100).toBe(0o100);
    expect(await sameJson(repo.root, "data", "status", "--granular")).not.toHaveProperty("uncommitted");
  });

  test(`and changes, renames and removes, ${reader} compares alike`, async () => {
    const repo = await added();
    const first = repo.commitAll("data");
    repo.write("data/a/b", "changed");
    repo.write("data/new", "new");
    repo.remove("data/a-b");
    repo.write("data/moved", "2");
    repo.remove("data/a.b");
    repo.remove("plain.txt");
    for (const args of [[], ["--granular"], ["--granular", "--unchanged"], ["--granular", "data"], ["data/a"]]) {
      await sameJson(repo.root, "data", "status", ...args);
    }
    await sameJson(repo.root, "diff", "--show-hash");
    await sameJson(repo.root, "diff", "--targets", "data/a");
    await run(reader, repo.root, "add", "data");
    await run(writer, repo.root, "move", "run.sh", "go.sh");
    await sameJson(repo.root, "data", "status", "--granular");
    repo.commitAll("changed");
    for (const args of [[first], [first, "HEAD"], ["HEAD", first], ["HEAD", "main"]]) {
      await sameJson(repo.root, "diff", "--show-hash", ...args);
    }
    expect(JSON.stringify(await sameJson(repo.root, "diff", first, "HEAD"))).toContain('"new":"go.sh"');
  });

  test(`sent to a remote at once, ${reader} fetches`, async () => {
    const repo = await project(writer, { ".git/far/x": "x", ".git/far/sub/y": "y" });
    repo.write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = ../.git/store\n");
    await run(writer, repo.root, "add", "--to-remote", "-o", "far", repo.path(".git/far"));
    expect(existsSync(repo.path("far"))).toBe(false);
    await sameJson(repo.root, "data", "status", "--not-in-remote");
    await run(reader, repo.root, "pull");
    expect([repo.read("far/x"), repo.read("far/sub/y")]).toEqual(["x", "y"]);
  });

  test(`is collected by ${reader} as by itself`, async () => {
    const repo = await added();
    repo.commitAll("one");
    repo.git("tag", "v1");
    repo.write("plain.txt", "two\n");
    repo.write("data/a/b", "two");
    await run(writer, repo.root, "add", "plain.txt", "data");
    repo.commitAll("two");
    repo.write("plain.txt", "three\n");
    await run(reader, repo.root, "add", "plain.txt");
    for (const scope of [["-T"], ["-w"]]) {
      const dry = async (tool: Tool): Promise<readonly string[]> => {
        const { stdout } = await run(tool, repo.root, "gc", ...scope, "--dry");
        return (stdout.match(/^Removing .*$/gmu) ?? []).toSorted();
      };
      expect(await dry("waymark")).toEqual(await dry("dvc"));
    }
    await run(reader, repo.root, "gc", "-T", "-f");
    await run(writer, repo.root, "checkout");
    expect(await sameJson(repo.root, "data", "status")).not.toHaveProperty("not_in_cache");
  });
});

test("data that DVC 2 recorded stays readable to both, and is migrated alike", { timeout: TIMEOUT_MS }, async () => {
  const legacy = "dd8c6a395b5dd36c56d23275028f526c";
  const repo = await project("dvc");
  repo.write(`.dvc/cache/${legacy.slice(0, 2)}/${legacy.slice(2)}`, "a\r\nb\r\n");
  repo.write("old.txt.dvc", `outs:\n- md5: ${legacy}\n  size: 6\n  path: old.txt\n`);
  await run("waymark", repo.root, "checkout");
  await run("dvc", repo.root, "checkout");
  repo.git("config", "core.autocrlf", "false");
  repo.write(".gitignore", "/old.txt\n");
  repo.commitAll("old");
  expect(await sameJson(repo.root, "data", "status", "--unchanged")).toEqual({ unchanged: ["old.txt"] });
  await run("waymark", repo.root, "cache", "migrate", "--dvc-files");
  expect((await run("dvc", repo.root, "cache", "migrate", "--dvc-files")).stdout).toContain("No DVC files in the repo");
  expect(JSON.parse((await run("dvc", repo.root, "status", "--json")).stdout)).toEqual({});
});

test(
  "a stage that we take out is gone for DVC, and imported data that we move is unchanged",
  {
    timeout: TIMEOUT_MS,
  },
  async () => {
    const repo = await project("dvc", {
      "src.txt": "source\n",
      "sub/README.md": "",
      "dvc.yaml":
        "stages:\n  one:\n    cmd: cp src.txt one.txt\n    deps: [src.txt]\n    outs: [one.txt]\n  two:\n    cmd: cp one.txt two.txt\n    deps: [one.txt]\n    outs: [two.txt]\n",
    });
    await run("dvc", repo.root, "repro", "-q");
    await run("dvc", repo.root, "import-url", "-q", "src.txt", "imported.txt");
    await run("waymark", repo.root, "remove", "two");
    await run("waymark", repo.root, "move", "imported.txt", "sub");
    expect(JSON.parse((await run("dvc", repo.root, "status", "--json")).stdout)).toEqual({});
    expect((await run("dvc", repo.root, "stage", "list", "--name-only")).stdout).toBe("one\n");
  },
);

describe("check-ignore", { timeout: TIMEOUT_MS }, () => {
  test("names the same line for any patterns and paths", async () => {
    const repo = await project("dvc", { "a/b/c": "", "a/b.txt": "", "x/y/z.tmp": "", c: "" });
    const part = fc.constantFrom("a", "b", "c", "*", "?", "**", "*.txt", "b.*", "[a-c]", "[!a]", "x", "y", "z.tmp");
    const pattern = fc
      .tuple(
        fc.constantFrom("", "", "", "!"),
        fc.constantFrom("", "", "/"),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("", "", "/"),
      )
      .map(([bang, lead, parts, tail]) => `${bang}${lead}${parts.join("/")}${tail}`)
      // The library DVC uses takes these for patterns that match nothing; to Git they are every folder.
      .filter((text) => !/^!?\/?(?:\*\*\/)*\*{1,2}\/$/u.test(text));
    const paths = ["a", "a/b", "a/b/c", "a/b.txt", "x", "x/y/z.tmp", "c", "nowhere/b", "nowhere.txt"];
    await fc.assert(
      fc.asyncProperty(
        fc.array(pattern, { minLength: 1, maxLength: 4 }),
        fc.array(pattern, { maxLength: 2 }),
        async (top, inner) => {
          repo.write(".dvcignore", `# note\n${top.join("\n")}\n`);
          repo.write("a/.dvcignore", `${inner.join("\n")}\n`);
          const theirs = await server.run(repo.root, "check-ignore", "-d", "-n", ...paths);
          const ours = await runHere(repo.root, ["check-ignore", "-d", "-n", ...paths], INTEROP_ENV);
          expect(ours.stdout).toBe(theirs.stdout);
          expect(ours.code).toBe(theirs.code);
        },
      ),
      { numRuns: process.env["WAYMARK_LONG"] === "1" ? 1000 : 60 },
    );
  });
});

/** Every file of the work tree but Git's and DVC's own. */
function readAll(repo: GitRepo): Record<string, string> {
  const files: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(repo.root, folder)).toSorted()) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (path === ".git" || path === ".dvc") continue;
      if (statSync(repo.path(path)).isDirectory()) visit(path);
      else files[path] = repo.read(path);
    }
  };
  visit("");
  return files;
}
