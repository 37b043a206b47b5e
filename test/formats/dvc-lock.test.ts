import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDvcLock, formatDvcLock, MalformedDvcLockError, parseDvcLock, type DvcLockStage } from "@waymark/core";

const PREPARE: DvcLockStage = {
  cmd: "mkdir -p prep && sort raw.txt > prep/a.txt && cp raw.txt prep/b.txt",
  deps: [{ path: "raw.txt", hash: "md5", md5: "c50b8a351c4f73c8f4faac01e26bcbff", size: 6 }],
  params: { "params.yaml": { prepare: { top: 2 } } },
  outs: [{ path: "prep", hash: "md5", md5: "a6c027a88549d72dc007d67f93c1dad2.dir", size: 12, nfiles: 2 }],
};
const TRAIN: DvcLockStage = {
  cmd: `cat prep/a.txt > model.txt && echo '{"acc":0.9}' > metrics.json`,
  deps: [{ path: "prep", hash: "md5", md5: "a6c027a88549d72dc007d67f93c1dad2.dir", size: 12, nfiles: 2 }],
  params: { "params.yaml": { "train.epochs": 3, "train.lr": 0.001 } },
  outs: [
    { path: "metrics.json", hash: "md5", md5: "3b42fffb5569bd01eb764a4f395f7f1d", size: 12 },
    { path: "model.txt", hash: "md5", md5: "40c53c58fdafacc83cfff6ee3d2f6d69", size: 6 },
  ],
};
const MD5 = "c50b8a351c4f73c8f4faac01e26bcbff";

/** What DVC wrote for this pipeline: 890 bytes. */
const VECTOR = "d0dbf34e3cc7cd5092e4003dc426b222";

function md5(text: string | undefined): string {
  return createHash("md5")
    .update(text ?? "")
    .digest("hex");
}

describe("formatDvcLock", () => {
  test("writes the bytes DVC writes", () => {
    const text = formatDvcLock({ stages: { prepare: PREPARE, train: TRAIN } });
    expect(text.length).toBe(890);
    expect(md5(text)).toBe(VECTOR);
  });

  test("reads back what it writes, numbers with their kind", () => {
    const text = formatDvcLock({ stages: { train: TRAIN } });
    expect(formatDvcLock(parseDvcLock(text))).toBe(text);
    const whole =
      "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    params:\n      params.yaml:\n        lr: 1.0\n        n: 1\n";
    expect(formatDvcLock(parseDvcLock(whole))).toBe(whole);
  });

  test("quotes a hash that looks like a number", () => {
    const stage = { cmd: "x", outs: [{ path: "o", hash: "md5", md5: "0e462097431906509019562988736854" }] };
    const text = formatDvcLock({ stages: { a: stage } });
    expect(text).toContain("md5: '0e462097431906509019562988736854'");
    expect(parseDvcLock(text).stages["a"]?.outs?.[0]?.["md5"]).toBe("0e462097431906509019562988736854");
  });
});

describe("parseDvcLock", () => {
  test.each([
    ["stages: {}\n", "it has no 'schema'"],
    ["schema: '1.0'\nstages: {}\n", "its 'schema' is '1.0'"],
    ["train:\n  cmd: x\n", "it has no 'schema'"],
    ["schema: '2.0'\nmore: 1\n", "'more' is not a key DVC knows"],
    ["schema: '2.0'\nstages:\n  a:\n    cmd: x\n    foo: 1\n", "'stages -> a -> foo'"],
    ["schema: '2.0'\nstages:\n  a:\n    deps: []\n", "cmd"],
    ["schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - md5: y\n", "'stages -> a -> outs -> 1' has no 'path'"],
  ])("refuses what DVC 3 refuses: %j", (text, reason) => {
    expect(() => parseDvcLock(text, { path: "sub/dvc.lock" })).toThrow(MalformedDvcLockError);
    expect(() => parseDvcLock(text, { path: "sub/dvc.lock" })).toThrow(reason);
  });
});

