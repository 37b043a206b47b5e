import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float, formatYaml, int, MalformedYamlError, NotRepresentableError, parseYaml } from "@waymark/core";
import { readGolden } from "../support/golden.ts";

interface GoldenString {
  readonly text: string;
  readonly value: string;
  readonly key: string;
  readonly item: string;
  readonly deep: string;
}

describe("formatYaml", () => {
  it("writes every string as ruamel does: as a value, a key, an item and deep inside", () => {
    for (const { text, value, key, item, deep } of readGolden("yaml-strings.json") as GoldenString[]) {
      if (/[\u0085\u2028\u2029]/.test(text)) {
        // ruamel breaks lines at these, which YAML 1.2 does not: escapes mean the same to every reader.
        expect(parseYaml(formatYaml({ [text]: text }))).toEqual({ [text]: text });
        continue;
      }
      expect(formatYaml({ k: text }), JSON.stringify(text)).toBe(value);
      expect(formatYaml(new Map([[text, 1]])), JSON.stringify(text)).toBe(key);
      expect(formatYaml([text]), JSON.stringify(text)).toBe(item);
      expect(formatYaml({ a: [{ b: text }] }), JSON.stringify(text)).toBe(deep);
    }
  });

  it("lays out collections, numbers, keys and shared values as ruamel does", () => {
    const shared = [1, 2];
    const one = { x: 1 };
    const nested = [1, { x: 2 }];
    const empty: unknown[] = [];
    const values: Record<string, unknown> = {
      empty: {},
      "empty members": { a: {}, b: [], c: null, d: "" },
      nested: { a: { b: { c: 1, d: [1, 2] }, e: "x" }, f: true },
      lists: { a: [1, [2, 3], [[4]], [], {}, null, { b: 1, c: [5, { d: 6 }] }] },
      "list of lists of maps": {
        a: [
          [{ b: 1, c: 2 }, 3],
          [[], {}],
        ],
      },
      "top list": [1, { a: null, b: [null, [null]] }, "x"],
      numbers: {
        a: float(1),
        b: -0,
        c: 1e-5,
        d: float(1e16),
        e: 10n ** 20n,
        f: Number.NaN,
        g: -Infinity,
        h: 0.1,
      },
      booleans: { a: true, b: [false, null] },
      "null key": new Map<unknown, unknown>([
        [null, 1],
        ["b", 2],
      ]),
      "number keys": {
        a: new Map([
          [5, 2],
          [1.5, 3],
        ]),
      },
      "long key": { ["k".repeat(127)]: 1, ["l".repeat(128)]: 2, ["m".repeat(130)]: { a: [1] } },
      "line break in key": { "a\nb": 11, c: { "d\te": [1] } },
      shared: { a: shared, b: shared, c: { d: shared } },
      "shared map": [one, one],
      "shared list in lists": { a: [nested, nested], b: [[nested]] },
      "shared empty": { a: empty, b: empty, c: [empty] },
    };
    for (const { name, text } of readGolden("yaml-values.json") as { name: string; text: string }[]) {
      expect(formatYaml(values[name]), name).toBe(text);
    }
  });

  it("writes dates, marked numbers and typed arrays, and leaves undefined members out", () => {
    const value = {
      day: new Date("2020-01-01"),
      time: new Date("2020-01-01T02:03:04Z"),
      fine: new Date("2020-01-01T02:03:04.500Z"),
      one: int(1),
      none: undefined,
      list: new Uint8Array([1, 2]),
    };
    expect(formatYaml(value)).toBe(
      "day: 2020-01-01\ntime: 2020-01-01 02:03:04\nfine: 2020-01-01 02:03:04.500000\none: 1\nlist:\n- 1\n- 2\n",
    );
  });

  it("never folds a long line", () => {
    expect(formatYaml({ k: "word ".repeat(60).trim() }).split("\n")).toHaveLength(2);
  });

  it.each([
    [{ a: [() => 1] }, "$.a[0] is a function"],
    [{ a: new Map([[[1], 1]]) }, "key that is a list or a mapping"],
    [{ a: new Date(Number.NaN) }, "$.a is a date that is none"],
    [{ a: Promise.resolve() }, "$.a is a Promise"],
  ])("refuses what has no form, before anything is written", (value, message) => {
    expect(() => formatYaml(value)).toThrow(NotRepresentableError);
    expect(() => formatYaml(value)).toThrow(message);
  });

  it("writes a value that contains itself, which no reader of ours follows for ever", () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(formatYaml(loop)).toBe("&id001\nself: *id001\n");
    expect(() => parseYaml(formatYaml(loop))).toThrow("nested deeper than");
  });
});

