import { applyOverrides, type ConfigMap, fromPlain, parseOverride, resolveConfig } from "@waymark/hydra";
import { editParamsFile, parseDataFile, readParamsFile } from "@waymark/pipeline";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toFileValues } from "../../../packages/experiments/src/overrides/file-values.ts";
import { isLong } from "../../support/fault-run.ts";
import { type ApplyCase, askHydra } from "./real-hydra.ts";

/** The long form asks ten times as much. */
const TIMEOUT_MS = isLong ? 900_000 : 60_000;

const YAML =
  "# top\nlr: 0.1 # rate\nname: x\nnested:\n  a: 1 # one\n  b:\n    c: true\nlist:\n- 1\n- a: 2\nempty:\nbig: 1e-05\n";

/** Files that DVC writes as they are laid out: what comes out is the same, byte for byte. */
const SAME_BYTES: readonly ApplyCase[] = [
  ...[
    ["lr=0.2"],
    ["lr=1"],
    ["lr=1e-3"],
    ["lr=1.0"],
    ["lr=inf"],
    ["lr=nan"],
    ["lr=null"],
    ["lr=true"],
    ["lr=a b"],
    ["lr='1'"],
    ["lr='true'"],
    ["lr=''"],
    ["lr=[]"],
    ["lr={}"],
    ["lr="],
    ["lr='a: b'"],
    ["lr='#x'"],
    ["lr='- x'"],
    ["lr=123456789012345678901234567890"],
    ["name=yes"],
    ["name=1_000"],
    ["nested.a=2"],
    ["nested={a:5}"],
    ["nested.b.c=false"],
    ["nested.b={c:[1,2]}"],
    ["list=[3]"],
    ["list=[1,2,3,4]"],
    ["list.0=9"],
    ["list.1.a=3"],
    ["empty=1"],
    ["empty={a:1}"],
    ["+new=1"],
    ["+new.a.b=1"],
    ["+nested.new=x"],
    ["+nested.b={d:1}"],
    ["+new=[1,[2,3],{a:b}]"],
    ["+new={1:x,2.5:y,true:z}"],
    ["+new={a:{b:[]},c:{}}"],
    ["++lr=5"],
    ["++new=5"],
    ["++nested.x.y.z=5"],
    ["~lr"],
    ["~nested.a"],
    ["~nested"],
    ["~lr=0.1"],
    ["~list"],
    ["lr=0.3", "+x=1", "nested.a=7", "~name", "list=[x,y]"],
    ["lr=int(2.7)"],
    ["lr=str(5)"],
    ["lr=float(2)"],
    ["lr=${nested.a}"],
    ["name='${nested.a}-${lr}'"],
    ["name=${list}"],
    ["name=${nested}"],
    ["name=${oc.env:SET}"],
    ["name=${oc.env:UNSET,x}"],
    ["name='${oc.decode:\"[1, {a: ${nested.a}}]\"}'"],
    ["+nested.rel=${.a}"],
    ["+nested.rel=${..lr}"],
    ["+empty=3"],
    ["+k='${oc.dict.keys:nested}'"],
    ["+k='${oc.dict.values:nested.b}'"],
    ["+k='${oc.select:nope,7}'"],
    ["+k='${oc.create:{a:1,b:[2]}}'"],
  ].map((overrides) => ({ name: "params.yaml", text: YAML, overrides })),
  { name: "params.yaml", text: "a: 1\nb: ${a}\nc: x${a}y\nd:\n  e: ${b}\n", overrides: ["a=2"] },
  { name: "params.yaml", text: "", overrides: ["+a=1"] },
  { name: "params.yaml", text: null, overrides: ["+a.b=1", "+c=[1]"] },
  { name: "params.yml", text: "a: 1\n", overrides: ["a=2"] },
  {
    name: "params.json",
    text: '{\n  "a": 1,\n  "b": {"c": 1e-3, "s": "é"}\n}\n',
    overrides: ["a=2.0", "+d=[1,{x:null}]", "b.c=1e-7"],
  },
  { name: "params.json", text: '{"a": 1}', overrides: ["a=nan"] },
  { name: "params.json", text: null, overrides: ["+a=1"] },
  { name: "params.json", text: '{"a": {"b": 1}}', overrides: ["~a.b"] },
  ...[
    ["lr=0.2"],
    ["lr=2", "name=abc def", "flag=false"],
    ["list=[3]"],
    ["list=[a,[b]]"],
    ["m.d=4", "m.q.a=5"],
    ["+root=1"],
    ["+m.k='a\"b'"],
    ["+new.a.b=1"],
    ["+new={a:1,b:{c:2}}"],
    ["~lr"],
    ["~m.d"],
    ["name=1e-7"],
    ["m.n.z=[1,2]"],
    ["lr='x\\\\y'"],
  ].map((overrides) => ({
    name: "params.toml",
    text: "# top\nlr = 0.1 # rate\nname = 'x'\nflag = true\nlist = [1, 2] # l\n\n[m]\nd = 3 # depth\nq = {a = 1, b = 2}\n\n[m.n]\nz = true\n",
    overrides,
  })),
  { name: "params.toml", text: null, overrides: ["+lr=[1,x,[2]]", "+t={a:1,b:{c:2}}", "+u=1e-7"] },
  {
    name: "params.py",
    text: "lr = 0.1\nclass T:\n    a = 3  # three\n    b = True\n",
    overrides: ["lr=0.2", "T.a=4", "T.b=false"],
  },
];

