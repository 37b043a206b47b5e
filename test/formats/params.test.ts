import { describe, expect, it } from "vitest";
import {
  coerceParam,
  flattenParams,
  float,
  formatParams,
  int,
  InvalidParamError,
  MalformedYamlError,
  parseParams,
} from "@waymark/core";

describe("coerceParam", () => {
  it("takes plain data as it is, by copy", () => {
    const layers = [64, 10];
    const value = { lr: 0.1, name: "a", on: true, none: null, big: 10n ** 20n, one: float(1), two: int(2), layers };
    const copy = coerceParam("model", value);
    layers.push(5);
    expect(copy).toEqual({ ...value, layers: [64, 10] });
  });

  it("turns what scripts commonly hold into plain data", () => {
    class Config {
      readonly lr = 0.5;
      readonly #secret = "kept";
      describe(): string {
        return this.#secret;
      }
    }
    expect(coerceParam("p", new Config())).toEqual({ lr: 0.5 });
    expect(coerceParam("p", new Map([["a", new Set([1, 2])]]))).toEqual({ a: [1, 2] });
    expect(coerceParam("p", new Float32Array([1, 0.5]))).toEqual([float(1), float(0.5)]);
    expect(coerceParam("p", new Uint8Array([1, 2]))).toEqual([1, 2]);
    expect(coerceParam("p", new URL("http://x/y"))).toBe("http://x/y");
    expect(coerceParam("p", { toJSON: () => ({ a: 1 }) })).toEqual({ a: 1 });
    expect(coerceParam("p", { kept: 1, left: undefined })).toEqual({ kept: 1 });
    expect(formatParams({ day: coerceParam("day", new Date("2020-01-01")) })).toBe("day: 2020-01-01\n");
  });

  it.each([
    ["a function", { f: () => 1 }, "Param 'p.f' is a function"],
    ["a symbol", [Symbol("x")], "Param 'p[0]' is a symbol"],
    ["undefined", undefined, "Param 'p' is undefined"],
    ["an invalid date", new Date(Number.NaN), "Param 'p' is an invalid date"],
    ["a promise", Promise.resolve(1), "Param 'p' is a Promise"],
    ["a regular expression", { r: /x/ }, "Param 'p.r' is a RegExp"],
    ["a weak map", new WeakMap(), "Param 'p' is a WeakMap"],
    ["a key that is an object", new Map([[{}, 1]]), "Param 'p' has a key that is an object"],
  ])("refuses %s and says where it stands", (_, value, message) => {
    expect(() => coerceParam("p", value)).toThrow(InvalidParamError);
    expect(() => coerceParam("p", value)).toThrow(message);
  });

  it("refuses a value that contains itself, and bottomless nesting", () => {
    const loop: unknown[] = [];
    loop.push({ loop });
    expect(() => coerceParam("p", loop)).toThrow("Param 'p[0].loop' contains itself");
    let deep: unknown = 1;
    for (let level = 0; level < 200; level += 1) deep = [deep];
    expect(() => coerceParam("p", deep)).toThrow("nested deeper than");
    expect(() => coerceParam("", 1)).toThrow("has an empty name");
  });

  it("keeps names of prototypes harmless", () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
    expect(formatParams({ p: coerceParam("p", value) })).toBe("p:\n  __proto__:\n    polluted: true\n");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("params.yaml", () => {
  it("is read back with the kind of its numbers, as it was written", () => {
    const text =
      "lr: 0.1\nmomentum: 1.0\nepochs: 10\nseed: 18446744073709551615\nlayers:\n- 64\n- 10\nopt:\n  name: adam\n";
    expect(formatParams(parseParams(text))).toBe(text);
    expect(parseParams(text)["momentum"]).toEqual(float(1));
  });

  it("flattens to dotted keys; lists stay together", () => {
    expect(flattenParams(parseParams("a: {b: {c: 1}, d: [1, {e: 2}]}\nf:\n"))).toEqual({
      "a.b.c": 1,
      "a.d": [1, { e: 2 }],
      f: null,
    });
  });

  it("may be empty, and is refused as anything but a mapping", () => {
    expect(parseParams("")).toEqual({});
    expect(formatParams({})).toBe("{}\n");
    expect(() => parseParams("- 1\n", { path: "params.yaml" })).toThrow(MalformedYamlError);
    expect(() => parseParams("- 1\n", { path: "params.yaml" })).toThrow("params.yaml:1:1: expected a mapping");
  });
});
