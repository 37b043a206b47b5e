import { formatYaml } from "@waymark/core";
import fc from "fast-check";

/** A project with a pipeline whose outputs are there already. */
export interface PipelineCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** What happens to the files after everything was committed; `null` deletes one. */
  readonly changes: Readonly<Record<string, string | null>>;
}

/** Cases for every key of the schema and every rule of templating, by hand. */
export const WRITTEN_CASES: readonly PipelineCase[] = [
  written("outputs of every kind", {
    "dvc.yaml": `stages:
  make:
    cmd: make
    desc: |
      First line
      and another
    meta: {owner: me}
    deps: [in.txt, data, data/a.txt]
    outs:
    - plain.txt
    - loose.txt: {cache: false}
    - kept.txt: {persist: true, desc: why, type: model, labels: [a, b], meta: {x: 1}}
    - local.txt: {push: false}
    - elsewhere.txt: {remote: other}
    - check.txt: {checkpoint: true}
    - folder
    metrics:
    - m.json
    - n.json: {cache: false}
    plots:
    - p.csv
    - q.csv: {x: a, y: b, x_label: c, y_label: d, title: e, template: linear, header: false, cache: false}
`,
    ...outs("in.txt data/a.txt data/b/c.txt plain.txt loose.txt kept.txt local.txt elsewhere.txt check.txt folder/x"),
    ...outs("m.json n.json p.csv q.csv"),
    changed: { "data/a.txt": "new", "plain.txt": null, "folder/y": "more", "m.json": "1" },
  }),
  written("params of every format", {
    "params.yaml": "lr: 0.1\nlayers: [64, 10]\nnested: {a: {b: 1}, c: null}\nflag: true\ndate: 2020-01-01x\n",
    "other.yaml": "x: 1\n",
    "p.json": '{"a": 1, "b": {"c": [1, 2.5]}}\n',
    "p.toml": 'a = 1\n[b]\nc = "x"\nd = 1.5\n',
    "p.py": "A = 1\nB = 'x'\n\n\nclass C:\n    d = 2.5\n    e = (1, 2)\n",
    "dvc.yaml": `stages:
  a:
    cmd: run
    params: [lr, nested.a.b, layers, "layers.0", other.yaml: , p.json: [a, b.c], p.toml: [a, b], p.py: [A, C.d, C.e, B]]
  b:
    cmd: run
    params: [lr, params.yaml: , p.json: []]
  c:
    cmd: run
    params: [lr, flag, lr, {p.toml: [b.c]}, {p.toml: [b.d, a]}]
`,
    changed: {
      "params.yaml": "lr: 0.2\nlayers: [64, 10, 1]\nnested: {a: {}, c: null}\nflag: 1\nnew: 2\n",
      "p.json": '{"a": 1.0, "b": {"c": [1, 2.6]}}\n',
      "p.toml": null,
      "p.py": "A = 2\nclass C:\n    d = 2.5\n    e = (1, 2)\n",
    },
  }),
  written("commands that change", {
    "dvc.yaml":
      "stages:\n  a: {cmd: one}\n  b: {cmd: [one, two]}\n  c: {cmd: [one]}\n  d: {cmd: one, always_changed: true}\n",
    changed: {
      "dvc.yaml":
        "stages:\n  a: {cmd: [one]}\n  b: {cmd: [one, 'two ']}\n  c: {cmd: [one]}\n  d: {cmd: one}\n  e: {cmd: new}\n",
    },
  }),
  written("frozen stages", {
    ...outs("in.txt mid.txt out.txt"),
    "dvc.yaml": `stages:
  a: {cmd: a, deps: [in.txt], outs: [mid.txt], frozen: true}
  b: {cmd: b, deps: [mid.txt], outs: [out.txt], always_changed: true}
`,
    changed: { "in.txt": "changed", "mid.txt": "changed" },
  }),
  written("folders to run in", {
    ...outs("top.txt sub/in.txt sub/out.txt sub/deep/in.txt sub/deep/out.txt other/out.txt"),
    "sub/params.yaml": "a: 1\n",
    "params.yaml": "a: 2\nwhere: sub\n",
    "dvc.yaml": `stages:
  a: {cmd: a, wdir: sub, deps: [in.txt, ../top.txt], params: [a], outs: [out.txt]}
  b: {cmd: b, wdir: "\${where}/deep", deps: [in.txt, ../out.txt], outs: [out.txt, ../../other/out.txt]}
`,
    "other/dvc.yaml": "stages:\n  c: {cmd: c, deps: [../sub/out.txt]}\n  d: {cmd: d, deps: [out.txt]}\n",
    changed: { "sub/params.yaml": "a: 3\n", "sub/out.txt": "x" },
  }),
  written("vars of every kind", {
    "params.yaml": "a: 1\nmodel: {name: net, layers: [1, 2]}\n",
    "more.json": '{"b": {"x": 1, "y": "two"}, "c": [1, 2]}\n',
    "part.toml": 'd = 1\ne = "text"\n[f]\ng = true\n',
    "own.yaml": "h: 1.0\n",
    "dvc.yaml": `vars:
- more.json
- part.toml:d,f
- {model: {size: 1e-5}, i: null}
- params.yaml
stages:
  a:
    vars: [own.yaml, {j: [x, y]}]
    cmd: run \${a} \${model.name} \${model[layers][1]} \${ b.y } \${c[0]}\${c[-1]} \${d} \${f.g} \${model.size} \${i} \${h} \${j.0}
  b:
    cmd: run \\\${SHELL} $\${a} \\\${a}\${a} \${model.layers.0}
`,
    changed: {},
  }),
  written("mappings as options", {
    "params.yaml":
      "o: {foo: 1, bar: true, baz: false, q: \"it's\", l: [1, two words, true, null], nest: {z: 3, e: {}}, n: null, f: 1.0, s: '', u: é}\n",
    "dvc.yaml": "stages:\n  a: {cmd: 'run ${o}'}\n  b: {cmd: ['x ${o.nest}', 'y ${o.foo} ${o}']}\n",
    changed: {},
  }),
  written("mappings as options, configured", {
    ".dvc/config": "[core]\n    no_scm = True\n[parsing]\n    bool = boolean_optional\n    list = append\n",
    "params.yaml": "o: {foo: 1, bar: true, baz: false, l: [1, 'a b'], e: []}\n",
    "dvc.yaml": "stages:\n  a: {cmd: 'run ${o}'}\n",
    changed: {},
  }),
  written("foreach over lists", {
    ...outs("1.txt 2.5.txt true.txt None.txt x.txt"),
    "params.yaml": "list: [1, 2.5, true, null, x]\nmaps: [{a: 1}, {a: two}]\nnum: 7\nempty: []\n",
    "dvc.yaml": `stages:
  a: {foreach: [x, 1, 2.50, true, null, "\${num}", "n\${num}", x], do: {cmd: "run \${item}"}}
  b: {foreach: "\${list}", do: {cmd: "run \${item}", deps: ["\${item}.txt"]}}
  c: {foreach: "\${maps}", do: {cmd: "run \${item.a}", desc: "about \${item.a}"}}
  d: {foreach: [{x: 1}, two, [3]], do: {cmd: "run"}}
  e: {foreach: "\${empty}", do: {cmd: "run"}}
`,
    changed: {},
  }),
  written("foreach over mappings", {
    "params.yaml": "models: {us: {lr: 0.1, files: [a, b]}, gb: {lr: 1}}\n",
    ...outs("out-us out-gb"),
    "dvc.yaml": `stages:
  a:
    foreach: \${models}
    do:
      cmd: run \${key} \${item.lr} \${item}
      outs: ["out-\${key}"]
  b: {foreach: {x: 1, y: {z: 2}, "k.l": 3}, do: {cmd: "run \${key}", wdir: ., vars: [{v: 1}], meta: "\${v}"}}
`,
    changed: { "params.yaml": "models: {us: {lr: 0.2, files: [a, b]}, gb: {lr: 1}, new: {lr: 2}}\n" },
  }),
  written("matrices", {
    ...outs("x0-y0.txt x0-y1.txt x0-None.txt x0-2.0.txt x0-true.txt"),
    "params.yaml": "list: [1, true]\nmaps: [{a: 1}]\n",
    "dvc.yaml": `stages:
  a: {matrix: {x: [1, b], y: "\${list}"}, cmd: "run \${item.x} \${item.y} \${key}"}
  b: {matrix: {x: "\${maps}", y: [[1, 2], {c: d}, null, 2.0, true]}, cmd: "run \${key}", deps: ["\${key}.txt"]}
  c: {matrix: {x: ["\${list.0}", "p\${list.0}"]}, cmd: "run \${item.x}"}
`,
    changed: {},
  }),
  written("expressions everywhere", {
    "params.yaml": "n: 1\nname: file\nt: true\nkeys: {k: a}\na: 5\nprops: {x: s, y: t}\n",
    ...outs("in-1.txt file.txt m.json p.csv"),
    "file.yaml": "k: 1\n",
    "dvc.yaml": `stages:
  a:
    cmd: run
    deps: ["in-\${n}.txt"]
    params: ["\${keys.k}", "\${name}.yaml": ["k"]]
    outs: ["\${name}.txt": {cache: false, desc: "d \${n}", push: false}]
    metrics: ["m.json": {cache: false}]
    plots: ["p.csv": {x: "\${props.x}", y: b, title: "\${n} and \${t}"}]
    desc: "\${n} is \${t}"
metrics: ["\${name}.json"]
params: ["\${name}.yaml"]
plots: ["\${name}.csv": {x: a, y: {"\${name}.csv": b}}]
artifacts: {one: {path: "\${name}.txt", desc: d, type: t, labels: [l], meta: {a: 1}}}
`,
    changed: { "file.yaml": "k: 2\n", "file.txt": "other" },
  }),
  written("folders and files inside them", {
    ...outs("raw/a.txt raw/b/c.txt made/x/y.txt made/z.txt report.txt"),
    "dvc.yaml": `stages:
  split: {cmd: split, deps: [raw], outs: [made]}
  inside: {cmd: look, deps: [made/x/y.txt], outs: [report.txt]}
  around: {cmd: all, deps: [made, raw/b]}
`,
    changed: { "raw/b/c.txt": null, "made/new.txt": "n" },
  }),
  written("params files that stages make", {
    ...outs("in.txt"),
    "made.yaml": "a: 1\n",
    "dvc.yaml": `stages:
  tune: {cmd: tune, deps: [in.txt], outs: [made.yaml]}
  train: {cmd: train, params: [made.yaml: [a]]}
`,
    changed: { "made.yaml": "a: 2\n" },
  }),
  written("names and words that YAML knows", {
    "params.yaml": "a: yes\nb: 017\nc: 1_000\nd: 0x1F\ne: 1e3\nf: .inf\ng: '1'\nh: 12345678901234567890\n",
    "dvc.yaml":
      "stages:\n  on: {cmd: 'x ${a} ${b} ${c} ${d} ${e} ${f} ${g} ${h}', params: [a, b, c, d, e, f, g, h]}\n  '1': {cmd: y}\n  stage_with-dash: {cmd: z}\n",
    changed: {
      "params.yaml": "a: 'yes'\nb: 17.0\nc: 1000\nd: '31'\ne: 1000\nf: .inf\ng: 1\nh: 12345678901234567891\n",
    },
  }),
  written("tracked data beside stages", {
    ...outs("data/a.txt file.txt out.txt"),
    "file.txt.dvc": "outs:\n- path: file.txt\n  desc: a file\n",
    "data.dvc": "outs:\n- path: data\nmeta: {a: 1}\nfrozen: true\n",
    "dvc.yaml": "stages:\n  use: {cmd: use, deps: [data, file.txt], outs: [out.txt]}\n",
    changed: { "file.txt": "changed", "data/a.txt": null },
  }),
  written("data sets", {
    "dvc.yaml": `datasets:
- {name: same, type: dc, url: 'dc://same'}
- {name: newer, type: dc, url: 'dc://newer'}
- {name: moved, type: dc, url: 'dc://moved'}
stages:
  use: {cmd: use, deps: ['ds://same', 'ds://newer', 'ds://moved']}
`,
    "dvc.lock": datasetLock(1),
    changed: {
      "dvc.yaml": `datasets:
- {name: same, type: dc, url: 'dc://same'}
- {name: newer, type: dc, url: 'dc://newer'}
- {name: moved, type: dc, url: 'dc://elsewhere'}
stages:
  use: {cmd: use, deps: ['ds://same', 'ds://newer', 'ds://moved']}
  also: {cmd: use, deps: ['ds://same']}
`,
      "dvc.lock": `${datasetLock(2)}stages:
  use:
    cmd: use
    deps:
${["moved", "newer", "same"].map((name) => `    - {path: 'ds://${name}', dataset: ${datasetEntry(name, 1)}}\n`).join("")}`,
    },
  }),
  written("nothing but top-level sections", {
    ...outs("m.json p.csv"),
    "dvc.yaml": "params: [a.yaml]\nmetrics: [m.json]\nplots: [p.csv, {id: {x: a, y: {p.csv: [b, c]}}}, other: ]\n",
    changed: {},
  }),
];

