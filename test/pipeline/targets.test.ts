import {
  loadProject,
  resolveStages,
  resolveTargets,
  StageNotFoundError,
  TargetNotFoundError,
  type TargetOptions,
} from "@waymark/pipeline";
import { beforeEach, describe, expect, test } from "vitest";
import { dataRepo, openData } from "./data-project.ts";
import { type PipelineProject, pipelineProject } from "./pipeline-project.ts";

const FILES = {
  "dvc.yaml": `stages:
  prep: {cmd: x, deps: [raw.txt], outs: [prep]}
  fit: {foreach: [a, b], do: {cmd: x, deps: [prep/in.txt], outs: ["model-\${item}"]}}
  score: {matrix: {m: [1, 2]}, cmd: x}
`,
  "sub/dvc.yaml": "stages:\n  report: {cmd: x, deps: [../model-a], outs: [page.html]}\n  prepare: {cmd: x}\n",
  "sub/deep/dvc.yaml": "stages: {tail: {cmd: x}}\n",
  "raw.txt.dvc": "outs:\n- path: raw.txt\n",
  "raw.txt": "raw\n",
};

describe("targets", () => {
  let project: PipelineProject;

  beforeEach(() => {
    project = pipelineProject(FILES);
  });

  async function find(target: string, options: TargetOptions = {}, folder = ""): Promise<readonly string[]> {
    const selected = resolveTargets(project.open(folder), await project.stages(), [target], options);
    return selected.map(({ stage, path }) => `${stage.name ?? stage.file}${path === undefined ? "" : ` > ${path}`}`);
  }

  test("none stand for everything", async () => {
    const stages = await project.stages();
    expect(resolveTargets(project.open(), stages, [])).toHaveLength(stages.length);
    expect(resolveStages(project.open(), stages, [])).toBe(stages);
  });

  test.each([
    ["prep", ["prep"]],
    [":prep", ["prep"]],
    ["dvc.yaml:prep", ["prep"]],
    ["./dvc.yaml:prep", ["prep"]],
    ["fit", ["fit@a", "fit@b"]],
    ["fit@b", ["fit@b"]],
    ["dvc.yaml:fit@b", ["fit@b"]],
    ["score@2", ["score@2"]],
    ["sub/dvc.yaml:report", ["report"]],
    ["sub/dvc.yaml", ["report", "prepare"]],
    ["raw.txt.dvc", ["raw.txt.dvc"]],
    ["raw.txt", ["raw.txt.dvc > raw.txt"]],
    ["model-a", ["fit@a > model-a"]],
    ["prep/in.txt", ["prep > prep/in.txt"]],
    ["./prep/", ["prep > prep"]],
  ])("'%s' stands for %j", async (target, expected) => {
    expect(await find(target)).toEqual(expected);
  });

  test("are relative to the current folder", async () => {
    expect(await find("report", {}, "sub")).toEqual(["report"]);
    expect(await find("page.html", {}, "sub")).toEqual(["report > sub/page.html"]);
    expect(await find("../dvc.yaml:fit", {}, "sub")).toEqual(["fit@a", "fit@b"]);
    expect(await find("../model-b", {}, "sub")).toEqual(["fit@b > model-b"]);
    await expect(find("prep", {}, "sub")).rejects.toThrow(TargetNotFoundError);
  });

  test("stand for a folder when asked to, in the order of the graph", async () => {
    expect(await find("sub", { isRecursive: true })).toEqual(["report", "prepare", "tail"]);
    expect(await find(".", { isRecursive: true }, "sub/deep")).toEqual(["tail"]);
    await expect(find("sub")).rejects.toThrow(TargetNotFoundError);
  });

  test("bring what they need with them when asked to", async () => {
    expect(await find("sub/dvc.yaml:report", { withDeps: true })).toEqual(["raw.txt.dvc", "prep", "fit@a", "report"]);
    expect(await find("fit", { withDeps: true })).toEqual(["raw.txt.dvc", "prep", "fit@a", "fit@b"]);
  });

  test("may be patterns of names", async () => {
    const stages = await project.stages();
    const match = (target: string): readonly (string | undefined)[] =>
      resolveStages(project.open(), stages, [target], { isGlob: true }).map(({ name }) => name);
    expect(match("f*")).toEqual(["fit@a", "fit@b"]);
    expect(match("fit@[!a]")).toEqual(["fit@b"]);
    expect(match("sub/dvc.yaml:re?ort")).toEqual(["report"]);
    expect(match("sub/dvc.yaml:prep*")).toEqual(["prepare"]);
    expect(match("nothing*")).toEqual([]);
    expect(match("[")).toEqual([]);
  });

  test("give each stage once", async () => {
    const stages = await project.stages();
    expect(resolveStages(project.open(), stages, ["fit", "fit@a", "dvc.yaml:fit"]).map(({ name }) => name)).toEqual([
      "fit@a",
      "fit@b",
    ]);
  });

  test("in files that are ignored are refused with what ignores them, and passed over otherwise", async () => {
    project.write({ ".dvcignore": "sub/deep\n" });
    await expect(find("sub/deep/dvc.yaml")).rejects.toThrow("'sub/deep/dvc.yaml' is hidden by .dvcignore:1:sub/deep");
    expect(await find("sub", { isRecursive: true })).toEqual(["report", "prepare"]);
    const repo = dataRepo({ ".gitignore": "dvc.yaml\n", "x.dvc": "outs:\n- path: x\n" });
    repo.write("dvc.yaml", "stages: {a: {cmd: x}}\n");
    const { stages } = await loadProject(openData(repo));
    expect(stages.map(({ file }) => file)).toEqual(["x.dvc"]);
    for (const target of ["a", "dvc.yaml", "dvc.yaml:a"]) {
      expect(() => resolveTargets(openData(repo), stages, [target])).toThrow("'dvc.yaml' is ignored by Git");
    }
  });

  test("are not looked for while Git ignores the lock of a dvc.yaml that it knows", async () => {
    const repo = dataRepo({ ".gitignore": "dvc.lock\n", "dvc.yaml": "stages: {a: {cmd: x}}\n" });
    expect((await loadProject(openData(repo))).stages).toHaveLength(1);
    repo.write("dvc.lock", "schema: '2.0'\n");
    await expect(loadProject(openData(repo))).rejects.toThrow("'dvc.lock' is ignored by Git");
  });

  test("that do not exist are named, with what may have been meant", async () => {
    const stages = await project.stages();
    const fail = (target: string): Error & { hint?: string } => {
      try {
        resolveStages(project.open(), stages, [target]);
      } catch (error) {
        return error as Error;
      }
      throw new Error("It was found");
    };
    expect(fail("pret")).toBeInstanceOf(StageNotFoundError);
    expect(fail("pret").hint).toContain("'prep'");
    expect(fail("none/dvc.yaml:a").message).toContain("does not exist");
    expect(fail("raw.txt:a").hint).toContain("raw.txt.dvc");
    expect(fail("model-a")).toBeInstanceOf(StageNotFoundError);
    await expect(find("none.dvc")).rejects.toThrow("'none.dvc' does not exist");
  });
});
