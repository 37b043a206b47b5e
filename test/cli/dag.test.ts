import { describe, expect, test } from "vitest";
import { pipelineProject } from "../pipeline/pipeline-project.ts";
import { runHere } from "../support/in-process.ts";

const PIPELINE = {
  "raw.txt": "raw\n",
  "dvc.yaml": `stages:
  prep: {cmd: sort raw.txt > prep.txt, deps: [raw.txt], outs: [prep.txt], desc: "Sort it\\nwell"}
  fit: {foreach: [a, b], do: {cmd: fit, deps: [prep.txt], params: [lr], outs: ["model-\${item}"]}}
  eval: {cmd: eval, deps: [model-a, model-b, prep.txt], metrics: [m.json: {cache: false}], plots: [p.csv]}
  alone: {cmd: echo hi}
`,
  "params.yaml": "lr: 1\n",
};

/** DVC fills the rows of a drawing with blanks, which an editor would take out of here. */
function withoutBlanks(text: string): string {
  return text.replace(/ +$/gm, "");
}

describe("dag", () => {
  test("draws boxes joined by lines, what others need above them", async () => {
    const { stdout } = await runHere(pipelineProject(PIPELINE).root, ["dag"]);
    expect(withoutBlanks(stdout)).toMatchInlineSnapshot(`
      "                  +------+
                        | prep |
                     ***+------+***
                  ***       *      ***
               ***          *         **
             **             *           ***
      +-------+        +-------+           **
      | fit@a |        | fit@b |        ***
      +-------+***     +-------+      **
                  ***       *      ***
                     ***    *   ***
                        **  * **
                        +------+
                        | eval |
                        +------+
      +-------+
      | alone |
      +-------+
      "
    `);
  });

  test("draws a stage that others pass by", async () => {
    const project = pipelineProject({
      "dvc.yaml": "stages: {a: {cmd: x, outs: [a]}, b: {cmd: x, deps: [a], outs: [b]}, c: {cmd: x, deps: [a, b]}}\n",
    });
    expect(withoutBlanks((await runHere(project.root, ["dag"])).stdout)).toMatchInlineSnapshot(`
      "     +---+
           | a |
           +---+
           *    *
          *     *
         *       *
      +---+       *
      | b |      *
      +---+     *
           *    *
            *  *
             **
           +---+
           | c |
           +---+
      "
    `);
  });

  test("prints the languages of Graphviz and Mermaid", async () => {
    const { root } = pipelineProject(PIPELINE);
    expect((await runHere(root, ["dag", "--dot", "fit"])).stdout).toBe(
      'strict digraph {\n"prep";\n"fit@a";\n"fit@b";\n"prep" -> "fit@a";\n"prep" -> "fit@b";\n}\n\n',
    );
    expect((await runHere(root, ["dag", "--mermaid", "fit@a"])).stdout).toBe(
      'flowchart TD\n\tnode1["fit@a"]\n\tnode2["prep"]\n\tnode2-->node1\n',
    );
    expect((await runHere(root, ["dag", "--md", "prep"])).stdout).toBe(
      '```mermaid\nflowchart TD\n\tnode1["prep"]\n```\n',
    );
  });

  test("shows outputs, one node for a group, or everything that is connected", async () => {
    const { root } = pipelineProject(PIPELINE);
    const nodes = async (...args: readonly string[]): Promise<readonly string[]> =>
      [...(await runHere(root, ["dag", "--dot", ...args])).stdout.matchAll(/^"([^"]*)";$/gm)].map(
        ([, name]) => name ?? "",
      );
    expect(await nodes("-o")).toEqual(["prep.txt", "model-a", "model-b", "m.json", "p.csv"]);
    expect(await nodes("-o", "model-a")).toEqual(["prep.txt", "model-a"]);
    expect(await nodes("--collapse-foreach-matrix")).toEqual(["prep", "fit", "eval", "alone"]);
    expect(await nodes("--full", "fit@a")).toEqual(["prep", "fit@a", "fit@b", "eval"]);
    expect(await nodes("prep.txt")).toEqual(["prep"]);
    expect((await runHere(root, ["dag", "-o", "--collapse-foreach-matrix"])).code).toBe(255);
  });

  test("fails with 255 on a pipeline that cannot be", async () => {
    const project = pipelineProject({
      "dvc.yaml": "stages: {a: {cmd: x, deps: [b], outs: [a]}, b: {cmd: x, deps: [a], outs: [b]}}\n",
    });
    const { code, stderr } = await runHere(project.root, ["dag"]);
    expect(code).toBe(255);
    expect(stderr).toContain("'a' needs 'b' needs 'a'");
  });
});
