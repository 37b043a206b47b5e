import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { runHere } from "../support/in-process.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { dvc, dvcJson, INTEROP_ENV, PYTHON } from "../support/python.ts";
import { interopRepo } from "./project.ts";

/** Every kind of output, input and param that a stage can have, in two folders. */
const PIPELINE = `vars:
- names: {first: one, second: two}
stages:
  make:
    cmd:
    - mkdir -p made/sub
    - cp in.txt made/a.txt
    - cp in.txt "made/sub/b é.txt"
    deps:
    - in.txt
    params:
    - lr
    - layers
    - other.toml:
      - model.size
    - whole.json:
    outs:
    - made
  each:
    foreach: \${names}
    do:
      cmd: wc -c < made/a.txt > \${item}.txt
      deps:
      - made/a.txt
      outs:
      - \${item}.txt
  judge:
    cmd:
    - cat one.txt two.txt > sum.txt
    - 'echo ''{"acc": 0.5}'' > m.json'
    - echo kept > log.txt
    - printf 'x,y\\n1,2\\n' > plot.csv
    deps:
    - one.txt
    - two.txt
    outs:
    - sum.txt
    - log.txt:
        persist: true
    metrics:
    - m.json:
        cache: false
    plots:
    - plot.csv:
        x: x
        y: y
`;
const INNER = `stages:
  train:
    cmd: cat ../../sum.txt > model.bin && chmod +x model.bin
    wdir: work
    deps:
    - ../../sum.txt
    outs:
    - model.bin:
        checkpoint: true
`;

function emptyProject(): GitRepo {
  const repo = interopRepo();
  dvc(repo.root, "init", "-q");
  return repo;
}

function pipelineProject(): GitRepo {
  const project = emptyProject();
  project.write("in.txt", "input\n");
  project.write("params.yaml", "lr: 1.0\nlayers: [64, 10]\nunused: 1\n");
  project.write("other.toml", "[model]\nsize = 3\n");
  project.write("whole.json", '{"b": {"c": 1e-05}, "a": [1, 2.0, null]}\n');
  project.write("dvc.yaml", PIPELINE);
  project.write("inner/dvc.yaml", INNER);
  project.write("inner/work/.gitkeep", "");
  return project;
}

