import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommitTrailers, defaultExperimentMessage, formatCommitMessage, parseCommitMessage } from "@waymark/core";

const FULL: CommitTrailers = {
  runId: "8f14e45f",
  step: 3,
  status: "interrupted",
  checkpoints: ["model.bin", "out/opt\nstate"],
  reason: "SIGINT",
  command: ["node", "train.js", "--name", 'a "b"\n'],
  cwd: ".",
  folder: "live",
  forkedFrom: "amber-kite@2",
};

describe("commit messages", () => {
  it("have the text first and one trailer a line", () => {
    expect(formatCommitMessage({ text: "Try more layers\n\nBecause.\n", trailers: FULL })).toBe(`Try more layers

Because.

Waymark-Run: 8f14e45f
Waymark-Step: 3
Waymark-Status: interrupted
Waymark-Checkpoint: model.bin
Waymark-Checkpoint: out/opt\\nstate
Waymark-Reason: SIGINT
Waymark-Command: ["node","train.js","--name","a \\\\"b\\\\"\\\\n"]
Waymark-Cwd: .
Waymark-Folder: live
Waymark-Forked-From: amber-kite@2
`);
  });

  it("of DVC's making stand for experiments without trailers", () => {
    const text = defaultExperimentMessage();
    expect(text).toBe("dvc: commit experiment 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(parseCommitMessage(`${text}\n`)).toMatchObject({ text, trailers: { step: undefined, checkpoints: [] } });
  });

  it("are read back as they were", () => {
    const line = fc.string({ maxLength: 20 });
    const trailers = fc.record(
      {
        runId: line,
        step: fc.oneof(
          fc.integer(),
          fc.double({ noNaN: true, noDefaultInfinity: true }).filter((step) => !Object.is(step, -0)),
        ),
        status: fc.constantFrom("running", "finished", "interrupted", "failed"),
        checkpoints: fc.array(line, { maxLength: 3 }),
        reason: line,
        command: fc.array(line, { maxLength: 3 }),
        cwd: line,
        folder: line,
        forkedFrom: line,
      },
      { requiredKeys: ["runId"], noNullPrototype: true },
    );
    const text = fc.string().map((each) => each.replaceAll(/[\r\n]/g, " ").trim());
    fc.assert(
      fc.property(text, trailers as fc.Arbitrary<CommitTrailers>, (subject, wanted) => {
        const message = formatCommitMessage({ text: subject, trailers: wanted });
        const parsed = parseCommitMessage(message);
        expect(parsed.text).toBe(subject);
        expect(parsed.trailers).toEqual({
          step: undefined,
          status: undefined,
          reason: undefined,
          command: undefined,
          cwd: undefined,
          folder: undefined,
          forkedFrom: undefined,
          checkpoints: [],
          ...wanted,
        });
        expect(message).not.toContain("\r");
      }),
    );
  });

  it("take only the last lines for trailers, and leave out what makes no sense", () => {
    const parsed = parseCommitMessage(
      "Title\n\nWaymark-Step: 1\n\nmore\n\nWaymark-Step: x\nWaymark-Status: odd\nWaymark-Command: {\n",
    );
    expect(parsed.text).toBe("Title\n\nWaymark-Step: 1\n\nmore");
    expect(parsed.trailers).toMatchObject({ step: undefined, status: undefined, command: undefined });
  });
});
