import { FloatValue } from "@waymark/core";
import { matchesQuery, parseQuery } from "@waymark/experiments";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matching, NOW, row } from "./rows.ts";

const DAY_SECONDS = 86_400;

describe("numbers, texts and booleans", () => {
  const rows = [
    row({ name: "one", metrics: { acc: 0.5, loss: new FloatValue(1) }, params: { opt: "adam", deep: true, n: 10 } }),
    row({ name: "two", metrics: { acc: 0.75, loss: Number.NaN }, params: { opt: "sgd", deep: false, n: 10n ** 20n } }),
    row({ name: "three", metrics: { acc: "bad" }, params: { opt: 3, layers: [64, 10] } }),
    row({ name: "none" }),
  ];

  test.each([
    ["acc > 0.5", ["two"]],
    ["acc >= .5", ["one", "two"]],
    ["acc <= 5e-1", ["one"]],
    ["loss = 1", ["one"]],
    ["loss = nan", ["two"]],
    ["loss < inf", ["one"]],
    ["n = 100000000000000000000", ["two"]],
    ["n > 10", ["two"]],
    ["opt = adam", ["one"]],
    ["opt != adam", ["two", "three"]],
    ["opt < b", ["one"]],
    ["opt = 3", ["three"]],
    ["opt = '3'", []],
    ["deep = true", ["one"]],
    ["deep != TRUE", ["two"]],
    ["opt in (sgd, 3)", ["two", "three"]],
    ["opt not in (sgd, 3)", ["one"]],
    ["opt ~ '^(a|s)'", ["one", "two"]],
    ["opt !~ '^a'", ["two", "three"]],
    ["layers = '[64, 10]'", ["three"]],
    ["acc is null", ["none"]],
    ["acc is not null", ["one", "two", "three"]],
    ["acc exists and not opt exists", []],
    ["not acc exists", ["none"]],
  ])("%s", (query, names) => {
    expect(matching(query, rows)).toEqual(names);
  });
});

test("what is missing matches no comparison, whichever way round it was asked", () => {
  const rows = [row({ name: "has", params: { lr: 1 } }), row({ name: "lacks" })];
  for (const query of ["lr = 1", "lr != 2", "not lr = 2", "not (lr > 5 or lr < 0)", "lr not in (3)", "lr !~ 5"]) {
    expect(matching(query, rows)).toEqual(["has"]);
  }
  // What is known decides where it can.
  expect(matching("lr = 1 or name = lacks", rows)).toEqual(["has", "lacks"]);
  expect(matching("not (lr = 2 and name = nobody)", rows)).toEqual(["has", "lacks"]);
});

test("and, or and not keep to the laws of three-valued logic", () => {
  const field = fc.constantFrom("p", "q", "gone");
  const leaf = fc.tuple(field, fc.constantFrom("=", "!=", "<"), fc.integer({ min: 0, max: 2 }));
  const rows = [0, 1, 2].map((p) => row({ name: String(p), params: { p, q: 2 - p } }));
  // One experiment has it, so that the name is known.
  const all = [...rows, row({ name: "all", params: { p: 0, q: 0, gone: 0 } })];
  const find = (query: string): string[] => matching(query, all);
  fc.assert(
    fc.property(leaf, leaf, (a, b) => {
      const [left, right] = [a.join(" "), b.join(" ")];
      expect(find(`not (${left} and ${right})`)).toEqual(find(`not ${left} or not ${right}`));
      expect(find(`not (${left} or ${right})`)).toEqual(find(`not ${left} and not ${right}`));
      expect(find(`not not ${left}`)).toEqual(find(left));
    }),
  );
});

describe("fields that every experiment has", () => {
  const rows = [
    row({ name: "brave-bat", tags: ["baseline", "paper"], note: "Too slow.\nReally.", status: "finished", step: 9 }),
    row({ name: "calm-cod", tags: ["paper"], baselineNames: ["main", "HEAD"], rev: `12345678${"c".repeat(32)}` }),
    row({ name: "1234567", status: "running", baseline: "d".repeat(40) }),
  ];

  test.each([
    ["tag = paper", ["brave-bat", "calm-cod"]],
    ["tag != baseline", ["calm-cod", "1234567"]],
    ["not tag = paper", ["1234567"]],
    ["tag is null", ["1234567"]],
    ["tag exists", ["brave-bat", "calm-cod"]],
    ["tag in (baseline, other)", ["brave-bat"]],
    ["tag ~ '^base'", ["brave-bat"]],
    ["tag !~ paper", ["1234567"]],
    ["note ~ '(?i)too SLOW'", ["brave-bat"]],
    ["note is null", ["calm-cod", "1234567"]],
    ["status = finished", ["brave-bat"]],
    ["status != finished", ["1234567"]],
    ["step >= 9", ["brave-bat"]],
    ["name = 1234567", ["1234567"]],
    ["name ~ -", ["brave-bat", "calm-cod"]],
    ["baseline = main", ["calm-cod"]],
    ["baseline = HEAD and rev = 12345678", ["calm-cod"]],
    ["baseline = dddd", ["1234567"]],
    ["baseline != bbbb", ["1234567"]],
    ["rev in (1234, 99)", ["calm-cod"]],
    ["rev = 123", []],
  ])("%s", (query, names) => {
    expect(matching(query, rows)).toEqual(names);
  });
});

