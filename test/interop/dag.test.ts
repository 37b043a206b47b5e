import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { drawDag } from "../../packages/cli/src/render/dag/drawing.ts";
import { runPython } from "../support/python.ts";

const SCRIPT = fileURLToPath(new URL("scripts/dvc_drawings.py", import.meta.url));

/** Stages with what they need. Where several edges pass one layer, DVC itself draws now this way, now that. */
const GRAPHS = [
  "a",
  "a b:a",
  "prepare featurize:prepare train:featurize",
  "a b:a c:a d:b,c",
  "a b c:a,b",
  "a b:a c:a d:a",
  "prepare train:prepare evaluate:prepare,train",
  "data.dvc prepare:data.dvc featurize:prepare train:featurize evaluate:train,featurize",
  "raw.dvc prep:raw.dvc fit-a:prep fit-b:prep fit-c:prep eval:fit-a,fit-b,fit-c",
  "a b c d:a,b,c e:d f:d,a",
  "a b:a c:b d:c e:d,a",
  "a b:a c:b d:a,c e:b,d",
  "a b c:b d:a e:c,d f:a g:f,e",
  "a-very-long-name b:a-very-long-name c:a-very-long-name another-long-one:b,c z:another-long-one",
  "a b c d e:a,b f:b,c g:c,d h:e,f,g",
];

/** Reads `b:a` as: b needs a. */
function needsOf(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    text.split(" ").map((stage) => {
      const [name = "", needs = ""] = stage.split(":");
      return [name, needs.split(",").filter((need) => need !== "")];
    }),
  );
}

test("drawings of pipelines are those of DVC, blank by blank", () => {
  const graphs = GRAPHS.map(needsOf);
  const asDvcGoes = graphs.map((needs) => ({
    nodes: [...needs.keys()],
    edges: [...needs].flatMap(([stage, needed]) => needed.map((one) => [stage, one])),
  }));
  const drawn = JSON.parse(runPython(process.cwd(), [SCRIPT, JSON.stringify(asDvcGoes)])) as readonly string[];
  for (const [at, needs] of graphs.entries()) {
    const nodes = [...needs.keys()];
    const edges = nodes.flatMap((from) =>
      nodes.filter((to) => needs.get(to)?.includes(from) === true).map((to) => [from, to] as const),
    );
    expect(`${GRAPHS[at]}\n${drawDag({ nodes, edges })}`).toBe(`${GRAPHS[at]}\n${drawn[at]}`);
  }
});