describe("editDvcLock", () => {
  test("builds the file stage by stage with the bytes DVC writes", () => {
    const first = editDvcLock(undefined, new Map([["prepare", PREPARE]]));
    expect(md5(editDvcLock(first, new Map([["train", TRAIN]])))).toBe(VECTOR);
  });

  test("changes one stage and keeps every other byte", () => {
    const text = `# ours
schema: '2.0'
stages:
  # the first
  'a b':   # odd name
    cmd: old
  gone:
    cmd:   "kept as it is"   # and this
    outs: [{path: x, md5: ${MD5}}]

  # the last
  b:
    cmd: |
      two
      lines
datasets: []
# end
`;
    const edited = editDvcLock(
      text,
      new Map([
        ["b", { cmd: "new" }],
        ["c", { cmd: ["x", "y"] }],
      ]),
    );
    expect(edited).toBe(
      text.replace("    cmd: |\n      two\n      lines\n", "    cmd: new\n  c:\n    cmd:\n    - x\n    - y\n"),
    );
  });

  test("leaves an entry that says the same in another layout", () => {
    const text = `schema: "2.0"\nstages:\n    a:\n        cmd: "x"\n        params: {params.yaml: {lr: 0.1}}\n`;
    expect(editDvcLock(text, new Map([["a", { cmd: "x", params: { "params.yaml": { lr: 0.1 } } }]]))).toBe(text);
  });

  test("records 1.0 where 1 was", () => {
    const text = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    params:\n      p.yaml:\n        n: 1\n";
    const wanted = parseDvcLock(text.replace("n: 1", "n: 1.0")).stages["a"];
    expect(editDvcLock(text, new Map([["a", wanted]]))).toBe(text.replace("n: 1", "n: 1.0"));
  });

  test("keeps Windows line ends", () => {
    const text = "schema: '2.0'\r\nstages:\r\n  a:\r\n    cmd: x\r\n  b:\r\n    cmd: y\r\n";
    expect(editDvcLock(text, new Map([["a", { cmd: "z" }]]))).toBe(text.replace("x", "z"));
  });

  test("takes a stage out, and the file with its last one", () => {
    const two = editDvcLock(
      undefined,
      new Map([
        ["a", { cmd: "x" }],
        ["b", { cmd: "y" }],
      ]),
    );
    const one = editDvcLock(two, new Map([["a", undefined]]));
    expect(one).toBe("schema: '2.0'\nstages:\n  b:\n    cmd: y\n");
    expect(editDvcLock(one, new Map([["a", undefined]]))).toBe(one);
    expect(editDvcLock(one, new Map([["b", undefined]]))).toBeUndefined();
  });

  test.each([
    "schema: '2.0'\nstages: {}\n",
    "schema: '2.0'\n",
    "{schema: '2.0', stages: {b: {cmd: y}}}\n",
    "schema: '2.0'\nstages:\n  b: &x\n    cmd: y\n  a:\n    cmd: z\n",
    "schema: '2.0'\nstages:\n  ? a\n  : cmd: z\n",
  ])("writes a file anew that is laid out as neither tool does: %j", (text) => {
    const before = parseDvcLock(text).stages;
    const after = parseDvcLock(editDvcLock(text, new Map([["a", TRAIN]])) ?? "").stages;
    expect(after).toEqual(parseDvcLock(formatDvcLock({ stages: { ...before, a: TRAIN } })).stages);
  });

  test("says the same as writing the whole, for any names and texts", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", " ", ":", "#", "'", '"', "-", "\n", "&", "*", "{", "é", "1"),
    });
    const stage = fc.record({
      cmd: fc.oneof(text, fc.array(text)),
      outs: fc.array(fc.record({ path: text, md5: text })),
    });
    const name = fc.oneof(fc.constantFrom("a", "b", "c@1", "1", "true"), text);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, stage), { maxLength: 6 }), (edits) => {
        const stages = new Map<string, DvcLockStage>();
        let edited: string | undefined;
        for (const [key, value] of edits) {
          stages.set(key, value);
          edited = editDvcLock(edited, new Map([[key, value]]));
        }
        const whole = stages.size === 0 ? undefined : formatDvcLock({ stages: nullObject(stages) });
        expect(edited === undefined ? undefined : parseDvcLock(edited).stages).toEqual(
          whole === undefined ? undefined : parseDvcLock(whole).stages,
        );
      }),
    );
  });
});

function nullObject<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}