describe("times", () => {
  const rows = [0, 1, 2, 8].map((days) => row({ name: `${days}d`, createdSeconds: NOW / 1000 - days * DAY_SECONDS }));

  test.each([
    ["created > 36h ago", ["0d", "1d"]],
    ["created < 1 week ago", ["8d"]],
    ["created >= '2 days ago'", ["0d", "1d", "2d"]],
    ["created = today", ["0d"]],
    ["created < today", ["1d", "2d", "8d"]],
    ["created = 2026-11-19", ["1d"]],
    ["created > 2026-11-19", ["0d"]],
    ["created <= 2026-11-18", ["2d", "8d"]],
    ["created != yesterday", ["0d", "2d", "8d"]],
    ["created > '2026-11-19 12:00'", ["0d"]],
    ["created in (today, 2026-11-12)", ["0d", "8d"]],
  ])("%s", (query, names) => {
    expect(matching(query, rows)).toEqual(names);
  });

  test("are refused when there is no such day", () => {
    expect(() => parseQuery("created > 2026-02-30")).toThrow("'2026-02-30' is no date");
  });
});

describe("the name of a metric or param", () => {
  const rows = [
    row({ name: "a", metrics: { val: { loss: 1 }, step: 3 }, params: { lr: 1, step: 5 } }),
    row({
      name: "b",
      metrics: { val: { loss: 2 } },
      params: { lr: 2 },
      files: { "live/params.yaml": { data: { lr: 3 } } },
    }),
  ];

  test("may say where it stands", () => {
    expect(matching("metrics.val.loss = 1", rows)).toEqual(["a"]);
    expect(matching("val/loss = 1", rows)).toEqual(["a"]);
    expect(matching("params.yaml:lr = 2", rows)).toEqual(["b"]);
    expect(matching("live/params.yaml:lr = 3", rows)).toEqual(["b"]);
    expect(matching("params.params.yaml:lr = 1", rows)).toEqual(["a"]);
    expect(matching("metrics.json:val.loss > 1", rows)).toEqual(["b"]);
    expect(matching("metrics.step = 3 and params.step = 5", rows)).toEqual(["a"]);
  });

  test("is refused with what comes near when nobody has it", () => {
    expect(() => matching("metrics.vla.loss > 1", rows)).toThrow(
      "No metric or param named 'metrics.vla.loss', at column 1:\n  metrics.vla.loss > 1\n  ^",
    );
    expect(() => matching("lr > 1 and val.los < 1", rows)).toThrow("at column 12:");
    expect(matching("name = a and nothing > 1", [])).toEqual([]);
    const hintOf = (query: string): unknown => {
      try {
        return matching(query, rows);
      } catch (error) {
        return (error as { readonly hint?: string }).hint;
      }
    };
    expect(hintOf("metrics.vla.loss > 1")).toBe("Did you mean metrics.val.loss?");
    expect(hintOf("loss > 1")).toBe("Did you mean val.loss?");
    expect(hintOf("metrics.lr > 1")).toBe("Did you mean lr?");
    expect(hintOf("statsu = finished")).toBe("Did you mean status?");
  });

  test("is refused when it means several things", () => {
    expect(() => matching("lr > 1", rows)).toThrow("'lr' is in several files with different values, at column 1");
  });

  test("is the same in a file that could not be read: nothing", () => {
    const broken = { ...row({ name: "c" }), params: { "params.yaml": { error: { type: "X", msg: "" } } } };
    expect(matching("params.yaml:lr is null", [...rows, broken])).toEqual(["c"]);
  });
});

test("one experiment can be asked alone", () => {
  const query = parseQuery("lr < 1 or gone = 3");
  expect(matchesQuery(query, row({ params: { lr: 0.5 } }))).toBe(true);
  expect(matchesQuery(query, row({ params: { lr: 2 } }))).toBe(false);
});
