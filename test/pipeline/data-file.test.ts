import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCompactPythonJson } from "@waymark/core";
import { parseDataFile } from "@waymark/pipeline";

function parse(path: string, text: string): string {
  return formatCompactPythonJson(parseDataFile(path, Buffer.from(text)));
}

describe("parseDataFile", () => {
  it("goes by the extension and keeps the kinds of numbers", () => {
    expect(parse("a.yaml", "a: 1\nb: 1.0\nc: 1e-5\nd: 123456789012345678901\n")).toBe(
      '{"a": 1, "b": 1.0, "c": 1e-05, "d": 123456789012345678901}',
    );
    expect(parse("a.JSON", '{"a": 1.0, "b": [NaN]}')).toBe('{"a": 1.0, "b": [NaN]}');
    expect(parse("a.toml", "a = 1\nb = 1.0\n[t.u]\nc = [true, 'x']\n")).toBe(
      '{"a": 1, "b": 1.0, "t": {"u": {"c": [true, "x"]}}}',
    );
    expect(parse("a.txt", "")).toBe("{}");
  });

  it("reads Python files without running them", () => {
    const source = `"""A module. X = 1"""
import os
SEED = 42
NEG = -1.5; OTHER = 0x1F
NAME: str = "it's" 'x'   # comment
TUPLE = 1, 2
NESTED = {"a": None, 'b': [1, 2.0, (3,)], "s": {1, 2}}
CALC = 1 + 2
CALL = os.environ["X"]
F = f"{SEED}"
RAW = r"\\n"
class Train(Base):
    lr = 1e-3
    class Inner:
        deep = True
    def __init__(self, x=1):
        self.layers = 5
        local = 3
        self.other = self.layers
    def forward(self):
        self.no = 1
if True:
    NOPE = 1
def f():
    Z = 1
MULTI = {
  "k": "v",  # inside
  "n": [1,
        2],
}
X.y = 1
A == 2
`;
    expect(parseDataFile("p.py", Buffer.from(source))).toEqual(
      parseDataFile(
        "p.json",
        Buffer.from(
          '{"SEED": 42, "NEG": -1.5, "OTHER": 31, "NAME": "it\'sx", "TUPLE": [1, 2], "NESTED": {"a": null, "b": [1, 2.0, [3]], "s": [1, 2]}, "RAW": "\\\\n", "Train": {"lr": 0.001, "Inner": {"deep": true}, "layers": 5}, "MULTI": {"k": "v", "n": [1, 2]}}',
        ),
      ),
    );
  });

  it("takes no key for anything but a key", () => {
    for (const path of ["a.yaml", "a.json", "a.toml", "a.py"]) {
      const text =
        path === "a.toml"
          ? "[__proto__]\nx = 1\n"
          : path === "a.py"
            ? "class __proto__:\n    x = 1\n"
            : '{"__proto__": {"x": 1}}';
      expect(parse(path, text)).toBe('{"__proto__": {"x": 1}}');
      expect(Object.prototype).not.toHaveProperty("x");
    }
  });

  it("ends with a value or a clear error for any bytes", () => {
    const path = fc.constantFrom("a.yaml", "a.json", "a.toml", "a.py");
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)),
    );
    const piece = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "=",
      "[",
      "]",
      "{",
      "}",
      "'",
      '"',
      "class X:",
      "  ",
      "1",
      "-",
      "#",
      "\\",
      ",",
    );
    const source = fc.array(piece, { maxLength: 40 }).map((parts) => Buffer.from(parts.join("")));
    fc.assert(
      fc.property(path, fc.oneof(bytes, source), (name, data) => {
        try {
          parseDataFile(name, data);
        } catch (error) {
          expect(error).toHaveProperty("code");
          expect(String(error)).toContain(name);
        }
      }),
      { numRuns: 500 },
    );
  });
});
