import { formatYaml } from "@waymark/core";
import fc from "fast-check";
import type { PipelineCase } from "./pipeline-case.ts";

type Shape = "plain" | "foreach-list" | "foreach-map" | "matrix";

interface StageDraw {
  readonly shape: Shape;
  readonly items: readonly string[];
  readonly needs: readonly number[];
  readonly wdir: boolean;
  readonly params: readonly number[];
  readonly cached: boolean;
  readonly folder: boolean;
  readonly metric: boolean;
  readonly frozen: boolean;
  readonly always: boolean;
  readonly list: boolean;
}

const STAGE: fc.Arbitrary<StageDraw> = fc.record({
  shape: fc.constantFrom<Shape>("plain", "plain", "foreach-list", "foreach-map", "matrix"),
  items: fc.uniqueArray(fc.constantFrom("us", "gb", "x1", "0", "true", "a-b"), { minLength: 1, maxLength: 3 }),
  needs: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
  wdir: fc.boolean(),
  params: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
  cached: fc.boolean(),
  folder: fc.boolean(),
  metric: fc.boolean(),
  frozen: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  always: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  list: fc.boolean(),
});

/** Pipelines drawn at random, the same ones on every machine: stages of every shape that need each other's outputs. */
export function drawCases(count: number): readonly PipelineCase[] {
  const draws = fc.sample(fc.array(STAGE, { minLength: 2, maxLength: 6 }), { numRuns: count, seed: 20_240_517 });
  return draws.map((stages, at) => buildCase(`drawn pipeline ${at + 1}`, stages));
}

function buildCase(name: string, draws: readonly StageDraw[]): PipelineCase {
  const files: Record<string, string> = {
    "params.yaml": formatYaml({ lr: 0.1, epochs: 3, names: ["a", "b"], nested: { deep: { on: true } } }),
    "p.json": '{"seed": 7, "opt": {"eps": 1e-08}}\n',
    "p.toml": 'mode = "fast"\n[opt]\neps = 0.5\n',
    "p.py": "SIZE = 3\nNAME = 'net'\n",
    "source.txt": "source\n",
  };
  const stages: Record<string, unknown> = {};
  const made: string[] = ["source.txt"];
  const changes: Record<string, string | null> = {};
  for (const [at, draw] of draws.entries()) {
    const stage = `s${at}`;
    const up = draw.wdir ? "../" : "";
    const variants = draw.shape === "plain" ? [""] : draw.items;
    const slot = draw.shape === "plain" ? "" : draw.shape === "matrix" ? "-${item.v}-${item.w}" : "-${key_or_item}";
    const written_ = slot.replace("key_or_item", draw.shape === "foreach-map" ? "key" : "item");
    const path = `o${at}`;
    const suffix = draw.folder ? "" : ".txt";
    const inputs = draw.needs.map((need) => `${up}${made[need % made.length] as string}`);
    const body: Record<string, unknown> = {
      cmd: draw.list ? [`run ${stage}${written_}`, "echo done"] : `run ${stage}${written_} \${lr}`,
      wdir: draw.wdir ? `w${at}` : undefined,
      deps: inputs.length > 0 ? [...new Set(inputs)] : undefined,
      params: draw.params.length > 0 ? draw.params.map((which) => selectParams(which, up)) : undefined,
      outs: [draw.cached ? `${path}${written_}${suffix}` : { [`${path}${written_}${suffix}`]: { cache: false } }],
      metrics: draw.metric ? [{ [`m${at}${written_}.json`]: { cache: false } }] : undefined,
      frozen: draw.frozen ? true : undefined,
      always_changed: draw.always ? true : undefined,
    };
    const folder = draw.wdir ? `w${at}/` : "";
    const made_: string[] = [];
    for (const variant of variants) {
      for (const w of draw.shape === "matrix" ? ["1", "2"] : [""]) {
        const part = draw.shape === "plain" ? "" : draw.shape === "matrix" ? `-${variant}-${w}` : `-${variant}`;
        const out = `${folder}${path}${part}${suffix}`;
        files[draw.folder ? `${out}/f.txt` : out] = `${stage}${part}\n`;
        if (draw.metric) files[`${folder}m${at}${part}.json`] = '{"acc": 1}\n';
        made_.push(out);
        if (at % 3 === 1) changes[draw.folder ? `${out}/f.txt` : out] = at % 2 === 0 ? "changed\n" : null;
      }
    }
    made.push(...made_);
    if (draw.wdir) files[`w${at}/params.yaml`] = "lr: 1\nepochs: 2\nnested: {deep: {on: 1}}\n";
    stages[stage] = shapeOf(draw, body);
  }
  files["dvc.yaml"] = formatYaml({ stages });
  changes["params.yaml"] = formatYaml({ lr: 0.2, epochs: 3, nested: { deep: { on: 1 } } });
  changes["p.json"] = '{"seed": 8, "opt": {"eps": 1e-8}}\n';
  changes["source.txt"] = "other\n";
  return { name, files, changes };
}

function shapeOf(draw: StageDraw, body: Record<string, unknown>): unknown {
  switch (draw.shape) {
    case "plain":
      return body;
    case "foreach-list":
      return { foreach: draw.items, do: body };
    case "foreach-map":
      return { foreach: Object.fromEntries(draw.items.map((item, at) => [item, { n: at }])), do: body };
    case "matrix":
      return { matrix: { v: draw.items, w: [1, 2] }, ...body };
  }
}

function selectParams(which: number, up: string): unknown {
  switch (which) {
    case 0:
      return "lr";
    case 1:
      return "nested.deep.on";
    case 2:
      return { [`${up}p.json`]: ["seed", "opt.eps"] };
    case 3:
      return { [`${up}p.toml`]: null };
    default:
      return { [`${up}p.py`]: ["SIZE", "NAME"] };
  }
}
