import {
  buildGraph,
  CyclicPipelineError,
  DuplicateOutputError,
  OverlappingOutputsError,
  type ProjectStage,
  StageInsideOutputError,
  StageGraph,
} from "@waymark/pipeline";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pipelineProject } from "./pipeline-project.ts";

async function graphOf(...stages: readonly string[]): Promise<StageGraph> {
  return buildGraph(
    await pipelineProject({ "dvc.yaml": `stages:\n${stages.map((one) => `  ${one}\n`).join("")}` }).stages(),
  );
}

function names(stages: readonly ProjectStage[]): readonly string[] {
  return stages.map(({ name, file }) => name ?? file);
}

async function named(graph: StageGraph, ...wanted: readonly string[]): Promise<readonly ProjectStage[]> {
  return Promise.resolve(graph.stages.filter(({ name }) => wanted.includes(name ?? "")));
}

describe("buildGraph", () => {
  test("connects a stage with the maker of what it needs, of what contains it, and of what it contains", async () => {
    const graph = await graphOf(
      "same: {cmd: x, deps: [a]}",
      "inside: {cmd: x, deps: [folder/deep/file]}",
      "around: {cmd: x, deps: [wide]}",
      "params: {cmd: x, params: [made.yaml: [k]]}",
      "apart: {cmd: x, deps: [folders, 'wid']}",
      "make: {cmd: x, outs: [a, folder, wide/one, wide/two, made.yaml]}",
    );
    const [make] = await named(graph, "make");
    expect(names(graph.consumersOf(make as ProjectStage))).toEqual(["same", "inside", "around", "params"]);
    const [apart] = await named(graph, "apart");
    expect(graph.producersOf(apart as ProjectStage)).toEqual([]);
  });

  test("takes what is imported from elsewhere for no path of this project", async () => {
    const project = pipelineProject({
      "dvc.yaml": "stages: {make: {cmd: x, outs: [data]}, use: {cmd: x, deps: ['ds://data', 's3://b/data']}}",
      "got.dvc": "deps:\n- path: data\n  repo: {url: u}\nouts:\n- path: got\n",
    });
    const graph = buildGraph(await project.stages());
    for (const stage of graph.stages) expect(graph.producersOf(stage)).toEqual([]);
  });

  test("orders stages after what they need, and otherwise as they stand in the file", async () => {
    const graph = await graphOf(
      "last: {cmd: x, deps: [b, c]}",
      "alone: {cmd: x}",
      "mid: {cmd: x, deps: [a], outs: [b]}",
      "other: {cmd: x, deps: [a], outs: [c]}",
      "first: {cmd: x, outs: [a]}",
    );
    expect(names(graph.order())).toEqual(["first", "mid", "other", "last", "alone"]);
    expect(names(graph.order(await named(graph, "mid")))).toEqual(["first", "mid"]);
    expect(names(graph.orderDownstream(await named(graph, "mid")))).toEqual(["mid", "last"]);
    expect(graph.pipelines().map(names)).toEqual([["last", "mid", "other", "first"], ["alone"]]);
  });

  test("selects the steps for stages, their pipeline, or what comes after them", async () => {
    const graph = await graphOf(
      "a: {cmd: x, outs: [a]}",
      "b: {cmd: x, deps: [a], outs: [b]}",
      "c: {cmd: x, deps: [b]}",
      "d: {cmd: x}",
    );
    const [b] = [await named(graph, "b")];
    expect(names(graph.select(b))).toEqual(["a", "b"]);
    expect(names(graph.select(b, { isPipeline: true }))).toEqual(["a", "b", "c"]);
    expect(names(graph.select(b, { isDownstream: true }))).toEqual(["b", "c"]);
    expect(names(graph.select([]))).toEqual(["a", "b", "c", "d"]);
  });

  test("cuts a frozen stage off from what it needs", async () => {
    const graph = await graphOf(
      "a: {cmd: x, outs: [a]}",
      "b: {cmd: x, deps: [a], outs: [b], frozen: true}",
      "c: {cmd: x, deps: [b]}",
    );
    const active = graph.withoutFrozen();
    expect(names(active.order(await named(graph, "c")))).toEqual(["b", "c"]);
    expect(names(graph.order(await named(graph, "c")))).toEqual(["a", "b", "c"]);
  });

  test("names both stages that make one output", async () => {
    const error = await graphOf("a: {cmd: x, outs: [o]}", "b: {cmd: x, outs: [./o]}").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DuplicateOutputError);
    expect(error).toMatchObject({ output: "o", stages: ["a", "b"] });
    expect((error as Error).message).toContain("'a' and 'b'");
  });

  test("refuses an output inside another, whichever comes first", async () => {
    for (const stages of [
      ["a: {cmd: x, outs: [o]}", "b: {cmd: x, outs: [o/p]}"],
      ["b: {cmd: x, outs: [o/p]}", "a: {cmd: x, outs: [o]}"],
    ]) {
      const error = await graphOf(...stages).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(OverlappingOutputsError);
      expect(error).toMatchObject({ parent: "o", child: "o/p" });
    }
  });

  test("refuses a stage that lies in its own output", async () => {
    const project = pipelineProject({ "sub/dvc.yaml": "stages: {a: {cmd: x, outs: [../sub]}}" });
    const stages = await project.stages();
    expect(() => buildGraph(stages)).toThrow(StageInsideOutputError);
  });

  test("tells the circle that stages make, and of one stage with itself", async () => {
    const circle = await graphOf(
      "z: {cmd: x}",
      "a: {cmd: x, deps: [p], outs: [q]}",
      "b: {cmd: x, deps: [q], outs: [r]}",
      "c: {cmd: x, deps: [r], outs: [p]}",
    ).catch((e: unknown) => e);
    expect(circle).toBeInstanceOf(CyclicPipelineError);
    expect((circle as Error).message).toContain("'a' needs 'c' needs 'b' needs 'a'");
    await expect(graphOf("a: {cmd: x, deps: [p], outs: [p/q]}")).rejects.toThrow("'a' needs 'a'");
  });

  test("orders long chains and any graph without circles such that nothing comes before what it needs", () => {
    const stage = (index: number, needs: readonly number[]): ProjectStage =>
      ({
        name: `s${index}`,
        file: "dvc.yaml",
        isFrozen: false,
        deps: needs.map((need) => ({ kind: "path", path: `o${need}` })),
        params: [],
        outs: [{ path: `o${index}` }],
      }) as unknown as ProjectStage;
    const chain = Array.from({ length: 20_000 }, (_, at) => stage(at, at === 0 ? [] : [at - 1])).toReversed();
    expect(buildGraph(chain).order()[0]?.name).toBe("s0");
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { maxLength: 20 }), (needs) => {
        const stages = needs.map((list, at) => stage(at, at === 0 ? [] : list.map((need) => need % at)));
        const graph = buildGraph(stages.toReversed());
        const order = graph.order();
        expect(order).toHaveLength(stages.length);
        for (const one of order) {
          for (const producer of graph.producersOf(one)) {
            expect(order.indexOf(producer)).toBeLessThan(order.indexOf(one));
          }
        }
      }),
    );
  });
});
