import { expandSweep, expandSweeps, parseOverride } from "@waymark/hydra";
import fc from "fast-check";
import { expect, test } from "vitest";
import { groupByFile } from "../../../packages/experiments/src/overrides/split-override.ts";
import { isLong } from "../../support/fault-run.ts";
import { askHydra } from "./real-hydra.ts";

/** The long form asks ten times as much. */
const TIMEOUT_MS = isLong ? 900_000 : 60_000;

const SWEEPS: readonly (readonly string[])[] = [
  ["lr=0.1,0.2", "epochs=1,2"],
  ["lr=0.1", "epochs=1,2", "lr=0.5,0.6"],
  ["a=choice(a b,'1',\"x\\\"y\",[1,'2'],{k:[v]})", "+b=range(3)", "~c", "~d=1", "++e@f=x,y"],
  ["a=range(0,1,0.1)"],
  ["a=range(1,0,-0.3)"],
  ["a=range(0.1,5,0.7)"],
  ["a=range(1e-3,1e-2,1e-3)"],
  ["a=range(0,1e16,3e15)"],
  ["a=range(-5,5,2)", "b=range(5,-5,-3)"],
  ["a=range(1,1)", "b=1,2"],
  ["a=range(3,1)"],
  ["a=range(0,3,0)"],
  ["a=range(0.0,3,0)"],
  ["a=range(nan,3)"],
  ["a=1,'1',1.0,true,null,inf,nan,-inf,1e-7,1e16,123456789012345678901"],
  ["a='a,b',\"c'd\",'e\\'f','g\\\\',h\\,i,\\(j\\),'',' '"],
  ["a=[1,2],[a b,c]", "b={a:1},{b:{c:d}}"],
  ["a=${b},'${c}'", "d=x${e}y,z"],
  ["a=int(1.5,2.5)", "b=str(1,2)", "c=float(1,2)", "d=bool(0,1)"],
  ["a=sort(3,1,2)", "b=sort(range(1,5),reverse=true)", "c=sort(choice(b,a))"],
  ["a=sort(range(10,1,-2))"],
  ["a=sort(range(1,10,4),reverse=true)"],
  ["a=int(range(1.5,4.5))"],
  ["a=float(range(1,4))"],
  ["a=tag(x,choice(1,2))"],
  ["a=str([1,true])", "b=1,2"],
  ["a=interval(0,1)"],
  ["a=choice(1,choice(2,3))"],
  ["a=1,choice(2,3)"],
  ["a=[choice(1,2)]", "b=1,2"],
  ["a="],
  ["a=1"],
  [],
  ["a=/x/y,C:\\z,a%b,http://h:1/p"],
];

function expectSame(cases: readonly (readonly string[])[]): void {
  const theirs = askHydra("sweep", cases).map((answer) => ("error" in answer ? "refused" : answer.answer));
  const ours = cases.map((texts) => {
    try {
      return expandSweep(
        texts.map((text) => parseOverride(text)),
        { maxRuns: 1_000_000 },
      );
    } catch (error) {
      expect(error).toHaveProperty("code");
      return "refused";
    }
  });
  expect(ours.map((runs, at) => [cases[at], runs])).toEqual(theirs.map((runs, at) => [cases[at], runs]));
}

test("spreads sweeps in Hydra's order, and writes each value as Hydra does", () => {
  expectSame(SWEEPS);
});

const NUMBER = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.double({ min: -3, max: 3, noNaN: true }).map((value) => value.toFixed(3)),
);
const STEP = fc.constantFrom("1", "2", "-1", "0.1", "0.25", "-0.3", "0.7", "1e-1");
const VALUE = fc.oneof(
  fc.tuple(NUMBER, NUMBER, STEP).map(([from, to, by]) => `range(${from},${to},${by})`),
  fc
    .array(fc.constantFrom("1", "a", "b c", "'x,y'", "[1,2]", "{k:v}", "1.50", "null", "True", "'1'"), {
      minLength: 1,
      maxLength: 3,
    })
    .map(String),
);
const KEY = fc.constantFrom("a", "b", "c.d", "+e", "++f", "g@h");

test(
  "spreads random sweeps as Hydra does",
  () => {
    const override = fc.tuple(KEY, VALUE).map(([key, value]) => `${key}=${value}`);
    expectSame(fc.sample(fc.array(override, { maxLength: 3 }), { numRuns: isLong ? 3000 : 150, seed: 7 }));
  },
  TIMEOUT_MS,
);

test("groups overrides by file and varies the last file fastest, as DVC does", () => {
  const cases = [
    ["lr=1,2", "other.yaml:a=x,y", "b=3,4"],
    ["other.yaml:a=1", "lr=1,2", "other.yaml:b=range(2)", "dir/x.toml:+c=5,6"],
    ["params.yaml:lr=1,2", "lr=3"],
    ["a.yaml:b={c:d},e", "a='x:y',z", "~a.yaml:k"],
    ["x:y:z=1,2"],
    ["x:~k", "~m", "x:l=1,2"],
    [":a=1,2"],
  ];
  const theirs = askHydra("files", cases).map((answer) => ("error" in answer ? "refused" : answer.answer));
  const ours = cases.map((typed) => {
    try {
      const groups = [...groupByFile(typed)].map(
        ([file, texts]) => [file, texts.map((text) => parseOverride(text))] as const,
      );
      return expandSweeps(new Map(groups)).map((run) => [...run]);
    } catch (error) {
      expect(error).toHaveProperty("code");
      return "refused";
    }
  });
  expect(ours).toEqual(theirs);
});
