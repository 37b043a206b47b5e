import { expandSweep, parseOverride, type SweepOptions } from "@waymark/hydra";
import { expect, test } from "vitest";

function expand(texts: readonly string[], options?: SweepOptions): readonly (readonly string[])[] {
  return expandSweep(
    texts.map((text) => parseOverride(text)),
    options,
  );
}

/** Values that one key takes, run by run. */
function valuesOf(text: string, options?: SweepOptions): string[] {
  return expand([text], options).map(([override = ""]) => override.slice(override.indexOf("=") + 1));
}

test("varies the last override fastest", () => {
  expect(expand(["lr=0.1,0.2", "+epochs=1,2"])).toEqual([
    ["lr=0.1", "+epochs=1"],
    ["lr=0.1", "+epochs=2"],
    ["lr=0.2", "+epochs=1"],
    ["lr=0.2", "+epochs=2"],
  ]);
});

test("lets a key that is given again take the place of its first", () => {
  expect(expand(["a=1,2", "b=x", "a=3"])).toEqual([["a=3", "b=x"]]);
});

test("counts ranges of floats as Python's decimals do", () => {
  expect(valuesOf("a=range(0,1,0.1)")).toEqual([
    "0.0",
    "0.1",
    "0.2",
    "0.3",
    "0.4",
    "0.5",
    "0.6",
    "0.7000000000000001",
    "0.8",
    "0.9",
  ]);
  expect(valuesOf("a=range(3)")).toEqual(["0", "1", "2"]);
  expect(valuesOf("a=range(5,0,-2)")).toEqual(["5", "3", "1"]);
});

test("shuffles the same way for the same seed", () => {
  const first = valuesOf("a=shuffle(range(20))", { seed: 1 });
  expect(valuesOf("a=shuffle(range(20))", { seed: 1 })).toEqual(first);
  expect(valuesOf("a=shuffle(range(20))", { seed: 2 })).not.toEqual(first);
  expect(first.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at));
});

test("looks for the options of a group", () => {
  const listOptions = (group: string): string[] | undefined =>
    group === "db" ? ["mysql", "postgres", "sqlite"] : undefined;
  expect(valuesOf("db=glob(*sql*)", { listOptions })).toEqual(["mysql", "sqlite"]);
  expect(valuesOf("db=glob(*,exclude=[m*,'[p]*'])", { listOptions })).toEqual(["sqlite"]);
  expect(() => expand(["db=glob(x*)"], { listOptions })).toThrow("matches none of mysql, postgres, sqlite");
  expect(() => expand(["nope=glob(*)"], { listOptions })).toThrow("there is no such group");
});

test("refuses absurdly large sweeps with their count, before anything is spread out", () => {
  expect(() => expand(["a=range(1000000000)"])).toThrow("The sweep has 1,000,000,000 runs, and at most 10,000");
  expect(() => expand(["a=range(0,inf)", "b=1,2"])).toThrow("endlessly many");
  expect(() => expand(["a=range(0,1,1e-300)"])).toThrow("runs, and at most");
  const many = Array.from({ length: 40 }, (_, at) => `k${at}=1,2,3`);
  expect(() => expand(many)).toThrow("12,157,665,459,056,929,000 runs");
  expect(expand(["a=range(100)", "b=range(100)"])).toHaveLength(10_000);
  expect(() => expand(["a=1,2,3"], { maxRuns: 2 })).toThrow("has 3 runs, and at most 2");
});

test("asks for the number of trials of an interval", () => {
  expect(() => expand(["a=interval(0,1)"])).toThrow("'a=interval(0,1)' can be drawn from without end");
  expect(() => expand(["a=interval(0,1)"], { trials: 0 })).toThrow("0 is no number of trials");
  expect(() => expand(["a=interval(1,1)"], { trials: 2 })).toThrow("nothing to draw from interval(1,1)");
  expect(() => expand(["a=tag(log,interval(0,1))"], { trials: 2 })).toThrow("has no logarithm at its start");
});

test("draws the same values for the same seed, inside of their interval", () => {
  for (const sampling of ["random", "quasi-random"] as const) {
    const options = { trials: 200, seed: 3, sampling };
    const values = valuesOf("a=interval(-2,5)", options).map(Number);
    expect(values.every((value) => value >= -2 && value < 5)).toBe(true);
    expect(valuesOf("a=interval(-2,5)", options).map(Number)).toEqual(values);
    expect(valuesOf("a=interval(-2,5)", { ...options, seed: 4 }).map(Number)).not.toEqual(values);
  }
});

test("draws integers where an interval was cast, and by magnitude where it is tagged log", () => {
  const whole = valuesOf("a=int(interval(1,4))", { trials: 300 });
  expect(new Set(whole)).toEqual(new Set(["1", "2", "3"]));
  const logarithms = valuesOf("a=tag(log,interval(1e-4,1))", { trials: 256 }).map((value) =>
    Math.floor(Math.log10(Number(value))),
  );
  for (const magnitude of [-4, -3, -2, -1]) {
    expect(logarithms.filter((value) => value === magnitude)).toHaveLength(64);
  }
});

test("spreads quasi-random points evenly over each interval and over two together", () => {
  const points = expand(["a=interval(0,1)", "b=interval(0,1)", "c=interval(0,1)"], { trials: 64, seed: 9 }).map((run) =>
    run.map((override) => Number(override.slice(2))),
  );
  for (const dimension of [0, 1, 2]) {
    const cells = points.map((point) => Math.floor((point[dimension] ?? 0) * 64));
    expect(new Set(cells).size).toBe(64);
  }
  const squares = points.map(([a = 0, b = 0]) => Math.floor(a * 8) * 8 + Math.floor(b * 8));
  expect(new Set(squares).size).toBe(64);
});

test("tries each point of the intervals with every combination of the rest", () => {
  const runs = expand(["x=a,b", "lr=interval(0,1)", "wd=interval(0,1)", "y=1,2"], { trials: 3 });
  expect(runs).toHaveLength(12);
  expect(new Set(runs.map(([, lr, wd]) => `${lr} ${wd}`)).size).toBe(3);
  expect(runs.slice(0, 2).map(([x, , , y]) => [x, y])).toEqual([
    ["x=a", "y=1"],
    ["x=a", "y=2"],
  ]);
});
