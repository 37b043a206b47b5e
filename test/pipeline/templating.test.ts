import { PipelineError, type ProjectStage } from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import { pipelineProject } from "./pipeline-project.ts";

async function load(files: Readonly<Record<string, string>>): Promise<readonly ProjectStage[]> {
  return pipelineProject(files).stages();
}

async function commands(dvcYaml: string, files: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const stages = await load({ "dvc.yaml": dvcYaml, ...files });
  return Object.fromEntries(stages.map(({ name, command }) => [name, command]));
}

async function failure(dvcYaml: string, files: Readonly<Record<string, string>> = {}): Promise<PipelineError> {
  const error = await load({ "dvc.yaml": dvcYaml, ...files }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PipelineError);
  return error as PipelineError;
}

describe("expressions", () => {
  const params = {
    "params.yaml": "a: 1\nb: {c: [x, {d: 2.0}], e: true, n: null}\nbig: 1e-5\nhuge: 12345678901234567890\n",
  };

  test("name values by dots, brackets and blanks around them, lists from both ends", async () => {
    expect(
      await commands("stages: {s: {cmd: '${a} ${b.c[0]} ${b.c.1.d} ${ b.e } ${b[c][-1][d]} ${b.n}'}}", params),
    ).toEqual({
      s: "1 x 2.0 true 2.0 None",
    });
  });

  test("show numbers as Python prints them", async () => {
    expect(await commands("stages: {s: {cmd: '${big} ${huge}'}}", params)).toEqual({ s: "1e-05 12345678901234567890" });
  });

  test("are left alone behind a backslash", async () => {
    expect(await commands("stages: {s: {cmd: 'echo \\${HOME} $${a} \\\\n ${a}'}}", params)).toEqual({
      s: "echo ${HOME} $1 \\\\n 1",
    });
  });

  test("give typed values where they stand alone, in keys and values alike", async () => {
    const [stage] = await load({
      "params.yaml": "name: out\nkeep: false\nx: step\n",
      "dvc.yaml":
        "stages: {s: {cmd: c, plots: ['${name}.csv': {x: '${x}', header: true}], outs: ['${name}': {desc: 'the ${name}'}]}}",
    });
    expect(stage?.outs.map(({ path, properties }) => [path, { ...properties }])).toEqual([
      ["out", {}],
      ["out.csv", { x: "step", header: true }],
    ]);
  });

  test("that name nothing say which file, stage and key they stand in, and what may have been meant", async () => {
    const error = await failure("stages: {s: {cmd: x, deps: ['${modle}.txt']}}", { "params.yaml": "model: 1\n" });
    expect(error.message).toBe("dvc.yaml: stage 's', 'deps': '${modle}' is not defined");
    expect(error.hint).toContain("Did you mean ${model}?");
    expect(error.hint).toContain("\\${modle}");
  });

  test.each(["${}", "${a.}", "${.a}", "${a[}", "${a[]}", "${a b.c d[}"])("'%s' is no expression", async (text) => {
    expect((await failure(`stages: {s: {cmd: '${text}'}}`)).message).toContain("is not an expression");
  });

  test("do not step into a single value, nor past the end of a list", async () => {
    for (const text of ["${a.b}", "${b.c.2}", "${b.c.x}", "${b.c[-3]}"]) {
      expect((await failure(`stages: {s: {cmd: '${text}'}}`, params)).message).toContain("is not defined");
    }
  });

  test("put lists and mappings only where they have a meaning", async () => {
    expect((await failure("stages: {s: {cmd: '${b.c}'}}", params)).message).toContain("is a list");
    expect((await failure("stages: {s: {cmd: c, desc: '${b}'}}", params)).message).toContain("is a mapping");
    expect((await failure("stages: {s: {cmd: c, wdir: '${b}'}}", params)).message).toContain("'wdir'");
  });
});

