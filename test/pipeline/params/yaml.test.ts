import { float } from "@waymark/core";
import { editParamsFile, readParamsFile } from "@waymark/pipeline";
import fc from "fast-check";
import { expect, test } from "vitest";

type Values = Record<string, unknown>;

/** Edits a file as text. */
function edit(text: string, change: (values: Values) => void, path = "params.yaml"): string {
  const data = new TextEncoder().encode(text);
  const values = readParamsFile(path, data);
  change(values);
  return new TextDecoder().decode(editParamsFile(path, data, values));
}

const TEXT = `# how to train
lr: 1e-3      # found by hand
layers: [64, 10] # narrow
name: 'two words'

model:
    depth: 3   # four blanks
    blocks:
      - conv
      - {size: 5, act: "relu"}
note: |
  several
  lines
last: true
`;

test("changes a value where it stands, and keeps comments, order, quotes and layout", () => {
  const edited = edit(TEXT, (values) => {
    values["lr"] = float(0.5);
    values["layers"] = [32];
    (values["model"] as Values)["depth"] = 12;
  });
  expect(edited).toBe(
    TEXT.replace("1e-3      #", "0.5       #")
      .replace("[64, 10] #", "[32]     #")
      .replace("depth: 3   #", "depth: 12  #"),
  );
});

test("changes values inside of a mapping in one line, and adds and deletes there", () => {
  const block = (values: Values): Values => ((values["model"] as Values)["blocks"] as Values[])[1] as Values;
  expect(edit(TEXT, (values) => void (block(values)["size"] = 7))).toBe(TEXT.replace("size: 5", "size: 7"));
  expect(edit(TEXT, (values) => void (block(values)["new"] = [1]))).toContain("- {size: 5, act: relu, new: [1]}\n");
  expect(edit(TEXT, (values) => void delete block(values)["size"])).toContain("- {act: relu}\n");
});

test("adds keys at the end of their mapping, and takes whole lines away", () => {
  const edited = edit(TEXT, (values) => {
    (values["model"] as Values)["wide"] = { by: 2 };
    values["more"] = ["a", null];
    delete values["note"];
    delete values["layers"];
  });
  expect(edited).toBe(
    TEXT.replace("layers: [64, 10] # narrow\n", "")
      .replace('act: "relu"}\n', 'act: "relu"}\n    wide:\n      by: 2\n')
      .replace("note: |\n  several\n  lines\n", "") + "more:\n- a\n- \n",
  );
});

test("turns a value into a list or mapping below its key, and back", () => {
  const down = edit("a: 1 # one\nb: 2\n", (values) => void (values["a"] = { c: [1] }));
  expect(down).toBe("a:   # one\n  c:\n  - 1\nb: 2\n");
  expect(edit(down, (values) => void (values["a"] = "x"))).toBe("a: x   # one\nb: 2\n");
  expect(edit("a:\n- 1\n- 2\nb: 1\n", (values) => void (values["a"] = []))).toBe("a: []\nb: 1\n");
});

test("puts lists and mappings behind a dash, however wide it stands", () => {
  const text = "l:\n  -   a # first\n  - b\n";
  expect(edit(text, (values) => void ((values["l"] as unknown[])[0] = ["x", { y: 1, z: 2 }]))).toBe(
    "l:\n  -   - x\n      - y: 1\n        z: 2 # first\n  - b\n",
  );
});

test("leaves a file alone whose values stay", () => {
  const odd = "%YAML 1.2\n---\na:   1\r\nb: {x: 'y'}   # z\n";
  expect(edit(odd, () => undefined)).toBe(odd);
});

test("keeps line ends, and what stands in a file without values", () => {
  expect(edit("a: 1\r\nb: 2\r\n", (values) => void (values["c"] = 3))).toBe("a: 1\r\nb: 2\r\nc: 3\r\n");
  expect(edit("# nothing yet\n", (values) => void (values["c"] = 3))).toBe("# nothing yet\nc: 3\n");
  expect(edit("a: 1", (values) => void (values["c"] = 3))).toBe("a: 1\nc: 3\n");
});

test("overrides what a merge brings by a key of its own", () => {
  const merging = "base: &base # shared\n  x: 1\nother:\n  <<: *base\n  y: 2 # own\n";
  expect(edit(merging, (values) => void ((values["other"] as Values)["x"] = 5))).toBe(`${merging}  x: 5\n`);
});

test("writes aliases out where they tie what changes to what stays", () => {
  const tied = "# top\nbase: &b {x: 1} # one\nuse: *b # two\nval: &v 3\nlist:\n- *v\n";
  expect(edit(tied, (values) => void ((values["base"] as Values)["x"] = 5))).toBe(
    "# top\nbase: &b {x: 5} # one\nuse:    # two\n  x: 1\nval: &v 3\nlist:\n- 3\n",
  );
});

test("overrides what a merge would change by keys of their own, and dissolves it where it cannot stay", () => {
  const tied = "# top\nbase: &base\n  x: 1 # one\nother: # two\n  <<: *base\n  y: 2 # three\n1: a key\nnote: |\n  a\n";
  expect(edit(tied, (values) => void ((values["base"] as Values)["x"] = 5))).toBe(
    "# top\nbase: &base\n  x: 5 # one\nother: # two\n  <<: *base\n  y: 2 # three\n  x: 1\n1: a key\nnote: |\n  a\n",
  );
  expect(edit(tied, (values) => void delete values["base"])).toBe(
    "# top\nother: # two\n  y: 2 # three\n  x: 1\n1: a key\nnote: |\n  a\n",
  );
  expect(edit(tied, (values) => void delete (values["other"] as Values)["x"])).toBe(
    "# top\nbase: &base\n  x: 1 # one\nother: # two\n  y: 2 # three\n1: a key\nnote: |\n  a\n",
  );
});

test("writes a file anew where a merge is all that a mapping holds", () => {
  const tied = "base: &base\n  x: 1\nother:\n  <<: *base\n";
  expect(readBack(edit(tied, (values) => void delete values["base"]))).toEqual({ other: { x: 1 } });
});

function readBack(text: string): unknown {
  return JSON.parse(JSON.stringify(readParamsFile("params.yaml", new TextEncoder().encode(text))));
}

test("holds what is wanted, whatever it held", () => {
  const scalar = fc.constantFrom<unknown>(1, 2, true, null, "x", "a b", "#", "- y", "1", "", float(1), float(1e-7));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "c d", "1"), tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  const mapping = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value, { minKeys: 1, noNullPrototype: true });
  fc.assert(
    fc.property(mapping, mapping, (before, wanted) => {
      const data = editParamsFile("params.yaml", undefined, before);
      const edited = editParamsFile("params.yaml", data, wanted);
      expect(readParamsFile("params.yaml", edited)).toEqual(wanted);
    }),
    { numRuns: 150 },
  );
});
