import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../packages/cli/src/main.ts";
import { collectOutput } from "../support/collected-output.ts";
import { interopProject, type InteropProject } from "../support/interop-project.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../support/python.ts";
import { startHttp } from "../support/servers/http-server.ts";

// Each command of the real DVC takes a second or more, and there are many.
vi.setConfig({ testTimeout: 240_000 });

/** Runs a command line of ours; what it printed. */
async function waymark(cwd: string, ...argv: readonly string[]): Promise<string> {
  const [stdout, stderr] = [collectOutput(), collectOutput()];
  const code = await main(argv, { cwd, env: INTEROP_ENV, stdout, stderr });
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}\n${stderr.text()}`);
  return stdout.text();
}

/** Runs the real `dvc` while a server in this process answers it. */
async function dvcMeanwhile(cwd: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(PYTHON, ["-m", "dvc", ...args], { cwd, env: INTEROP_ENV });
}

function folder(name: string): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `waymark-${name}-`)));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A repository of the real DVC with data in two commits, pushed to a remote beside it; `v1` is the first. */
function source(): InteropProject {
  const project = interopProject(true);
  const run = (...args: readonly string[]): string => dvc(project.root, ...args);
  run("remote", "add", "-q", "-d", "st", folder("storage"));
  for (const path of ["data/sub", "code", "deep/er"]) mkdirSync(project.path(path), { recursive: true });
  project.write("data/train.csv", "a,b\n");
  project.write("data/sub/x.txt", "c\n");
  project.write("code/t.py", "print\n");
  chmodSync(project.path("code/t.py"), 0o755);
  project.write("deep/er/model.bin", "m\n");
  run("add", "-q", "data", "deep/er/model.bin");
  project.git("add", "-A");
  project.git("commit", "-q", "-m", "one");
  project.git("tag", "v1");
  run("push", "-q");
  project.write("deep/er/model.bin", "m2\n");
  run("add", "-q", "deep/er/model.bin");
  project.git("add", "-A");
  project.git("commit", "-q", "-m", "two");
  run("push", "-q");
  return project;
}

/** The `.dvc` and `.gitignore` files in the root of a project. */
function records(project: InteropProject): Readonly<Record<string, string>> {
  const names = readdirSync(project.root).filter((name) => name.endsWith(".dvc") || name === ".gitignore");
  return Object.fromEntries(
    names.filter((name) => name !== ".dvc").map((name) => [name, readFileSync(project.path(name), "utf8")]),
  );
}

test("imports from a repository are recorded in the same bytes by both", async () => {
  const { root } = source();
  const steps: readonly (readonly string[])[] = [
    ["import", root, "data"],
    ["import", `file://${root}`, "deep/er/model.bin", "--rev", "v1", "-o", "old.bin"],
    ["import", root, "data/sub/x.txt"],
    ["import", root, "data/sub", "-o", "part"],
    ["import", root, "code/t.py"],
    ["import", root, "deep"],
    ["import", root, "code", "--no-download"],
    ["import", root, "data", "-o", "later", "--no-exec"],
  ];
  const [theirs, ours] = [interopProject(true), interopProject(true)];
  for (const step of steps) {
    dvc(theirs.root, ...step);
    await waymark(ours.root, ...step);
  }
  expect(records(ours)).toEqual(records(theirs));
  expect(dvc(ours.root, "status")).toBe(dvc(theirs.root, "status"));
  for (const step of [
    ["update", "later.dvc"],
    ["update", "old.bin.dvc", "--rev", "main"],
  ]) {
    dvc(theirs.root, ...step);
    await waymark(ours.root, ...step);
  }
  expect(records(ours)).toEqual(records(theirs));
  expect(readFileSync(ours.path("old.bin"), "utf8")).toBe("m2\n");
});

test("each brings back and updates what the other imported", async () => {
  const other = source();
  const [theirs, ours] = [interopProject(true), interopProject(true)];
  dvc(theirs.root, "import", "-q", other.root, "deep/er/model.bin");
  await waymark(ours.root, "import", other.root, "deep/er/model.bin");
  for (const project of [theirs, ours]) {
    for (const path of [".dvc/cache", "model.bin"]) rmSync(project.path(path), { recursive: true });
  }
  await waymark(theirs.root, "pull");
  dvc(ours.root, "pull", "-q");
  for (const project of [theirs, ours]) expect(readFileSync(project.path("model.bin"), "utf8")).toBe("m2\n");
  other.write("deep/er/model.bin", "m3\n");
  dvc(other.root, "commit", "-q", "-f");
  dvc(other.root, "push", "-q");
  other.git("commit", "-q", "-am", "three");
  await waymark(theirs.root, "update", "model.bin.dvc");
  dvc(ours.root, "update", "-q", "model.bin.dvc");
  expect(records(theirs)).toEqual(records(ours));
  for (const project of [theirs, ours]) {
    expect(readFileSync(project.path("model.bin"), "utf8")).toBe("m3\n");
    expect(dvc(project.root, "status")).toContain("up to date");
    expect(await waymark(project.root, "status")).toContain("up to date");
  }
});

