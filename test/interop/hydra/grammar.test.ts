import { parseOverride } from "@waymark/hydra";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isLong } from "../../support/fault-run.ts";
import { OVERRIDES } from "./override-corpus.ts";
import { askHydra, encodeOverride } from "./real-hydra.ts";

/** The long form asks ten times as much. */
const TIMEOUT_MS = isLong ? 900_000 : 60_000;

function expectSame(texts: readonly string[]): void {
  const answers = askHydra("parse", texts);
  const theirs = answers.map((answer, at) => [texts[at], "error" in answer ? "refused" : answer.answer]);
  const ours = texts.map((text) => [text, parseOrRefuse(text)]);
  expect(ours).toEqual(theirs);
}

function parseOrRefuse(text: string): unknown {
  try {
    return encodeOverride(parseOverride(text));
  } catch (error) {
    expect(error).toMatchObject({ code: "OVERRIDE_SYNTAX" });
    return "refused";
  }
}

test("reads and refuses the overrides of a corpus as Hydra does", () => {
  expectSame(OVERRIDES);
});

/** Pieces that matter to the grammar, strung together at random. */
const PIECE = fc.constantFrom(
  ...[
    "a",
    "b1",
    "_",
    "1",
    "0",
    "-1",
    "1.5",
    "1e3",
    ".",
    ",",
    ":",
    "=",
    " ",
    "\t",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "\\",
    "\\\\",
  ],
  ...[
    "${",
    "}",
    "${a}",
    "$",
    "+",
    "~",
    "@",
    "/",
    "null",
    "true",
    "inf",
    "choice(",
    "range(",
    "int(",
    "sort(",
    "tag(",
    "'x'",
    '"y"',
    "#",
    "é",
  ],
);
const TEXT = fc.array(PIECE, { maxLength: 12 }).map((pieces) => pieces.join(""));
const TYPED = fc.oneof(
  TEXT,
  TEXT.map((value) => `key=${value}`),
);

test(
  "reads and refuses random overrides as Hydra does",
  () => {
    const texts = fc.sample(TYPED, { numRuns: isLong ? 20_000 : 1500, seed: 20 });
    expectSame([...new Set(texts)].filter((text) => !text.includes("shuffle(")));
  },
  TIMEOUT_MS,
);