describe("parseYaml", () => {
  it("reads plain scalars as ruamel does", () => {
    for (const [text, type, value] of readGolden("yaml-scalars.json") as [string, string, string][]) {
      // What ruamel refuses may be read, tags mean nothing; where it breaks lines and YAML 1.2 does not, we follow YAML.
      if (type === "error" || text.startsWith("!") || /[\u0085\u2028\u2029]/.test(text)) continue;
      const parsed = parseYaml(`k: ${text}\n`, { keepNumberKinds: true }) as { k: unknown };
      const shown = formatYaml([parsed.k]);
      switch (type) {
        case "str":
          expect(parsed.k, text).toBe(value);
          break;
        case "int":
          expect(shown, text).toBe(`- ${value}\n`);
          break;
        case "float":
          expect(shown, text).toBe(`- ${value.replace(/^(-?)(inf|nan)$/, "$1.$2")}\n`);
          break;
        case "bool":
          expect(parsed.k, text).toBe(value === "True");
          break;
        case "NoneType":
          expect(parsed.k, text).toBeNull();
          break;
        case "list":
        case "dict":
          expect(parsed.k, text).toBeTypeOf("object");
          break;
        default:
          // Dates and times stay text: JavaScript has no date without a zone.
          expect(type, text).toMatch(/^(?:date|datetime|TimeStamp)$/);
          expect(parsed.k, text).toBe(text);
      }
    }
  });

  const scalar = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text)),
    fc.string({ unit: fc.constantFrom(..."-?:,[]{}#&*!|>'\"%@`~=<. \n\t0129_eExobnulltrueinfNaN+") }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true }).map(float),
    fc.bigInt({ min: 1n << 60n, max: 1n << 80n }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: "small" }, scalar, tie("list"), tie("map")),
    list: fc.array(tie("tree"), { maxLength: 4 }),
    map: fc.dictionary(fc.string(), tie("tree"), { maxKeys: 4, noNullPrototype: true }),
  }));

  it("gives back what was formatted", () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseYaml(formatYaml(value), { keepNumberKinds: true })).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it("takes every key for a key, also those of prototypes", () => {
    const value = parseYaml("__proto__:\n  polluted: true\nconstructor: 1\n") as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("honours merge keys and aliases", () => {
    const text = "base: &b {a: 1, c: 2}\none:\n  <<: *b\n  a: 5\ntwo: [*b]\n";
    expect(parseYaml(text)).toEqual({ base: { a: 1, c: 2 }, one: { a: 5, c: 2 }, two: [{ a: 1, c: 2 }] });
  });

  it("reads an empty file as null", () => {
    expect(parseYaml("")).toBeNull();
    expect(parseYaml("# nothing\n")).toBeNull();
  });

  it.each([
    ["a: [1\nb: 2\n", /^p\.yaml:2:1: /],
    ["a: 1\na: 2\n", /^p\.yaml:2:1: the key 'a' is there twice/],
    ["a:\n\tb: 1\n", /^p\.yaml:2:1: /],
    ["a: 1\n---\nb: 1\n", /^p\.yaml:2:1: /],
    ["a: *x\n", /^p\.yaml:1:4: /],
    ["? [1]\n: 2\n", /^p\.yaml:1:3: a key may not be a list/],
  ])("says where %j is wrong", (text, message) => {
    expect(() => parseYaml(text, { path: "p.yaml" })).toThrow(MalformedYamlError);
    expect(() => parseYaml(text, { path: "p.yaml" })).toThrow(message);
  });

  it("keeps to its limits: size, depth, aliases, growth", () => {
    expect(() => parseYaml(`a: ${"x".repeat(11 << 20)}`)).toThrow("larger than");
    expect(() => parseYaml("[".repeat(100_000))).toThrow("nested deeper than");
    expect(() => parseYaml(`${"- ".repeat(150)}x\n`)).toThrow("nested deeper than");
    expect(() => parseYaml(`a: &a 1\nb: [${"*a, ".repeat(101)}]\n`)).toThrow("more than 100 aliases");
    const bomb = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(10)}]`,
    );
    expect(() => parseYaml(`l0: &l0 [x]\n${bomb.join("\n")}\n`)).toThrow(MalformedYamlError);
  });
});