describe("mappings in commands", () => {
  const options = {
    "params.yaml": "o: {foo: 1, bar: true, baz: false, q: \"it's\", l: [1, 2], nest: {z: 3}, e: [], s: '', n: null}\n",
  };

  test("become options, quoted for the shell", async () => {
    expect(await commands("stages: {s: {cmd: 'run ${o}'}}", options)).toEqual({
      s: `run --foo 1 --bar --q 'it'"'"'s' --l 1 2 --nest.z 3 --s '' --n None`,
    });
  });

  test("follow the configuration", async () => {
    const config = "[core]\n    no_scm = True\n[parsing]\n    bool = boolean_optional\n    list = append\n";
    expect(await commands("stages: {s: {cmd: 'run ${o.nest} ${o}'}}", { ...options, ".dvc/config": config })).toEqual({
      s: `run --z 3 --foo 1 --bar --no-baz --q 'it'"'"'s' --l 1 --l 2 --nest.z 3 --s '' --n None`,
    });
  });

  test("cannot hold lists of lists", async () => {
    expect((await failure("vars: [{o: {l: [[1]]}}]\nstages: {s: {cmd: 'x ${o}'}}")).message).toContain("'l'");
  });
});

describe("vars", () => {
  test("come from params.yaml, files of every format, parts of them, and mappings in place", async () => {
    expect(
      await commands(
        "vars: [v.json, 't.toml:a,b', {own: {y: 2}}]\nstages: {s: {cmd: '${p} ${own.x} ${own.y} ${a} ${b.c}'}}",
        {
          "params.yaml": "p: 0\n",
          "v.json": '{"own": {"x": 1}}',
          "t.toml": 'a = "t"\nz = 1\n[b]\nc = 3\n',
        },
      ),
    ).toEqual({ s: "0 1 2 t 3" });
  });

  test("of a stage count for it alone, files relative to its folder", async () => {
    const files = { "sub/v.yaml": "x: 1\n" };
    expect(
      await commands("stages: {s: {cmd: '${x} ${y}', wdir: sub, vars: [v.yaml, {y: 2}]}, t: {cmd: t}}", files),
    ).toEqual({
      s: "1 2",
      t: "t",
    });
    expect((await failure("stages: {s: {cmd: c, vars: [{y: 2}]}, t: {cmd: '${y}'}}")).message).toContain("stage 't'");
  });

  test("may name a file again, but define nothing twice", async () => {
    expect(await commands("vars: [v.yaml, v.yaml]\nstages: {s: {cmd: '${x}'}}", { "v.yaml": "x: 1\n" })).toEqual({
      s: "1",
    });
    const twice = await failure("vars: [v.yaml, {a: {b: 1}}, {a: {b: 2}}]\nstages: {s: {cmd: c}}", {
      "v.yaml": "x: 1\n",
    });
    expect(twice.message).toBe("dvc.yaml: 'vars': 'a.b' is defined twice, in 'vars[1]' and 'vars[2]'");
    const file = await failure("vars: [{x: 2}, v.yaml]\nstages: {s: {cmd: c}}", { "v.yaml": "x: 1\n" });
    expect(file.message).toContain("in 'vars[0]' and 'v.yaml'");
  });

  test.each([
    ["[v.yaml, 'v.yaml:a']", "loaded whole already"],
    ["['v.yaml:a', v.yaml]", "part of it is loaded already"],
    ["['v.yaml:a', 'v.yaml:b,a']", "part of it is loaded already"],
    ["['v.yaml:none']", "has no 'none'"],
    ["[none.yaml]", "does not exist"],
    ["[list.yaml]", "holds no mapping"],
    ["[{a: '${b}'}]", "expressions have no meaning here"],
  ])("refuse %s", async (vars, reason) => {
    const files = { "v.yaml": "a: 1\nb: 2\n", "list.yaml": "- 1\n" };
    expect((await failure(`vars: ${vars}\nstages: {s: {cmd: c}}`, files)).message).toContain(reason);
  });

  test("in parts may come one after the other", async () => {
    const files = { "v.yaml": "a: 1\nb: 2\nc: 3\n" };
    expect(await commands("vars: ['v.yaml:a', 'v.yaml:b,c']\nstages: {s: {cmd: '${a}${b}${c}'}}", files)).toEqual({
      s: "123",
    });
  });
});

