import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { epochs, OLD_PROJECT, OldDvc } from "../support/old-checkpoints.ts";

interface Shown {
  readonly rev: string;
  readonly name: string | null;
  readonly data: { readonly metrics: Record<string, { data: { epoch: number } }> };
}

interface Trained {
  readonly repo: GitRepo;
  readonly old: OldDvc;
  /** Commits, oldest first; the last two have the same files. */
  readonly first: readonly string[];
}

function trained(): Trained {
  const repo = gitRepo(OLD_PROJECT);
  const old = new OldDvc(repo);
  return { repo, old, first: old.train("exp-1a2b3", old.baseline, epochs(0.1, 0, 2)) };
}

async function run(repo: GitRepo, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(repo.root, argv);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function chainOf(repo: GitRepo, name: string): Promise<readonly Shown[]> {
  const [, baseline] = JSON.parse(await run(repo, "exp", "show", "--json")) as {
    experiments: { name: string; revs: Shown[] }[] | null;
  }[];
  return baseline?.experiments?.find((experiment) => experiment.name === name)?.revs ?? [];
}

function epochsOf(chain: readonly Shown[]): readonly (number | undefined)[] {
  return chain.map(({ data }) => data.metrics["metrics.json"]?.data.epoch);
}

describe("checkpoints that DVC 2 made", { timeout: 120_000 }, () => {
  test("are listed and shown, newest first, and the last one twice", async () => {
    const { repo, first } = trained();
    expect(await run(repo, "exp", "list", "--name-only")).toBe("exp-1a2b3\n");
    const chain = await chainOf(repo, "exp-1a2b3");
    expect(chain.map(({ rev }) => rev)).toEqual(first.toReversed());
    expect(epochsOf(chain)).toEqual([2, 2, 1, 0]);
    const table = await run(repo, "exp", "show");
    for (const commit of first) expect(table).toContain(commit.slice(0, 7));
  });

  test("go on in the same chain when the run was resumed", async () => {
    const { repo, old, first } = trained();
    old.train("exp-1a2b3", first.at(-1) ?? "", epochs(0.1, 3, 4));
    expect(epochsOf(await chainOf(repo, "exp-1a2b3"))).toEqual([4, 4, 3, 2, 2, 1, 0]);
  });

  test("share a past when another one was branched off with other params", async () => {
    const { repo, old, first } = trained();
    old.train("exp-4c5d6", first[1] ?? "", epochs(0.5, 2, 3), { message: "with a message of the user" });
    expect(epochsOf(await chainOf(repo, "exp-4c5d6"))).toEqual([3, 3, 2, 1, 0]);
    expect(epochsOf(await chainOf(repo, "exp-1a2b3"))).toEqual([2, 2, 1, 0]);
    expect((await run(repo, "exp", "list", "--name-only")).trim().split("\n").toSorted()).toEqual([
      "exp-1a2b3",
      "exp-4c5d6",
    ]);
  });

  test("are applied with their data from the old cache, at any commit", async () => {
    const { repo, old, first } = trained();
    old.train("exp-4c5d6", first[0] ?? "", epochs(0.5, 1, 1));
    await run(repo, "exp", "apply", first[1] ?? "");
    expect(repo.read("model.pt")).toBe("weights\r\nof epoch 1 at 0.1\r\n");
    expect(repo.read("metrics.json")).toContain('"epoch": 1');
    await run(repo, "exp", "apply", "exp-4c5d6");
    expect(repo.read("model.pt")).toBe("weights\r\nof epoch 1 at 0.5\r\n");
    expect(repo.read("params.yaml")).toBe("lr: 0.5\n");
    await run(repo, "exp", "apply", "exp-1a2b3");
    expect(repo.read("model.pt")).toBe("weights\r\nof epoch 2 at 0.1\r\n");
    await run(repo, "exp", "undo");
    expect(repo.read("model.pt")).toBe("weights\r\nof epoch 1 at 0.5\r\n");
    repo.write("model.pt", "weights\r\nthat nobody saved\r\n");
    expect((await runHere(repo.root, ["exp", "undo"])).stderr).toContain("model.pt");
    expect(repo.read("model.pt")).toBe("weights\r\nthat nobody saved\r\n");
  });

  test("branch where they are, and at the end by name", async () => {
    const { repo, first } = trained();
    await run(repo, "exp", "branch", first[1] ?? "", "at-one");
    await run(repo, "exp", "branch", "exp-1a2b3", "at-the-end");
    expect(repo.git("rev-parse", "at-one", "at-the-end").split("\n")).toEqual([first[1], first[3]]);
  });

  test("are compared with each other", async () => {
    const { repo, first } = trained();
    const diff = JSON.parse(await run(repo, "exp", "diff", first[0] ?? "", "exp-1a2b3", "--json")) as unknown;
    expect(diff).toEqual({
      metrics: {
        "metrics.json": {
          epoch: { old: 0, new: 2, diff: 2 },
          loss: { old: 0.5, new: 0.25, diff: -0.25 },
        },
      },
      params: {},
    });
  });

  test("cannot be resumed, as they say nothing of steps, and the answer says what can be done", async () => {
    const { repo } = trained();
    const before = repo.fingerprint();
    const { code, stderr } = await runHere(repo.root, ["exp", "resume", "exp-1a2b3"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("exp-1a2b3");
    expect(stderr).toMatch(/^hint: .+/mu);
    expect(repo.fingerprint()).toBe(before);
  });

  test("are removed, and come back whole", async () => {
    const { repo, first } = trained();
    await run(repo, "exp", "remove", "exp-1a2b3");
    expect(await chainOf(repo, "exp-1a2b3")).toEqual([]);
    repo.git("gc", "--quiet", "--prune=now");
    await run(repo, "exp", "undo");
    expect((await chainOf(repo, "exp-1a2b3")).map(({ rev }) => rev)).toEqual(first.toReversed());
  });

  test("are found although DVC was killed and left HEAD on the last one", async () => {
    const repo = gitRepo(OLD_PROJECT);
    const old = new OldDvc(repo);
    const commits = old.trainAndDie("exp-9e8f7", epochs(0.1, 0, 1));
    expect(repo.head()).toBe(commits.at(-1));
    expect(await run(repo, "exp", "list", "-A", "--name-only")).toContain("exp-9e8f7");
    await runHere(repo.root, ["doctor", "--fix"]);
    expect(repo.git("for-each-ref", "refs/exps/exec/EXEC_BASELINE", "refs/exps/exec/EXEC_BRANCH")).toBe("");
    expect(repo.git("rev-parse", old.refOf("exp-9e8f7"))).toBe(commits.at(-1));
  });
});