async function ours(project: GitRepo, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(project.root, args);
  if (code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout + stderr;
}

function forget(project: GitRepo, ...paths: readonly string[]): void {
  for (const path of paths) project.remove(path);
}

const OUTPUTS = ["made", "one.txt", "two.txt", "sum.txt", "m.json", "plot.csv", "inner/work/model.bin"];

function runCacheOf(project: GitRepo): readonly string[] {
  return readdirSync(project.path(".dvc/cache/runs"), { recursive: true, encoding: "utf8" }).toSorted();
}

let byOurs: GitRepo;
let byTheirs: GitRepo;

beforeAll(async () => {
  byOurs = pipelineProject();
  await ours(byOurs, "repro", "-P");
  byTheirs = pipelineProject();
  dvc(byTheirs.root, "repro", "-P");
}, 120_000);

test("both write the same lock files, ignore files and run cache", () => {
  for (const path of ["dvc.lock", "inner/dvc.lock", ".gitignore", "inner/work/.gitignore"]) {
    expect(byOurs.read(path), path).toBe(byTheirs.read(path));
  }
  expect(runCacheOf(byOurs)).toEqual(runCacheOf(byTheirs));
});

test("DVC has nothing to do after us, nor we after DVC", { timeout: 60_000 }, async () => {
  expect(dvcJson(byOurs.root, "status")).toEqual({});
  expect(Object.keys(dvcJson(byOurs.root, "data", "status") as object)).toEqual(["committed"]);
  expect(dvc(byOurs.root, "repro", "-P")).toContain("Data and pipelines are up to date.");
  expect(await ours(byTheirs, "repro", "-P")).toContain("Data and pipelines are up to date.");
  expect(await ours(byTheirs, "status")).toContain("up to date");
});

test("each restores the runs of the other", { timeout: 120_000 }, async () => {
  const locks = ["dvc.lock", "inner/dvc.lock"];
  const before = locks.map((path) => byOurs.read(path));
  forget(byOurs, ...OUTPUTS, ...locks);
  expect(dvc(byOurs.root, "repro", "-P")).toMatch(/Stage 'make' is cached[^]*Stage 'inner\/dvc.yaml:train' is cached/);
  forget(byTheirs, ...OUTPUTS, ...locks);
  expect(await ours(byTheirs, "repro", "-P")).toMatch(/'make' ran like this before[^]*train' ran like this before/);
  for (const [at, path] of locks.entries()) {
    expect(byOurs.read(path)).toBe(before[at]);
    expect(byTheirs.read(path)).toBe(before[at]);
  }
});

test("a run is not restored for another value of a param called size, as DVC does", { timeout: 60_000 }, async () => {
  const project = emptyProject();
  project.write("params.yaml", "size: 1\n");
  project.write(
    "dvc.yaml",
    "stages:\n  a:\n    cmd: cp params.yaml out\n    params:\n    - size\n    outs:\n    - out\n",
  );
  dvc(project.root, "repro");
  project.write("params.yaml", "size: 2\n");
  await ours(project, "repro");
  expect(project.read("out")).toBe("size: 2\n");
  expect(dvcJson(project.root, "status")).toEqual({});
});

test("what is committed by hand is clean for both", { timeout: 60_000 }, async () => {
  const project = pipelineProject();
  await ours(project, "repro");
  project.write("sum.txt", "by hand\n");
  await ours(project, "commit", "-f", "judge");
  expect(dvcJson(project.root, "status", "judge")).toEqual({});
  project.write("sum.txt", "again\n");
  dvc(project.root, "commit", "-f", "judge");
  expect(await ours(project, "repro", "-s", "judge")).toContain("up to date");
});

test("legacy entries stay as they are until their content changes", { timeout: 60_000 }, async () => {
  const project = emptyProject();
  project.write("in.txt", "a\r\nb\r\n");
  project.write("dvc.yaml", "stages:\n  a:\n    cmd: cp in.txt out\n    deps:\n    - in.txt\n    outs:\n    - out\n");
  const entry = (path: string): string =>
    `    - path: ${path}\n      md5: dd8c6a395b5dd36c56d23275028f526c\n      size: 6\n`;
  const lock = `schema: '2.0'\nstages:\n  a:\n    cmd: cp in.txt out\n    deps:\n${entry("in.txt")}    outs:\n${entry("out")}`;
  project.write("dvc.lock", lock);
  project.write("out", "a\r\nb\r\n");
  project.write(".dvc/cache/dd/8c6a395b5dd36c56d23275028f526c", "a\r\nb\r\n");
  expect(await ours(project, "repro")).toContain("up to date");
  expect(dvcJson(project.root, "status")).toEqual({});
  project.write("dvc.yaml", project.read("dvc.yaml").replace("cp in.txt out", "cat in.txt > out"));
  await ours(project, "repro");
  expect(project.read("dvc.lock")).toContain(entry("in.txt"));
  expect(dvcJson(project.root, "status")).toEqual({});
});

test(
  "DVC and this side reproduce stages of one project at a time, and lose nothing",
  { timeout: 120_000 },
  async () => {
    const project = emptyProject();
    const stage = (name: string): string =>
      `  ${name}:\n    cmd: touch ${name}.on; while [ ! -e ${name}.go ]; do sleep 0.02; done; cp in.txt ${name}.txt\n` +
      `    deps:\n    - in.txt\n    outs:\n    - ${name}.txt\n`;
    project.write("in.txt", "x\n");
    project.write("dvc.yaml", `stages:\n${["a", "b", "c", "d"].map(stage).join("")}`);
    // Ours waits in its command while theirs comes and goes, then the other way round.
    const first = ours(project, "repro", "a");
    await appears(project, "a.on");
    project.write("b.go", "");
    dvc(project.root, "repro", "b");
    project.write("a.go", "");
    await first;
    const second = dvcAside(project, "repro", "c");
    await appears(project, "c.on");
    project.write("d.go", "");
    await ours(project, "repro", "d");
    project.write("c.go", "");
    await second;
    expect(dvcJson(project.root, "status")).toEqual({});
    expect(await ours(project, "repro")).toContain("up to date");
  },
);

async function appears(project: GitRepo, path: string): Promise<void> {
  while (!project.has(path)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Runs the real DVC without waiting for it. */
async function dvcAside(project: GitRepo, ...args: readonly string[]): Promise<void> {
  const env = { ...process.env, ...INTEROP_ENV };
  const child = spawn(PYTHON, ["-m", "dvc", ...args], { cwd: project.root, env, stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`dvc ${args.join(" ")} ended with ${code}`);
}
