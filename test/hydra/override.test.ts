import { FloatValue } from "@waymark/core";
import {
  formatOverride,
  OverrideSyntaxError,
  overrideKey,
  overrideValue,
  parseOverride,
  QuotedString,
  toPlain,
} from "@waymark/hydra";
import fc from "fast-check";
import { expect, test } from "vitest";

/** The value of an override as plain data. */
function valueOf(text: string): unknown {
  return toPlain(overrideValue(parseOverride(text)) ?? null);
}

function refusal(text: string): OverrideSyntaxError {
  try {
    parseOverride(text);
  } catch (error) {
    if (error instanceof OverrideSyntaxError) return error;
    throw error;
  }
  throw new Error(`'${text}' was read`);
}

test("tells changes, additions and deletions apart", () => {
  const forms = ["k=v", "+k=v", "++k=v", "~k", "~k=v"].map((text) => parseOverride(text));
  expect(forms.map(({ action }) => action)).toEqual(["change", "add", "force-add", "delete", "delete"]);
  expect(forms.map(({ value }) => value)).toEqual(["v", "v", "v", undefined, "v"]);
});

test("takes dotted paths, groups and packages for keys", () => {
  expect(parseOverride("a.b-c.0=1")).toMatchObject({ key: "a.b-c.0", package: undefined });
  expect(parseOverride("db/engine@src.x=1")).toMatchObject({ key: "db/engine", package: "src.x" });
  expect(overrideKey(parseOverride("+db@=x"))).toBe("+db@");
});

test("keeps the kinds of numbers, and words that are none", () => {
  expect(valueOf("k=[1,1.0,1e3,1_000,-0.5,inf,true,null,01,1x]")).toEqual([
    ...[1, new FloatValue(1), new FloatValue(1000), 1000, new FloatValue(-0.5), new FloatValue(Infinity)],
    ...[true, null, "01", "1x"],
  ]);
  expect(valueOf("k=123456789012345678901234567890")).toBe(123456789012345678901234567890n);
});

test("takes quotes and escapes off, and leaves text in quotes text", () => {
  expect(valueOf("k='1'")).toBe("1");
  expect(valueOf(String.raw`k='it\'s \n'`)).toBe(String.raw`it's \n`);
  expect(valueOf(String.raw`k="a\\"`)).toBe("a\\");
  expect(valueOf(String.raw`k=a\,b\ c`)).toBe("a,b c");
  expect(valueOf("k={a: 'x, y', b: [c d, ${e}]}")).toEqual({ a: "x, y", b: ["c d", "${e}"] });
  expect(parseOverride("k='1'").value).toEqual(new QuotedString("1", "'"));
});

test("casts as Python does", () => {
  expect(valueOf("k=[int(2.9),int('1_0'),str(1.0),str(true),bool(0),bool('TRUE')]")).toEqual([
    2,
    10,
    "1.0",
    "true",
    false,
    true,
  ]);
  expect(valueOf("k=float(3)")).toEqual(new FloatValue(3));
  expect(valueOf("k=int({a:1.5,b:['2']})")).toEqual({ a: 1, b: [2] });
  expect(valueOf("k=json_str({a:[1,1.5,null,'x']})")).toBe('{"a": [1, 1.5, null, "x"]}');
});

test("sorts values, lists and sweeps", () => {
  expect(valueOf("k=sort([3,1.5,true])")).toEqual([true, new FloatValue(1.5), 3]);
  expect(parseOverride("k=sort(b,a,c,reverse=true)").value).toMatchObject({ kind: "choice", items: ["c", "b", "a"] });
  expect(parseOverride("k=sort(range(1,5),reverse=true)").value).toMatchObject({ start: 4, stop: 0, step: -1 });
});

test("says where an override cannot be read, and what to write", () => {
  expect(refusal("lr=a=b")).toMatchObject({
    column: 5,
    message: "The override 'lr=a=b' cannot be read at column 5: '=' stands where the end is expected",
    hint: "Put a value with = in quotes: key='a=b' (and the whole in the quotes of your shell).",
  });
  expect(refusal("lr")).toMatchObject({ column: 3, hint: expect.stringContaining("Write key=value") });
  expect(refusal("lr=[1,2")).toMatchObject({ column: 8, message: expect.stringContaining("',' or ']' is expected") });
  expect(refusal("lr='x")).toMatchObject({ column: 4, message: expect.stringContaining("never closed") });
  expect(refusal("lr=a#b")).toMatchObject({ column: 5, message: expect.stringContaining("'#' cannot stand") });
  expect(refusal("lr=chioce(1,2)")).toMatchObject({ column: 4, hint: "Did you mean choice(…)?" });
  expect(refusal("lr=range(a)")).toMatchObject({
    message: expect.stringContaining("range(): start has to be a number"),
  });
  expect(refusal("a b=1")).toMatchObject({ column: 2, message: expect.stringContaining("in a key") });
});

test("refuses sweeps inside of other values when those are taken", () => {
  const override = parseOverride("k=[choice(1,2)]");
  expect(() => overrideValue(override)).toThrow("a sweep stands inside of a list or a mapping");
});

test("a value that was written reads back as the same value", () => {
  const scalar = fc.oneof(
    fc.constantFrom(
      null,
      true,
      false,
      "",
      "1",
      "null",
      "a b",
      "x,y",
      "it's",
      'say "x"',
      "back\\slash\\",
      "[x]",
      "ü",
      "${a}",
    ),
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new FloatValue(value)),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie("value"), { maxLength: 3 })),
  }));
  const quoted = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(quoted);
    return typeof item === "string" ? new QuotedString(item, item.includes("'") ? '"' : "'") : item;
  };
  fc.assert(
    fc.property(value, (item) => {
      const override = { ...parseOverride("k=1"), value: quoted(item) as never };
      expect(valueOf(formatOverride(override))).toEqual(item);
    }),
  );
});
