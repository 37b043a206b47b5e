import { describe, expect, it } from "vitest";
import { explainInvalidExperimentName, isValidExperimentName, suggestExperimentName } from "@waymark/core";

describe("suggestExperimentName", () => {
  it("joins a five-letter and a four-letter word", () => {
    for (let draw = 0; draw < 1000; draw += 1) {
      const name = suggestExperimentName(() => (draw * 0.618033988749895) % 1);
      expect(name).toMatch(/^[a-z]{5}-[a-z]{4}$/);
      expect(isValidExperimentName(name)).toBe(true);
    }
  });

  it("draws from hundreds of thousands of names", () => {
    const firsts = new Set<string>();
    const seconds = new Set<string>();
    for (let share = 0; share < 1; share += 1 / 4096) {
      const [first = "", second = ""] = suggestExperimentName(() => share).split("-");
      firsts.add(first);
      seconds.add(second);
    }
    expect(firsts.size * seconds.size).toBeGreaterThan(500_000);
  });

  it("stays inside its lists at both ends", () => {
    expect(suggestExperimentName(() => 0)).toMatch(/^a\w{4}-a\w{3}$/);
    expect(suggestExperimentName(() => 1 - Number.EPSILON)).toMatch(/^z\w{4}-z\w{3}$/);
  });
});

describe("isValidExperimentName", () => {
  it.each(["exp.with.dots_and-UPPER+x@y=1", "a", "日本", "lr=0.1", "exp-1a2b3"])("accepts %j", (name) => {
    expect(isValidExperimentName(name)).toBe(true);
  });

  it.each([
    ["", "it is empty"],
    ["a/b", "it holds a '/'"],
    ["a b", "it holds a space"],
    ["a\u0007b", "it holds a control character"],
    ["a~1", "it holds '~'"],
    ["a^", "it holds '^'"],
    ["a:b", "it holds ':'"],
    ["a?", "it holds '?'"],
    ["a*", "it holds '*'"],
    ["a[b", "it holds '['"],
    ["a\\b", "it holds '\\'"],
    ["a..b", "it holds '..'"],
    ["a@{b", "it holds '@{'"],
    [".a", "it starts with '.'"],
    ["-a", "it starts with '-'"],
    ["a.", "it ends with '.'"],
    ["a.lock", "it ends with '.lock'"],
    ["a".repeat(201), "it is longer than 200 characters"],
  ])("refuses %j and says why", (name, reason) => {
    expect(isValidExperimentName(name)).toBe(false);
    expect(explainInvalidExperimentName(name)).toBe(reason);
  });
});
