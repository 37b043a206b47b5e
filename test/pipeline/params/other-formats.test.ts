import { float } from "@waymark/core";
import { editParamsFile, readParamsFile } from "@waymark/pipeline";
import { expect, test } from "vitest";

type Values = Record<string, unknown>;

function edit(path: string, text: string, change: (values: Values) => void): string {
  const data = new TextEncoder().encode(text);
  const values = readParamsFile(path, data);
  change(values);
  return new TextDecoder().decode(editParamsFile(path, data, values));
}

const TOML = `# top
lr = 0.1 # rate
"odd key" = 'x'
list = [
  1, # one
  2,
]

[model] # the model
depth = 3
opt = { name = "adam", lr = 1 }

[[runs]]
n = 1
[[runs]]
n = 2

[model.head]
size = 10
`;

test("changes TOML where a value stands, tables and inline tables too", () => {
  const edited = edit("params.toml", TOML, (values) => {
    values["lr"] = float(1e-7);
    values["odd key"] = 'say "hi"';
    (values["model"] as Values)["depth"] = 4;
    ((values["model"] as Values)["opt"] as Values)["lr"] = 2;
    (values["runs"] as Values[])[1] = { n: 5 };
  });
  expect(edited).toBe(
    TOML.replace("0.1 #", "1e-07 #")
      .replace("'x'", '"say \\"hi\\""')
      .replace("depth = 3", "depth = 4")
      .replace('{ name = "adam", lr = 1 }', '{name = "adam", lr = 2}')
      .replace("n = 2", "n = 5"),
  );
});

test("adds to tables of TOML and takes from them", () => {
  const edited = edit("params.toml", TOML, (values) => {
    values["root"] = true;
    (values["model"] as Values)["new"] = [1, "a"];
    (values["model"] as Values)["tail"] = { x: { y: 1 } };
    delete (values["model"] as Values)["head"];
    delete values["list"];
  });
  const head = TOML.slice(0, TOML.indexOf("list ="));
  const body = TOML.slice(TOML.indexOf("]\n\n[model]") + 2, TOML.indexOf("[model.head]"));
  expect(edited).toBe(
    `${head}root = true\n${body.replace("lr = 1 }\n", 'lr = 1 }\nnew = [1, "a"]\n')}[model.tail.x]\ny = 1\n`,
  );
});

test("refuses what TOML cannot hold", () => {
  expect(() => edit("params.toml", TOML, (values) => void (values["lr"] = null))).toThrow("TOML has no null");
});

test("writes JSON on one line, as DVC does", () => {
  const text = '{\n  "a": 1.0,\n  "b": {"c": "é"}\n}\n';
  expect(edit("params.json", text, (values) => void (values["d"] = [float(2), null]))).toBe(
    '{"a": 1.0, "b": {"c": "\\u00e9"}, "d": [2.0, null]}',
  );
});

const PYTHON = `import os

LR = 1e-3  # rate
NAME: str = 'old'; SIZES = [1,
    2]

class Train:
    epochs = 3
    opt = {"name": "adam", "lr": 0.1}

    def __init__(self):
        self.seed = 42  # forty-two
        self.rest = os.getcwd()
`;

test("changes literals of a Python file, in classes and their constructors too, and runs nothing", () => {
  const edited = edit("params.py", PYTHON, (values) => {
    const train = values["Train"] as Values;
    values["LR"] = float(0.5);
    values["NAME"] = "it's";
    values["SIZES"] = [3, null, true];
    train["epochs"] = 4;
    (train["opt"] as Values)["lr"] = float(0.2);
    train["seed"] = 7;
  });
  expect(edited).toBe(
    PYTHON.replace("1e-3", "0.5")
      .replace("'old'", `"it's"`)
      .replace("[1,\n    2]", "[3, None, True]")
      .replace("epochs = 3", "epochs = 4")
      .replace('{"name": "adam", "lr": 0.1}', "{'name': 'adam', 'lr': 0.2}")
      .replace("seed = 42", "seed = 7"),
  );
});

test("neither adds to a Python file nor takes from it", () => {
  expect(() => edit("params.py", PYTHON, (values) => void (values["NEW"] = 1))).toThrow("'NEW' can be changed");
  expect(() => edit("params.py", PYTHON, (values) => void delete (values["Train"] as Values)["seed"])).toThrow(
    "'Train.seed' can be changed in a Python file, but neither added nor deleted",
  );
});

test("refuses a file whose top level is no mapping", () => {
  expect(() => readParamsFile("params.yaml", new TextEncoder().encode("- 1\n"))).toThrow("its top level is no mapping");
  expect(readParamsFile("params.yaml", undefined)).toEqual({});
});
