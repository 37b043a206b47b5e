import type { PipelineCase } from "./pipeline-case.ts";

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
