import { execFileSync } from "node:child_process";
import { shellCommand, shellWord } from "@waymark/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a word is what it was to a shell, whatever is in it", () => {
  const words = fc.array(fc.string({ unit: "grapheme", minLength: 0 }).filter((text) => !text.includes("\0")));
  fc.assert(
    fc.property(words, (texts) => {
      const script = `for word in ${texts.map(shellWord).join(" ")}; do printf '%s\\0' "$word"; done`;
      const said = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
      expect(said).toBe(texts.map((text) => `${text}\0`).join(""));
    }),
    { numRuns: 40 },
  );
});

test("a plain one is left as it is", () => {
  const words = ["brave-bat", "exp.with.dots_and-UPPER+x@y=1", "refs/exps/ab/cd/x", "-n", "x;id", "it's"];
  expect(words.map(shellWord)).toEqual([...words.slice(0, 3), "'-n'", "'x;id'", `'it'\\''s'`]);
});

test("options of a command line stand as they are typed", () => {
  const words = ["python", "train.py", "--lr=0.1", "-x", "--note=a b", "it's", "-"];
  expect(shellCommand(words)).toBe("python train.py --lr=0.1 -x '--note=a b' 'it'\\''s' -");
});