test("imports from URLs are recorded in the same bytes by both", async () => {
  const server = await startHttp();
  onTestFinished(async () => server.stop());
  writeFileSync(join(server.data, "a.csv"), "a\n");
  const outside = folder("outside");
  mkdirSync(join(outside, "dir/sub"), { recursive: true });
  writeFileSync(join(outside, "a.txt"), "aa\n", { mode: 0o755 });
  writeFileSync(join(outside, "dir/b"), "b\n");
  writeFileSync(join(outside, "dir/sub/c"), "c\n");
  const storage = folder("storage");
  const steps: readonly (readonly string[])[] = [
    ["remote", "add", "-q", "-d", "st", storage],
    ["import-url", join(outside, "a.txt")],
    ["import-url", join(outside, "dir")],
    ["import-url", `${server.url}/a.csv`],
    ["import-url", `${server.url}/a.csv`, "b.csv", "--no-download"],
    ["import-url", join(outside, "dir"), "nd", "--no-download"],
    ["import-url", join(outside, "a.txt"), "ne", "--no-exec"],
    ["import-url", join(outside, "dir"), "tr", "--to-remote"],
    ["import-url", `${server.url}/a.csv`, "fs.csv", "--fs-config", "connect_timeout=30"],
  ];
  const [theirs, ours] = [interopProject(true), interopProject(true)];
  for (const step of steps) {
    await dvcMeanwhile(theirs.root, ...step);
    await waymark(ours.root, ...step);
  }
  expect(records(ours)).toEqual(records(theirs));
  expect(dvc(ours.root, "status")).toBe(dvc(theirs.root, "status"));
  writeFileSync(join(outside, "a.txt"), "changed\n");
  writeFileSync(join(server.data, "a.csv"), "changed\n");
  for (const name of ["a.txt.dvc", "a.csv.dvc", "ne.dvc"]) {
    await dvcMeanwhile(theirs.root, "update", name);
    await waymark(ours.root, "update", name);
  }
  expect(records(ours)).toEqual(records(theirs));
  rmSync(ours.path(".dvc/cache"), { recursive: true });
  dvc(ours.root, "pull", "-q", "tr.dvc");
  expect(readFileSync(ours.path("tr/sub/c"), "utf8")).toBe("c\n");
});

test("both list and fetch the same", async () => {
  const { root } = source();
  const cwd = folder("cwd");
  const lists: readonly (readonly string[])[] = [
    [root],
    [root, "-R"],
    [root, "--dvc-only"],
    [root, "-R", "--dvc-only"],
    [root, "data"],
    [root, "data/train.csv"],
    [root, "-T"],
    [root, "-T", "--dvc-only"],
    [root, "-R", "-L", "2"],
    [root, "-R", "--size", "--show-hash"],
    [root, "--rev", "v1", "-R", "--show-hash"],
    [`file://${root}`, "-R"],
    [root, "-R", "--json"],
  ];
  for (const args of lists) {
    const [theirs, ours] = [dvc(cwd, "list", ...args), await waymark(cwd, "list", ...args)];
    if (!args.includes("--json")) expect([args, ours]).toEqual([args, theirs]);
    else expect(JSON.parse(ours)).toEqual(JSON.parse(theirs));
  }
  for (const [name, get] of [
    ["theirs", async (...args: readonly string[]) => dvc(cwd, "get", "-q", ...args)],
    ["ours", async (...args: readonly string[]) => waymark(cwd, "get", ...args)],
  ] as const) {
    await get(root, "data", "-o", name);
    await get(`file://${root}`, "deep/er/model.bin", "--rev", "v1", "-o", `${name}/old.bin`);
    const files = readdirSync(join(cwd, name), { recursive: true, encoding: "utf8" });
    expect(new Set(files)).toEqual(new Set(["old.bin", "sub", "sub/x.txt", "train.csv"]));
    expect(readFileSync(join(cwd, name, "old.bin"), "utf8")).toBe("m\n");
  }
  const args = ["get", root, "data/sub/x.txt", "--show-url"];
  expect(await waymark(cwd, ...args)).toBe(dvc(cwd, ...args));
});
