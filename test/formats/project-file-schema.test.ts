import {
  checkProjectFile,
  InvalidProjectFileError,
  isLockedStage,
  MalformedYamlError,
  parseYaml,
  type ProjectFileKind,
} from "@waymark/core";
import { describe, expect, test } from "vitest";

function problems(kind: ProjectFileKind, text: string): readonly string[] {
  try {
    checkProjectFile(kind, parseYaml(text, { keepNumberKinds: true }), text, "file");
    return [];
  } catch (error) {
    if (!(error instanceof InvalidProjectFileError)) throw error;
    return error.problems.map(({ line, column, place, reason }) => `${line}:${column} ${place}: ${reason}`);
  }
}

describe("a dvc.yaml", () => {
  test("with every key there is passes", () => {
    const text = `vars: [a.yaml, {b: 1}]
datasets: [{name: d, type: url, url: u}]
params: [p.yaml]
metrics: [m.json]
plots: [p.csv, {id: }, {id2: {x: a, y: [b, c], x_label: x, y_label: y, title: t, template: linear}}, {id3: {x: {f: a}, y: {f: b, g: [c, d]}}}]
artifacts: {a: {path: p, desc: d, type: t, labels: [l], meta: {any: thing}}}
stages:
  full:
    cmd: [a, b]
    wdir: w
    desc: d
    meta: anything
    deps: [a]
    params: [a, {f.yaml: [b]}, {g.yaml: }]
    vars: [v.yaml, {c: 1}]
    outs: [a, {b: {cache: true, persist: false, checkpoint: true, remote: r, push: true, desc: d, type: t, labels: [], meta: 1}}]
    metrics: [m, {n: {cache: false}}]
    plots: [p, {q: {x: a, y: b, x_label: c, y_label: d, title: e, template: f, header: true, cache: false}}, {r: [{x: a}]}]
    frozen: true
    always_changed: false
  each: {foreach: {a: 1}, do: {cmd: x}}
  text: {foreach: '\${a}', do: {cmd: x}}
  grid: {matrix: {a: [1], b: '\${c}'}, cmd: x}
`;
    expect(problems("dvc.yaml", text)).toEqual([]);
    expect(problems("dvc.yaml", "")).toEqual([]);
  });

  test("is told all of its mistakes at once, each with its place", () => {
    const text = `stages:
  a:
    cmd: x
    dep: [y]
    outs:
    - z:
        cach: true
        persist: 1
  b:
    deps: text
foo: 1
`;
    expect(problems("dvc.yaml", text)).toEqual([
      "4:5 stages -> a -> dep: unknown key 'dep'; did you mean 'deps'?",
      "7:9 stages -> a -> outs -> 0 -> z -> cach: unknown key 'cach'; did you mean 'cache'?",
      "8:18 stages -> a -> outs -> 0 -> z -> persist: expected true or false, found the number 1",
      "10:11 stages -> b -> deps: expected a list, found text",
      "10:5 stages -> b: the key 'cmd' is missing",
      "11:1 foo: unknown key 'foo'",
    ]);
  });

  test("says what it found in the error, one mistake in a line", () => {
    const check = (text: string): string => {
      try {
        checkProjectFile("dvc.yaml", parseYaml(text), text, "sub/dvc.yaml");
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(check("stages: {a: {cmd: 1}}\n")).toBe(
      "sub/dvc.yaml:1:19: expected a command, or a list of commands, found the number 1, in stages -> a -> cmd",
    );
    expect(check("a: 1\nb: 2\n").split("\n")).toHaveLength(3);
  });

  test.each([
    ["- a\n", "1:1 : expected a mapping, found a list"],
    ["stages:\n", "1:1 stages: expected a mapping, found nothing"],
    ["stages:\n  a:\n    cmd: x\n    deps:\n", "4:5 stages -> a -> deps: expected a list, found nothing"],
    ["stages: {a: {cmd: x, deps: [1]}}\n", "1:29 stages -> a -> deps -> 0: expected text, found the number 1"],
    ["stages: {a: {cmd: x, frozen: '${f}'}}\n", "1:30 stages -> a -> frozen: expected true or false, found text"],
    ["stages: {a: {foreach: [1]}}\n", "1:13 stages -> a: the key 'do' is missing"],
    [
      "stages: {a: {foreach: [1], do: {cmd: x}, matrix: {b: [1]}}}\n",
      "1:42 stages -> a -> matrix: unknown key 'matrix'",
    ],
    ["plots: {a: {x: b}}\n", "1:8 plots: expected a list, found a mapping"],
    ["params: [{a: b}]\n", "1:10 params -> 0: expected text, found a mapping"],
    ["artifacts: {a: {desc: d}}\n", "1:16 artifacts -> a: the key 'path' is missing"],
  ])("is refused: %j", (text, problem) => {
    expect(problems("dvc.yaml", text)).toEqual([problem]);
  });

  test("with marks of a merge says where they are", () => {
    const text = "stages:\n  a:\n<<<<<<< HEAD\n    cmd: x\n=======\n    cmd: y\n>>>>>>> other\n";
    expect(() => parseYaml(text, { path: "dvc.yaml" })).toThrow(MalformedYamlError);
    try {
      parseYaml(text, { path: "dvc.yaml" });
    } catch (error) {
      expect((error as MalformedYamlError).hint).toContain("line 3");
    }
  });
});

describe("a dvc.lock", () => {
  const lock = `schema: '2.0'
datasets: []
stages:
  a:
    cmd: [x]
    deps:
    - {path: p, hash: md5, md5: 1234, size: 1, nfiles: 2, isexec: true, etag: abc, checksum: abc, version_id: v}
    - {path: 'ds://x', dataset: {name: x}}
    params: {f: {k: [1]}}
    outs:
    - {path: o, hash: md5, files: [{relpath: r, md5: abc, size: 1, cloud: {s3: {etag: abc, version_id: v}}}]}
`;

  test("as DVC writes it passes", () => {
    expect(problems("dvc.lock", lock)).toEqual([]);
  });

  test.each([
    ["", ": the key 'schema' is missing"],
    [lock.replace("'2.0'", "'1.0'"), "schema: expected '2.0'"],
    [lock.replace("'2.0'", "2.0"), "schema: expected '2.0'"],
    [lock.replace("    cmd: [x]\n", ""), "stages -> a: the key 'cmd' is missing"],
    [lock.replace("path: p, ", ""), "stages -> a -> deps -> 0: the key 'path' is missing"],
    [lock.replace("size: 1, nf", "size: 1.5, nf"), "size: expected a whole number, found the number 1.5"],
    [lock.replace("md5: 1234", "md5: 12"), "md5: expected a hash"],
    [lock.replace("md5: 1234", "md5: 1.5"), "md5: expected a hash"],
    [lock.replace("s3: {", "gs: {}, s3: {"), "expected at most 1 key, found 2"],
    [lock.replace("schema", "mine: 1\nschema"), "mine: unknown key 'mine'"],
  ])("is refused when it is not", (text, problem) => {
    expect(problems("dvc.lock", text).join("\n")).toContain(problem);
  });

  test("has entries that a file of the run cache has, too", () => {
    expect(isLockedStage({ cmd: "x", outs: [{ path: "o", md5: "abc" }] })).toBe(true);
    expect(isLockedStage({ outs: [] })).toBe(false);
    expect(isLockedStage(null)).toBe(false);
  });
});

describe("a .dvc file", () => {
  test("with every key there is passes", () => {
    const text = `md5: abc
desc: d
wdir: .
frozen: true
locked: false
always_changed: false
meta: {a: 1}
deps:
- {path: p, hash: md5, md5: abc, size: 1, persist: true, repo: {url: u, rev: r, rev_lock: l, config: {a: b}, remote: r}}
- {db: {query: q, connection: c, file_format: csv, table: t}, fs_config: {a: 1}}
outs:
- {path: o, md5: abc, hash: md5, cache: true, persist: false, remote: r, push: true, desc: d, type: t, labels: [l], meta: 1, fs_config: {}}
`;
    expect(problems(".dvc", text)).toEqual([]);
    expect(problems(".dvc", "outs:\ndeps:\nwdir:\n")).toEqual([]);
  });

  test.each([
    ["cmd: x\n", "1:1 cmd: unknown key 'cmd'"],
    ["outs:\n- md5: abc\n  pth: x\n", "3:3 outs -> 0 -> pth: unknown key 'pth'; did you mean 'path'?"],
    ["deps:\n- {repo: {rev: x}}\n", "2:10 deps -> 0 -> repo: the key 'url' is missing"],
    ["frozen: 'yes'\n", "1:9 frozen: expected true or false, found text"],
  ])("is refused: %j", (text, problem) => {
    expect(problems(".dvc", text)).toEqual([problem]);
  });
});