/** What DVC refuses, or cannot write. */
const REFUSED: readonly ApplyCase[] = [
  ...[
    ["nope=1"],
    ["nested.nope=1"],
    ["nested={nope:1}"],
    ["lr.x=1"],
    ["+lr=1"],
    ["+nested.a=2"],
    ["~nope"],
    ["~lr=0.2"],
    ["~empty"],
    ["list.5=1"],
    ["list.x=1"],
    ["list={a:1}"],
    ["nested=[1]"],
    ["~list.0"],
    ["lr=${nope}"],
    ["lr=${lr}"],
    ["lr='${oc.env:UNSET}'"],
    ["lr='${unknown:1}'"],
    ["lr='${a b}'"],
    ["lr=???"],
    ["lr@x=1"],
    ["+x={null:1}"],
    ["lr=[choice(1,2)]"],
    ["+nested.b.c.d='${.nope}'"],
    ["nested.a=${nested}"],
    ["name='${oc.decode:${nested.a}}'"],
  ].map((overrides) => ({ name: "params.yaml", text: YAML, overrides })),
  { name: "params.yaml", text: "a: ???\nb: 1\n", overrides: ["b=2"] },
  { name: "params.yaml", text: "a: [1\n", overrides: ["b=2"] },
  { name: "params.yaml", text: "- 1\n", overrides: ["b=2"] },
  { name: "params.json", text: "{", overrides: ["+b=2"] },
  { name: "params.toml", text: "a = 1\n", overrides: ["a=null"] },
  { name: "params.py", text: "a = 1\n", overrides: ["+b=2"] },
];

function apply({ name, text, overrides }: ApplyCase): string {
  const data = text === null ? undefined : new TextEncoder().encode(text);
  const before = readParamsFile(name, data);
  const env = { SET: "from the environment" };
  const changed = applyOverrides(
    fromPlain(before) as ConfigMap,
    overrides.map((override) => parseOverride(override)),
    { env },
  );
  return new TextDecoder().decode(
    editParamsFile(name, data, toFileValues(resolveConfig(changed, { env, refuseMissing: true }), before)),
  );
}

function applyOrRefuse(given: ApplyCase): string {
  try {
    return apply(given);
  } catch (error) {
    expect(error).toHaveProperty("code");
    return "refused";
  }
}

test("edits params files to the bytes that DVC writes", () => {
  const theirs = askHydra("apply", SAME_BYTES).map((answer) => ("error" in answer ? answer.error : answer.answer));
  const named = (texts: readonly string[]): unknown[] =>
    texts.map((text, at) => [SAME_BYTES[at]?.name, SAME_BYTES[at]?.overrides, text]);
  expect(named(SAME_BYTES.map(applyOrRefuse))).toEqual(named(theirs));
});

test("refuses what DVC refuses", () => {
  const theirs = askHydra("apply", REFUSED).map((answer) => ("error" in answer ? "refused" : answer.answer));
  const named = (texts: readonly string[]): unknown[] => texts.map((text, at) => [REFUSED[at]?.overrides, text]);
  expect(named(REFUSED.map(applyOrRefuse))).toEqual(named(theirs));
});

test("changes the values that DVC changes where it keeps a layout that DVC does not", () => {
  const text =
    "a: {x: 1, y: [1, 2]} # flow\nb:   'q'   # far\n\n\nc:\n    - 1\n    -   2 # two\nd: |\n  text\n  more\ne: \"q\"\n? f\n: 1\n";
  const all: ApplyCase[] = [
    ["a.x=2"],
    ["a.y=[3]"],
    ["+a.z=1"],
    ["~a.x"],
    ["b=r"],
    ["c=[9]"],
    ["c.1=5"],
    ["d=x"],
    ["e=f"],
    ["+g=1"],
    ["~d"],
    ["f=2"],
    ["a=1"],
  ].map((overrides) => ({ name: "params.yaml", text, overrides }));
  const theirs = askHydra("apply", all).map((answer) => ("error" in answer ? answer.error : valuesOf(answer.answer)));
  expect(all.map((given) => valuesOf(apply(given)))).toEqual(theirs);
});

function valuesOf(text: string): unknown {
  return parseDataFile("params.yaml", new TextEncoder().encode(text));
}

const KEY = fc.constantFrom("a", "b", "c", "d.e", "d.f", "d.g.h", "l", "l.0", "n");
const VALUE = fc.constantFrom(
  "1",
  "1.5",
  "x",
  "'y z'",
  "null",
  "true",
  "[1,2]",
  "[]",
  "{}",
  "{e:9}",
  "{x:{y:1}}",
  "[{q:1}]",
  "${a}",
  "'${d.e}!'",
  "1e-9",
);
const OVERRIDE = fc.tuple(fc.constantFrom("", "", "+", "++", "~"), KEY, VALUE).map(([prefix, key, value]) => {
  return prefix === "~" ? `~${key}` : `${prefix}${key}=${value}`;
});

test(
  "makes of random overrides what DVC makes of them",
  () => {
    const text = "a: 1\nb: x\nc:\nd:\n  e: 2\n  f: ${a}\n  g:\n    h: 3\nl:\n- 1\n- 2\n";
    const lists = fc.sample(fc.array(OVERRIDE, { minLength: 1, maxLength: 3 }), {
      numRuns: isLong ? 3000 : 250,
      seed: 3,
    });
    const all = lists.map((overrides) => ({ name: "params.yaml", text, overrides }));
    const theirs = askHydra("apply", all).map((answer) => ("error" in answer ? "refused" : answer.answer));
    expect(all.map((given, at) => [lists[at], applyOrRefuse(given)])).toEqual(
      theirs.map((answer, at) => [lists[at], answer]),
    );
  },
  TIMEOUT_MS,
);
