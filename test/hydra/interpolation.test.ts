import { type ConfigMap, fromPlain, resolveConfig, toPlain } from "@waymark/hydra";
import { expect, test } from "vitest";

function resolved(values: Readonly<Record<string, unknown>>, env?: Readonly<Record<string, string>>): unknown {
  return toPlain(resolveConfig(fromPlain(values) as ConfigMap, { env }));
}

test("replaces interpolations by values of their kind, and text by text", () => {
  const values = { a: 1, b: "${a}", c: "x${a}${b}", d: { e: [1, "${...a}"], f: "${.e}" }, g: "${d.e[1]}" };
  expect(resolved(values)).toEqual({ a: 1, b: 1, c: "x11", d: { e: [1, 1], f: [1, 1] }, g: 1 });
});

test("resolves what OmegaConf brings", () => {
  const values = {
    home: "${oc.env:HOME}",
    none: "${oc.env:NOPE,null}",
    list: "${oc.decode:'[1, {a: b}]'}",
    keys: "${oc.dict.keys:m}",
    values: "${oc.dict.values:m}",
    other: "${oc.select:nope,7}",
    m: { x: 1, y: "${.x}" },
  };
  expect(resolved(values, { HOME: "/home/ada" })).toEqual({
    ...{
      home: "/home/ada",
      none: null,
      list: [1, { a: "b" }],
      keys: ["x", "y"],
      values: [1, 1],
      other: 7,
      m: { x: 1, y: 1 },
    },
  });
});

test("says where and why an interpolation has nothing to stand for", () => {
  expect(() => resolved({ a: { b: "${c}" } })).toThrow("a.b: cannot resolve '${c}': there is no 'c'");
  expect(() => resolved({ a: "${b}", b: "${a}" })).toThrow("it leads back to itself");
  expect(() => resolved({ a: { b: "${a}" } })).toThrow("it stands inside of what it stands for");
  expect(() => resolved({ a: "${oc.env:NOPE}" })).toThrow("the environment variable 'NOPE' is not set");
  expect(() => resolved({ a: "${eval:1}" })).toThrow("there is no resolver 'eval'");
  expect(() => resolved({ a: "${b c}" })).toThrow("column");
});

test("does not grow beyond measure, nor run on and on", () => {
  const laughs: Record<string, unknown> = { l0: Array.from({ length: 20 }, () => "ha") };
  for (let at = 1; at < 9; at += 1) laughs[`l${at}`] = Array.from({ length: 20 }, () => `\${l${at - 1}}`);
  expect(() => resolved(laughs)).toThrow("more than 200000 values");
  const chain: Record<string, unknown> = { k0: 1 };
  for (let at = 1; at < 500; at += 1) chain[`k${at}`] = `\${k${at - 1}}`;
  expect(() => resolved(chain)).toThrow("it leads on and on");
});

test("takes any key for a key like others", () => {
  const values = JSON.parse('{"__proto__": {"x": 1}, "constructor": "${__proto__.x}"}') as Record<string, unknown>;
  const result = resolved(values) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual(["__proto__", "constructor"]);
  expect(result["constructor"]).toBe(1);
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});