describe("generated stages", () => {
  test("of a list are named by its values, as YAML writes them in place and Python through an expression", async () => {
    expect(
      await commands("stages: {s: {foreach: [a, 1, 2.50, true, null, '${t}', 'n${t}'], do: {cmd: '${item}'}}}", {
        "params.yaml": "t: true\n",
      }),
    ).toEqual({
      "s@a": "a",
      "s@1": "1",
      "s@2.5": "2.5",
      "s@true": "true",
      "s@None": "None",
      "s@True": "true",
      "s@ntrue": "ntrue",
    });
  });

  test("of a list with anything composed are numbered", async () => {
    const made = await commands("stages: {s: {foreach: [{a: x}, y], do: {cmd: c}}}");
    expect(made).toEqual({ "s@0": "c", "s@1": "c" });
  });

  test("that share a name are one, with the later value", async () => {
    expect(await commands("stages: {s: {foreach: [1, '1', 1.0], do: {cmd: 'c ${item}'}}}")).toEqual({
      "s@1": "c 1",
      "s@1.0": "c 1.0",
    });
  });

  test("of a mapping are named by its keys", async () => {
    expect(
      await commands("stages: {s: {foreach: '${m}', do: {cmd: '${key} ${item.lr}'}}}", {
        "params.yaml": "m: {us: {lr: 1}, gb: {lr: 0.5}}\n",
      }),
    ).toEqual({ "s@us": "us 1", "s@gb": "gb 0.5" });
  });

  test("of a matrix are named by all of its values", async () => {
    expect(
      await commands("stages: {s: {matrix: {x: [1, b], y: '${l}'}, cmd: '${item.x} ${item.y} ${key}'}}", {
        "params.yaml": "l: [true, {k: v}]\n",
      }),
    ).toEqual({
      "s@1-True": "1 true 1-True",
      "s@1-y1": "1 --k v 1-y1",
      "s@b-True": "b true b-True",
      "s@b-y1": "b --k v b-y1",
    });
  });

  test("know their group, and are none that a command could rewrite", async () => {
    const stages = await load({
      "dvc.yaml":
        "vars: [{v: 1}]\nstages: {a: {foreach: [1], do: {cmd: c}}, b: {cmd: c}, c: {cmd: '${v}'}, d: {cmd: c, vars: [{w: 1}]}, e: {cmd: '\\${x}'}}",
    });
    expect(stages.map(({ name, group, isPlain }) => [name, group, isPlain])).toEqual([
      ["a@1", "a", false],
      ["b", undefined, true],
      ["c", undefined, false],
      ["d", undefined, false],
      ["e", undefined, false],
    ]);
  });

  test.each([
    ["{foreach: text, do: {cmd: c}}", "neither a list nor a mapping"],
    ["{foreach: '${none}', do: {cmd: c}}", "'${none}' is not defined"],
    ["{foreach: [1], do: {cmd: c, vars: [{item: 2}]}}", "defines 'item'"],
    ["{foreach: {a: 1}, do: {cmd: c, vars: [{key: 2}]}}", "defines 'key'"],
    ["{matrix: {x: [1]}, cmd: c, vars: [{item: 2}]}", "defines 'item'"],
    ["{matrix: {x: text}, cmd: c}", "'matrix.x' is not a list"],
    ["{matrix: {}, cmd: c}", "'matrix' is empty"],
  ])("cannot come from %s", async (definition, reason) => {
    expect((await failure(`stages: {s: ${definition}}`)).message).toContain(reason);
  });

  test("of a list may have vars of the name 'key'", async () => {
    expect(await commands("stages: {s: {foreach: [1], do: {cmd: '${item} ${key}', vars: [{key: 2}]}}}")).toEqual({
      "s@1": "1 2",
    });
  });
});

describe("params of a stage", () => {
  test("are joined by file; a file that is named whole anywhere counts whole", async () => {
    const [stage] = await load({
      "dvc.yaml":
        "stages: {s: {cmd: c, params: [lr, p.json: [a], lr, {p.json: [b], q.toml: }, {q.toml: [x]}, {r.yaml: []}]}}",
    });
    expect(stage?.params.map(({ text, keys }) => [text, keys])).toEqual([
      ["params.yaml", ["lr"]],
      ["p.json", ["a", "b"]],
      ["q.toml", []],
      ["r.yaml", []],
    ]);
  });
});
