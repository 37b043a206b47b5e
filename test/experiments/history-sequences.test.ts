import {
  listOperations,
  openProject,
  planGc,
  type Project,
  removeExperiments,
  renameExperiment,
  selectExperiments,
  tagExperiments,
  undoOperation,
} from "@waymark/experiments";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isLong } from "../support/fault-run.ts";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { experimentRef } from "./support.ts";

const TIMEOUT_MS = isLong ? 1_800_000 : 60_000;
const NAMES = ["ant", "bee", "cat", "dog"] as const;

type Step =
  | { readonly kind: "save" | "tag" | "remove" | "removeAllBut"; readonly name: string }
  | { readonly kind: "rename"; readonly name: string; readonly to: string; readonly force: boolean }
  | { readonly kind: "gc" }
  | { readonly kind: "redo" }
  | { readonly kind: "undo"; readonly force: boolean };

/** What the repository must hold, and what was done to it: refs by name, and operations by their changes. */
interface Model {
  refs: Map<string, string>;
  readonly operations: ModelOperation[];
}

interface ModelOperation {
  readonly changes: ReadonlyMap<string, readonly [old: string | undefined, now: string | undefined]>;
  readonly undoes: ModelOperation | undefined;
}

const name = fc.constantFrom(...NAMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("save" as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tag" as const), name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("remove" as const, "removeAllBut" as const), name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("rename" as const), name, to: name, force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("gc" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("undo" as const), force: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("redo" as const) }) },
);

test(
  "whatever is done and undone in whatever order, refs are what a model says, and the user's work is not touched",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: isLong ? 25 : 9 }), async (steps) => {
        const repo = gitRepo({ "train.js": "// train\n", "params.yaml": "lr: 1\n" });
        repo.write("params.yaml", "lr: 2\n");
        repo.git("add", "params.yaml");
        repo.write("params.yaml", "lr: 3\n");
        const project = openProject(repo.root, GIT_TEST_ENV);
        const before = describeUser(repo);
        const model: Model = { refs: new Map(), operations: [] };
        for (const [at, each] of steps.entries()) {
          await follow(repo, project, model, each, at);
          expect(readRefs(repo)).toEqual(model.refs);
        }
        expect(describeUser(repo)).toBe(before);
        expect(repo.git("fsck", "--strict", "--no-dangling")).toBe("");
      }),
      { numRuns: isLong ? 60 : 8 },
    );
  },
  TIMEOUT_MS,
);

/** Does a step to the repository and to the model, whether it succeeds or is refused. */
async function follow(repo: GitRepo, project: Project, model: Model, each: Step, at: number): Promise<void> {
  const refOf = (experiment: string): string => experimentRef(repo.head(), experiment);
  const tagOf = (experiment: string): string => refOf(experiment).replace("refs/exps", "refs/waymark/tags");
  const isThere = (experiment: string): boolean => model.refs.has(refOf(experiment));
  const there = NAMES.filter(isThere);
  const gone = (names: readonly string[]): Map<string, undefined> =>
    new Map(names.flatMap((one) => [refOf(one), tagOf(one)]).map((ref) => [ref, undefined]));
  switch (each.kind) {
    case "save": {
      const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", `${each.name} ${at}`);
      repo.git("update-ref", refOf(each.name), commit);
      model.refs.set(refOf(each.name), commit);
      return;
    }
    case "tag": {
      if (!isThere(each.name)) return;
      const experiments = await selectExperiments(project, { names: [each.name] });
      await tagExperiments(project.repo, experiments, { kind: "add", tags: [`tag-${at}`] });
      return record(model, new Map([[tagOf(each.name), repo.git("rev-parse", tagOf(each.name))]]));
    }
    case "remove":
    case "removeAllBut": {
      if (!isThere(each.name)) return;
      const keep = each.kind === "removeAllBut";
      await removeExperiments(project.repo, await selectExperiments(project, { names: [each.name], keep }));
      record(model, gone(there.filter((other) => (other === each.name) !== keep)));
      return;
    }
    case "rename": {
      const { to, force } = each;
      const isRefused = !isThere(each.name) || (isThere(to) && to !== each.name && !force);
      const renaming = renameExperiment(project, each.name, to, { force });
      if (isRefused) {
        await expect(renaming).rejects.toThrow(/./u);
        return;
      }
      await renaming;
      if (to === each.name) return;
      const moved = [refOf(each.name), tagOf(each.name)].map((ref) => model.refs.get(ref));
      const changes = new Map<string, string | undefined>(gone([each.name]));
      [refOf(to), tagOf(to)].forEach((ref, index) => changes.set(ref, moved[index]));
      return record(model, changes);
    }
    case "gc": {
      const { removed } = await planGc(project, { baselines: undefined, where: 'tag ~ "[02468]$"' });
      await removeExperiments(project.repo, removed, { kind: "gc" });
      return record(model, gone(removed.map((experiment) => experiment.name)));
    }
    case "undo":
    case "redo":
      return undo(project, model, each);
  }
}

async function undo(project: Project, model: Model, each: Extract<Step, { kind: "undo" | "redo" }>): Promise<void> {
  const isUndone = (operation: ModelOperation): boolean =>
    model.operations.some((other) => other.undoes === operation && !isUndone(other));
  const force = each.kind === "undo" && each.force;
  const isMeant = (operation: ModelOperation): boolean =>
    (operation.undoes !== undefined) === (each.kind === "redo") && !isUndone(operation);
  const target = model.operations.findLast(isMeant);
  const known = await listOperations(project.repo);
  expect(known).toHaveLength(model.operations.length);
  const id = each.kind === "redo" ? known.find((other) => other.kind === "undo" && !other.isUndone)?.id : undefined;
  if (target === undefined) {
    if (each.kind === "undo") await expect(undoOperation(project, id, { force })).rejects.toThrow("nothing to undo");
    return;
  }
  const left = [...target.changes].filter(([ref, [old]]) => model.refs.get(ref) !== old);
  const isOvertaken = left.some(([ref, [, now]]) => model.refs.get(ref) !== now);
  const undoing = undoOperation(project, id, { force });
  if (isOvertaken && !force) {
    await expect(undoing).rejects.toMatchObject({ code: "OPERATION_OVERTAKEN" });
    return;
  }
  await undoing;
  record(model, new Map(left.map(([ref, [old]]) => [ref, old])), target);
}

/** Changes refs of the model, and remembers it; nothing to do is nothing to undo. */
function record(model: Model, wanted: ReadonlyMap<string, string | undefined>, undoes?: ModelOperation): void {
  const changes = new Map(
    [...wanted]
      .filter(([ref, now]) => model.refs.get(ref) !== now)
      .map(([ref, now]) => [ref, [model.refs.get(ref), now] as const]),
  );
  if (changes.size === 0 && undoes === undefined) return;
  for (const [ref, [, now]] of changes) {
    if (now === undefined) model.refs.delete(ref);
    else model.refs.set(ref, now);
  }
  model.operations.push({ changes, undoes });
}

function readRefs(repo: GitRepo): Map<string, string> {
  const format = "--format=%(refname) %(objectname)";
  const lines = repo.git("for-each-ref", format, "refs/exps", "refs/waymark/tags", "refs/waymark/notes");
  return new Map(
    lines
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ") as [string, string]),
  );
}

/** HEAD, what is staged, and the files. */
function describeUser(repo: GitRepo): string {
  return [repo.git("symbolic-ref", "HEAD"), repo.head(), repo.git("status", "--porcelain"), repo.git("diff")].join(
    "\n",
  );
}
