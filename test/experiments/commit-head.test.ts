import { formatCommit, parseCommit } from "@waymark/git";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommitHead } from "../../packages/experiments/src/show/commit-head.ts";

const ID = "f".repeat(40);
const id = fc.constantFrom("a".repeat(40), "0123456789abcdef0123456789abcdef01234567", "b".repeat(64));
const person = fc.record({
  name: fc.constantFrom("Ada", "Ada 12 +0100", "", "Łu\u{1F600}"),
  email: fc.constantFrom("a@b", "", "committer x"),
  timeSeconds: fc.nat(),
  offsetMinutes: fc.constantFrom(0, 60, -330),
});

describe("the head of a commit", () => {
  test("is what the whole commit says", () => {
    const message = fc.constantFrom("one\n", "", "é\n\nauthor x\n", "run\n\nWaymark-Run: 1\nWaymark-Step: 7\n");
    const parents = fc.array(id, { maxLength: 3 });
    fc.assert(
      fc.property(id, parents, person, person, message, (tree, ids, author, committer, text) => {
        const data = formatCommit({ tree, parents: ids, author, committer, message: text });
        const commit = parseCommit(data);
        const head = parseCommitHead(ID, data);
        expect(head?.tree).toBe(commit?.tree);
        expect(head?.row).toMatchObject({ id: ID, parent: ids[0] ?? "", timeSeconds: committer.timeSeconds });
        expect(head?.row.step).toBe(text.includes("Step") ? 7 : undefined);
      }),
    );
  });

  test("stands behind nothing that is no commit, and before what Git adds to one", () => {
    expect(parseCommitHead(ID, Buffer.from("nothing"))).toBeUndefined();
    const signed = `tree ${"a".repeat(40)}\nauthor A <a> 1 +0000\ncommitter A <a> 5 +0000\ngpgsig -----BEGIN\n parent ${ID}\n -----END\n\nx\n`;
    expect(parseCommitHead(ID, Buffer.from(signed))).toEqual({
      tree: "a".repeat(40),
      row: { id: ID, parent: "", timeSeconds: 5 },
    });
  });
});
