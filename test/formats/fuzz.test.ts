import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  editDvcYaml,
  parseCommitMessage,
  parseDvcFile,
  parseDvcYaml,
  parseMetricHistory,
  parseParams,
  parsePythonJson,
  parseSummary,
  parseYaml,
  TrackerError,
} from "@waymark/core";

const ENTRIES = {
  dir: "live",
  params: ["live/params.yaml"],
  metrics: ["live/metrics.json"],
  plots: [{ "live/plots/metrics": { x: "step" } }],
  artifacts: { m: { path: "m.bin" } },
};

const READERS: readonly [string, string, (text: string) => unknown][] = [
  ["histories", 'step\tloss\n0\t0.5\n1\t"a\tb"\n', (text) => parseMetricHistory(text)],
  ["JSON", '{"a": [1, 2.5, NaN, "x\\u00e9"], "b": {"c": null}}', (text) => parsePythonJson(text)],
  ["summaries", '{\n    "train": {\n        "loss": 0.5\n    }\n}\n', (text) => parseSummary(text)],
  ["YAML", "a: &x [1, 'b', \"c\\n\"]\nb: {c: *x, d: |\n  text\n}\n- : ?\n", (text) => parseYaml(text)],
  ["params", "lr: 0.1\nopt:\n  name: adam\n  betas: [0.9, 0.999]\n", (text) => parseParams(text)],
  ["dvc.yaml", "stages:\n  a:\n    cmd: x\nplots:\n- live/plots/metrics:\n    x: step\n", (text) => parseDvcYaml(text)],
  [
    "edits of dvc.yaml",
    "metrics: [a, live/metrics.json]\nplots:\n- &p b: {x: y}\n- *p\n",
    (text) => editDvcYaml(text, ENTRIES),
  ],
  [".dvc files", "outs:\n- md5: abc\n  size: 1\n  path: m.bin\n", (text) => parseDvcFile(text)],
  ["commit messages", 'Title\n\nWaymark-Step: 1\nWaymark-Command: ["a"]\n', (text) => parseCommitMessage(text)],
];

/** A valid text with pieces taken out, repeated, and put in. */
function damaged(text: string): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom(
      "\t",
      "\n",
      "\r\n",
      "\0",
      "__proto__",
      ": ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      "&a ",
      "*a ",
      "!!x ",
      "<<: ",
      "|\n",
      "? ",
      "%",
      "\ud800",
      "\ufeff",
      "1e999",
    ),
  );
  const cut = fc.tuple(fc.nat(text.length), fc.nat(6), piece);
  return fc
    .array(cut, { minLength: 1, maxLength: 6 })
    .map((cuts) =>
      cuts.reduce((damage, [at, length, insert]) => damage.slice(0, at) + insert + damage.slice(at + length), text),
    );
}

describe("readers of files that anything may have happened to", () => {
  it.each(READERS)("either read or refuse %s, with an error of ours", (_, valid, read) => {
    fc.assert(
      fc.property(fc.oneof(damaged(valid), fc.string({ unit: "binary", maxLength: 60 })), (text) => {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TrackerError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 200, seed: 20240607 },
    );
  });

  it("take time that grows with the text, not with what it could mean", () => {
    const long = 20_000;
    const texts = [
      "[".repeat(long),
      "{a: ".repeat(long),
      "- ".repeat(long),
      "a:\n".repeat(long),
      "'".repeat(long),
      '"\\'.repeat(long),
      `1${"0".repeat(long)}`,
      `a: ${"9".repeat(long)}`,
      "_".repeat(long),
      `a: ${" ".repeat(long)}b #`,
      "\t".repeat(long),
      '"a\n'.repeat(long),
      "&a ".repeat(1000),
      "? ".repeat(1000),
      "Waymark-".repeat(long),
    ];
    for (const text of texts) {
      for (const [, , read] of READERS) {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TrackerError);
        }
      }
    }
  });
});