/** Files that DVC refuses, with the kind of its error. */
export const REFUSED_CASES: Readonly<Record<string, string>> = {
  "unknown key of a stage": "stages: {a: {cmd: x, foo: 1}}\n",
  "unknown key at the top": "stages: {a: {cmd: x}}\nfoo: 1\n",
  "no command": "stages: {a: {deps: [x]}}\n",
  "deps that are text": "stages: {a: {cmd: x, deps: y}}\n",
  "deps that are nothing": "stages:\n  a:\n    cmd: x\n    deps:\n",
  "frozen by an expression": "vars: [{f: true}]\nstages: {a: {cmd: x, frozen: '${f}'}}\n",
  "foreach without do": "stages: {a: {foreach: [1]}}\n",
  "foreach with a matrix": "stages: {a: {foreach: [1], matrix: {x: [1]}, do: {cmd: x}}}\n",
  "an unknown flag": "stages: {a: {cmd: x, outs: [y: {keep: true}]}}\n",
  "a flag of another kind": "stages: {a: {cmd: x, outs: [y: {cache: 1}]}}\n",
  "an undefined name": "stages: {a: {cmd: 'x ${y}'}}\n",
  "a bad expression": "vars: [{y: 1}]\nstages: {a: {cmd: 'x ${y.}'}}\n",
  "an empty expression": "stages: {a: {cmd: 'x ${}'}}\n",
  "a list where a value belongs": "vars: [{y: [1]}]\nstages: {a: {cmd: 'x ${y}'}}\n",
  "a mapping where a value belongs": "vars: [{y: {z: 1}}]\nstages: {a: {cmd: x, desc: '${y}'}}\n",
  "a nested list among options": "vars: [{y: {z: [[1]]}}]\nstages: {a: {cmd: 'x ${y}'}}\n",
  "a value defined twice": "vars: [{y: 1}, {y: 1}]\nstages: {a: {cmd: x}}\n",
  "a vars file that is missing": "vars: [none.yaml]\nstages: {a: {cmd: x}}\n",
  "a vars file without the key": "vars: ['params.yaml:zzz']\nstages: {a: {cmd: x}}\n",
  "a vars file whole and in part": "vars: ['v.yaml', 'v.yaml:a']\nstages: {a: {cmd: x}}\n",
  "a vars file in part and whole": "vars: ['v.yaml:a', 'v.yaml']\nstages: {a: {cmd: x}}\n",
  "a vars file twice in part": "vars: ['v.yaml:a', 'v.yaml:b,a']\nstages: {a: {cmd: x}}\n",
  "an expression in vars": "vars: [{y: 1}, {z: '${y}'}]\nstages: {a: {cmd: x}}\n",
  "vars that redefine item": "stages: {a: {foreach: [1], do: {cmd: x, vars: [{item: 2}]}}}\n",
  "an empty matrix": "stages: {a: {matrix: {}, cmd: x}}\n",
  "foreach over text": "stages: {a: {foreach: 'text', do: {cmd: x}}}\n",
  "one output twice": "stages: {a: {cmd: x, outs: [y]}, b: {cmd: x, outs: [./y]}}\n",
  "an output inside another": "stages: {a: {cmd: x, outs: [y/z]}, b: {cmd: x, outs: [y]}}\n",
  "a cycle": "stages: {a: {cmd: x, deps: [p], outs: [q]}, b: {cmd: x, deps: [q], outs: [p]}}\n",
  "a stage that needs itself": "stages: {a: {cmd: x, deps: [p], outs: [p/q]}}\n",
  "a cycle through params":
    "stages: {a: {cmd: x, params: [p.yaml: [k]], outs: [q]}, b: {cmd: x, deps: [q], outs: [p.yaml]}}\n",
};

function written(
  name: string,
  { changed, ...files }: Readonly<Record<string, string | Readonly<Record<string, string | null>>>>,
): PipelineCase {
  return { name, files: files as Record<string, string>, changes: changed as Record<string, string | null> };
}

/** A dvc.lock that says which version of each data set is used. */
function datasetLock(newest: number): string {
  const entries = [datasetEntry("same", 1), datasetEntry("newer", newest), datasetEntry("moved", 1)];
  return `schema: '2.0'\ndatasets:\n${entries.map((entry) => `- ${entry}\n`).join("")}`;
}

function datasetEntry(name: string, version: number): string {
  return `{name: ${name}, type: dc, url: 'dc://${name}', version: ${version}, created_at: '2024-01-01T00:00:00+00:00'}`;
}

function outs(paths: string): Record<string, string> {
  return Object.fromEntries(paths.split(" ").map((path) => [path, `content of ${path}\n`]));
}

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
