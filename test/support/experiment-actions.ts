import fc from "fast-check";

/** Something a user does, as plain data so that a failing sequence shrinks and prints well. */
export type Action =
  | { readonly do: "edit"; readonly file: number; readonly value: number }
  | { readonly do: "stage"; readonly file: number }
  | { readonly do: "save"; readonly name: number; readonly force: boolean }
  | { readonly do: "checkpoint"; readonly name: number; readonly steps: number }
  | { readonly do: "apply"; readonly name: number }
  | { readonly do: "branch"; readonly name: number; readonly branch: number }
  | { readonly do: "rename"; readonly name: number; readonly to: number }
  | { readonly do: "remove"; readonly name: number }
  | { readonly do: "undo" }
  | { readonly do: "push"; readonly name: number }
  | { readonly do: "pull"; readonly name: number };

/** Tracked files of the user. */
export const FILES: readonly string[] = ["a.txt", "params.yaml", "sub/é b.txt"];
/** Few, so that they meet. */
export const NAMES: readonly string[] = ["brave-bat", "calm-cod", "x+y=1"];

const file = fc.nat(FILES.length - 1);
const name = fc.nat(NAMES.length - 1);
const value = fc.nat(5);

/** Anything that a user does. */
export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("edit" as const), file, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stage" as const), file }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("save" as const), name, force: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("checkpoint" as const), name, steps: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("apply" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("branch" as const), name, branch: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rename" as const), name, to: name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("undo" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("push" as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pull" as const), name }) },
);
