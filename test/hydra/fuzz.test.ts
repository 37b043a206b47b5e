import {
  applyOverrides,
  type ConfigMap,
  dumpConfigYaml,
  expandSweep,
  fromPlain,
  loadConfigYaml,
  type Override,
  parseOverride,
  resolveConfig,
} from "@waymark/hydra";
import { TrackerError } from "@waymark/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const PIECE = fc.oneof(
  fc.constantFrom(
    "a",
    "b.c",
    "1",
    "1e9",
    "=",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    "'",
    '"',
    "\\",
    "${",
    "${a}",
    "~",
    "+",
    "@",
    "/",
  ),
  fc.constantFrom(
    "choice(",
    "range(",
    "sort(",
    "shuffle(",
    "interval(0,1)",
    "tag(",
    "glob(*)",
    "int(",
    "__proto__",
    "constructor",
    " ",
    "\n",
  ),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const TEXT = fc.array(PIECE, { maxLength: 30 }).map((pieces) => pieces.join(""));

/** Reads an override; nothing for one that is refused, as most are. */
function tryParse(text: string): Override[] {
  try {
    return [parseOverride(text)];
  } catch (error) {
    expect(error).toBeInstanceOf(TrackerError);
    return [];
  }
}

function expectNoCrash(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(TrackerError);
  }
}

test("reads, spreads and applies anything, or refuses it in words", () => {
  const start = { a: 1, b: { c: "${a}" }, l: [1, { m: 2 }], constructor: "x" };
  const values = fromPlain(start) as ConfigMap;
  const typed = fc.oneof(
    TEXT,
    TEXT.map((value) => `a=${value}`),
    TEXT.map((value) => `++b.__proto__=${value}`),
  );
  fc.assert(
    fc.property(fc.array(typed, { maxLength: 4 }), (texts) => {
      const overrides = texts.flatMap(tryParse);
      expectNoCrash(() => expect(expandSweep(overrides, { trials: 2, maxRuns: 100 }).length).toBeLessThanOrEqual(100));
      expectNoCrash(() => dumpConfigYaml(resolveConfig(applyOverrides(values, overrides))));
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 800 },
  );
});

test("reads deep and long overrides in little time, or refuses them", () => {
  const texts = [
    `a=${"[".repeat(50_000)}`,
    `a=${"{a:".repeat(50_000)}`,
    `a=${"int(".repeat(50_000)}`,
    `a=${"\\".repeat(50_001)}'`,
    `a='${"\\'".repeat(50_000)}'`,
    `a=${"1_".repeat(50_000)}`,
    `a=${"9".repeat(20_000)}`,
    `a=${"x,".repeat(50_000)}x`,
    `${"a.".repeat(50_000)}a=1`,
    `a=${" ".repeat(50_000)}`,
    `a=${"${".repeat(50_000)}`,
    `a=${"'\\".repeat(50_000)}`,
    `a=${"1.".repeat(50_000)}`,
    `a=${"a ".repeat(50_000)}(`,
  ];
  for (const text of texts) tryParse(text);
  expect(tryParse(`a=${"[".repeat(90)}1${"]".repeat(90)}`)).toHaveLength(1);
});

test("reads what was written, whatever the text", () => {
  const text = fc.string({ unit: "binary", maxLength: 30 }).filter((value) => !/\p{Surrogate}/u.test(value));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 3 }), (items) => {
      const value = fromPlain({ items, nested: [items, { items }] });
      expect(loadConfigYaml(dumpConfigYaml(value), "text.yaml")).toEqual(value);
    }),
  );
});
