import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TrackerError } from "@waymark/core";
import {
  buildGraph,
  collectChanges,
  collectDag,
  formatStatus,
  loadProject,
  openDvcProject,
  type ProjectStage,
  stageAddress,
} from "@waymark/pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatDot } from "../../packages/cli/src/render/dag-text.ts";
import { describeStage } from "../../packages/cli/src/render/stage-list.ts";
import { INTEROP_ENV, PYTHON } from "../support/python.ts";
import { drawCases } from "./drawn-pipelines.ts";
import type { PipelineCase } from "./pipeline-case.ts";
import { REFUSED_CASES } from "./refused-pipelines.ts";
import { WRITTEN_CASES } from "./written-pipelines.ts";

const SCRIPT = fileURLToPath(new URL("scripts/dvc_pipelines.py", import.meta.url));
const CASES = [...WRITTEN_CASES, ...drawCases(24)];
const TIMEOUT_MS = 600_000;

type Answer = Readonly<Record<string, unknown>>;

const roots: string[] = [];

/** Makes a project without Git, which is quicker, and all the same to pipelines. */
function makeProject(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-pipeline-")));
  roots.push(root);
  write(root, { ".dvc/config": "[core]\n    no_scm = True\n", ...files });
  return root;
}

function write(root: string, files: Readonly<Record<string, string | null>>): void {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) rmSync(join(root, path), { recursive: true });
    else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  }
}

/** What DVC says of all projects, in one process. */
function askDvc(projects: readonly string[], commit: boolean): readonly Answer[] {
  const output = execFileSync(PYTHON, [SCRIPT], {
    env: INTEROP_ENV,
    encoding: "utf8",
    input: JSON.stringify(projects.map((root) => ({ root, commit }))),
    maxBuffer: 1 << 28,
    stdio: ["pipe", "pipe", "pipe"],
  });
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

/** The same of ours. */
async function askOurs(root: string): Promise<Answer> {
  const project = openDvcProject(root, INTEROP_ENV);
  const { stages } = await loadProject(project);
  buildGraph(stages);
  const changes = await collectChanges(
    project,
    stages.map((stage) => ({ stage })),
  );
  const lines = (options: Parameters<typeof collectDag>[2]): readonly string[] =>
    formatDot(collectDag(project, stages, options))
      .split("\n")
      .toSorted();
  return {
    stages: Object.fromEntries(stages.map((stage) => [stageAddress(stage), describeModel(stage)])),
    status: formatStatus(changes, ""),
    dot: lines({}),
    outs: lines({ isOfOutputs: true }),
    collapsed: lines({ isCollapsed: true }),
    list: Object.fromEntries(stages.map((stage) => [stageAddress(stage), describeStage(stage)])),
  };
}

function describeModel(stage: ProjectStage): Answer {
  return {
    cmd: stage.command ?? null,
    wdir: stage.wdir === "" ? "." : stage.wdir,
    frozen: stage.isFrozen,
    always: stage.isAlwaysChanged,
    deps: stage.deps.map(({ text }) => text).toSorted(),
    params: Object.fromEntries(stage.params.map(({ text, keys }) => [text, keys.toSorted()])),
    outs: stage.outs
      .map((out) => [out.text, out.role, out.isCached, out.isPersistent, out.isPushed, out.remote ?? null])
      .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    parametrized: !stage.isPlain,
  };
}

describe.each([
  { title: "as committed", isChanged: false },
  { title: "after changes", isChanged: true },
])("pipelines $title", { timeout: TIMEOUT_MS }, ({ isChanged }) => {
  const projects = new Map<PipelineCase, string>();
  const answers = new Map<PipelineCase, Answer>();

  beforeAll(() => {
    for (const one of CASES) projects.set(one, makeProject(one.files));
    let told = askDvc([...projects.values()], true);
    if (isChanged) {
      for (const [one, root] of projects) write(root, one.changes);
      told = askDvc([...projects.values()], false);
    }
    for (const [at, one] of CASES.entries()) answers.set(one, told[at] ?? {});
  }, TIMEOUT_MS);

  test.each(CASES)("$name: stages, status, list and graph are those of DVC", async (one) => {
    const { mermaid, ...theirs } = answers.get(one) ?? {};
    expect(theirs).not.toHaveProperty("error");
    expect(mermaid).toBeDefined();
    expect(await askOurs(projects.get(one) ?? "")).toEqual(theirs);
  });
});

describe("files that DVC refuses", { timeout: TIMEOUT_MS }, () => {
  const projects = new Map<string, string>();
  let answers: readonly Answer[] = [];

  beforeAll(() => {
    for (const [name, text] of Object.entries(REFUSED_CASES)) {
      projects.set(name, makeProject({ "dvc.yaml": text, "v.yaml": "a: 1\nb: 2\n", "params.yaml": "lr: 1\n" }));
    }
    answers = askDvc([...projects.values()], false);
  }, TIMEOUT_MS);

  test.each(Object.keys(REFUSED_CASES))("%s is refused by both", async (name) => {
    const at = Object.keys(REFUSED_CASES).indexOf(name);
    expect(answers[at]).toHaveProperty("error");
    await expect(askOurs(projects.get(name) ?? "")).rejects.toThrow(TrackerError);
  });
});

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});
