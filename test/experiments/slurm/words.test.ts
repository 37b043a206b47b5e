import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBatchScript, formatJobName } from "../../../packages/experiments/src/executors/slurm/batch-script.ts";
import { SbatchOptionsError } from "../../../packages/experiments/src/executors/slurm/errors.ts";
import { quoteWord, splitWords } from "../../../packages/experiments/src/executors/slurm/words.ts";

describe("words of a command line", () => {
  it("splits at blanks, and keeps together what quotes and backslashes hold", () => {
    expect(splitWords(String.raw`--partition=gpu  -t 1:00 --comment='two words' --x="a \"b\" \$c" d\ e ''`)).toEqual([
      "--partition=gpu",
      "-t",
      "1:00",
      "--comment=two words",
      '--x=a "b" $c',
      "d e",
      "",
    ]);
  });

  it("replaces nothing: dollars and backquotes stand for themselves", () => {
    expect(splitWords("--comment=$(id) `id` $HOME ~ * ;")).toEqual(["--comment=$(id)", "`id`", "$HOME", "~", "*", ";"]);
  });

  it("refuses a quote that is never closed", () => {
    expect(() => splitWords("--comment='oops")).toThrow(SbatchOptionsError);
    expect(() => splitWords('--comment="oops')).toThrow(/never closed/u);
  });

  it("gives back every list of words that was quoted", () => {
    const odd = fc.constantFrom("'", '"', "\\", "\n", " ", "$(id)", "`", "ü✓", "");
    const words = fc.array(fc.array(fc.oneof(odd, fc.string())).map((parts) => parts.join("")));
    fc.assert(
      fc.property(words, (list) => {
        expect(splitWords(list.map(quoteWord).join(" "))).toEqual(list);
      }),
    );
  });
});

describe("the script of a job", () => {
  it("becomes the program, with every word as it is, whatever a shell would make of it", () => {
    const odd = ["$(touch /tmp/never)", "`id`", "it's", "a\nb", '"', "\\", "-n", "ü ✓", "*", "'; exit 7; '"];
    const script = formatBatchScript({ command: ["/usr/bin/printf", "<%s>", ...odd], about: "x\nrm -rf ✓" });
    const printed = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
    expect(printed).toBe(odd.map((word) => `<${word}>`).join(""));
  });

  it("keeps its comment on one line of plain letters", () => {
    expect(formatBatchScript({ command: ["waymark", "x"], about: "tasks of\nmain" })).toBe(
      "#!/bin/sh\n# tasks of?main\nexec 'waymark' 'x'\n",
    );
  });

  it("is named after its first task, in letters that every tool can show", () => {
    expect(formatJobName(["brave-bat"])).toBe("waymark-brave-bat");
    expect(formatJobName(["a b;$(id)%j", "two", "three"])).toBe("waymark-a_b___id__j+2");
    expect(formatJobName(["x".repeat(200)])).toHaveLength(68);
  });
});
