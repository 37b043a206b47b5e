import { addStageText, parseYaml, removeStageText, setFrozenText } from "@waymark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const TEXT = `# top
vars: [a.yaml]   # vars

stages:
  # first
  a:   # stage a
    cmd: "echo"  # quoted
    deps: [x,   y]
    # trailing in a

  b:
      cmd: &c |
        several
        lines
      outs:
          - q
# before metrics
metrics:
  - m.json
`;

describe("addStageText", () => {
  test("writes a new file as DVC does", () => {
    const definition = { cmd: "run", deps: ["a"], outs: [{ b: { cache: false } }], frozen: true };
    expect(addStageText(undefined, "s", definition)).toBe(
      "stages:\n  s:\n    cmd: run\n    deps:\n    - a\n    outs:\n    - b:\n        cache: false\n    frozen: true\n",
    );
  });

  test("puts a stage behind the others and touches nothing else", () => {
    const added = "  new:\n    cmd: x\n    deps:\n    - a\n";
    expect(addStageText(TEXT, "new", { cmd: "x", deps: ["a"] })).toBe(
      TEXT.replace("# before metrics", `${added}# before metrics`),
    );
  });

  test("changes of a stage that is there only what differs", () => {
    const edited = addStageText(TEXT, "a", { cmd: "echo", deps: ["x", "z"], outs: ["k"] });
    expect(edited).toBe(TEXT.replace("    deps: [x,   y]\n", "    deps:\n    - x\n    - z\n    outs:\n    - k\n"));
    expect(addStageText(TEXT, "a", { cmd: "echo", deps: ["x", "y"] })).toBe(TEXT);
    expect(addStageText(TEXT, "a", { cmd: "echo" })).toBe(TEXT.replace("    deps: [x,   y]\n", ""));
  });

  test.each([
    ["a file without stages", "# c\nmetrics:\n- a\n", "# c\nmetrics:\n- a\nstages:\n  s:\n    cmd: x\n"],
    ["a file of comments", "# only\n", "# only\nstages:\n  s:\n    cmd: x\n"],
    ["a file without a line end", "metrics:\n- a", "metrics:\n- a\nstages:\n  s:\n    cmd: x\n"],
    ["stages in braces", "stages: {a: {cmd: b}}\n", "stages: {a: {cmd: b}, s: {cmd: x}}\n"],
    [
      "line ends of Windows",
      "stages:\r\n  a:\r\n    cmd: b\r\n",
      "stages:\r\n  a:\r\n    cmd: b\r\n  s:\r\n    cmd: x\r\n",
    ],
  ])("adds to %s", (_, text, expected) => {
    expect(addStageText(text, "s", { cmd: "x" })).toBe(expected);
  });

  test("adds where nothing stands yet", () => {
    expect(parseYaml(addStageText("stages: {}\nmetrics: [a]\n", "s", { cmd: "x" }))).toEqual({
      stages: { s: { cmd: "x" } },
      metrics: ["a"],
    });
  });
});

describe("setFrozenText", () => {
  test("adds one line, and takes it away again", () => {
    for (const [name, line, before] of [
      ["a", "    frozen: true\n", "    # trailing in a"],
      ["b", "      frozen: true\n", "# before metrics"],
    ] as const) {
      const frozen = setFrozenText(TEXT, name, true);
      expect(frozen).toBe(TEXT.replace(before, line + before));
      expect(setFrozenText(frozen, name, true)).toBe(frozen);
      expect(setFrozenText(frozen, name, false)).toBe(TEXT);
    }
  });

  test("leaves what is as wanted, and what is not there", () => {
    expect(setFrozenText(TEXT, "a", false)).toBe(TEXT);
    expect(setFrozenText(TEXT, "none", true)).toBe(TEXT);
    expect(setFrozenText("- a list\n", "a", true)).toBe("- a list\n");
  });

  test("switches the words of a .dvc file, the old one too", () => {
    const file = "# data\nouts:\n- path: a # here\n";
    expect(setFrozenText(file, undefined, true)).toBe(`${file}frozen: true\n`);
    expect(setFrozenText(`locked: true\n${file}`, undefined, false)).toBe(file);
    expect(setFrozenText(`frozen: true\n${file}`, undefined, false)).toBe(file);
  });
});

describe("removeStageText", () => {
  test("takes a stage out with its lines", () => {
    expect(removeStageText(TEXT, "b")).toBe(
      TEXT.replace("  b:\n      cmd: &c |\n        several\n        lines\n      outs:\n          - q\n", ""),
    );
    expect(removeStageText(TEXT, "none")).toBe(TEXT);
    expect(removeStageText("stages: {a: {cmd: x}, b: {cmd: y}}\n", "a")).toBe("stages: {b: {cmd: y}}\n");
  });

  test("takes the section with the last one, and leaves no empty file", () => {
    expect(removeStageText("stages:\n  a:\n    cmd: x\nmetrics:\n- m\n", "a")).toBe("metrics:\n- m\n");
    expect(removeStageText("stages:\n  a:\n    cmd: x\n", "a")).toBeUndefined();
  });

  test("undoes addStageText, however the file is laid out", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
    const stage = fc.record({ cmd: fc.string({ minLength: 1 }) }, { requiredKeys: ["cmd"] });
    fc.assert(
      fc.property(
        fc.dictionary(name, stage, { minKeys: 1, maxKeys: 4 }),
        name,
        stage,
        fc.boolean(),
        (stages, fresh, added, isFlow) => {
          fc.pre(!Object.hasOwn(stages, fresh));
          const text = isFlow
            ? `stages: ${JSON.stringify(stages)}\n`
            : Object.entries(stages).reduce<string | undefined>(
                (before, [one, definition]) => addStageText(before, one, definition),
                undefined,
              );
          const edited = addStageText(text, fresh, added);
          expect(parseYaml(edited)).toEqual({ stages: { ...stages, [fresh]: added } });
          expect(parseYaml(removeStageText(edited, fresh) ?? "")).toEqual({ stages: { ...stages } });
        },
      ),
    );
  });
});
