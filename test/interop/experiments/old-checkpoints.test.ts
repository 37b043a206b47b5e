import { describe, expect, test } from "vitest";
import { epochs, OLD_PROJECT, OldDvc } from "../../support/old-checkpoints.ts";
import { interopRepo } from "../project.ts";
import { startBoth } from "./both.ts";

const both = startBoth();

describe("checkpoints of DVC 2, shown by DVC 3 and by us", { timeout: 300_000 }, () => {
  test("are the same commits with the same values", async () => {
    const repo = interopRepo(OLD_PROJECT);
    const old = new OldDvc(repo);
    const first = old.train("exp-1a2b3", old.baseline, epochs(0.1, 0, 2));
    old.train("exp-4c5d6", first[1] ?? "", epochs(0.5, 2, 3), { message: "with a message of the user" });
    await both.expectSame(repo, "exp", "show", "--json");
    repo.git("pack-refs", "--all");
    await both.expectSame(repo, "exp", "show", "--json", "-A");
    await both.expectSame(repo, "exp", "show", "--csv");
    const { theirs, mine } = await both.answers(repo, "exp", "list", "--name-only");
    expect(mine.stdout.split("\n").toSorted()).toEqual(theirs.stdout.split("\n").toSorted());
  });

  test("are applied with the same bytes, from the cache of DVC 2", async () => {
    const repo = interopRepo(OLD_PROJECT);
    const old = new OldDvc(repo);
    const [first = ""] = old.train("exp-1a2b3", old.baseline, epochs(0.1, 0, 1));
    const files = ["model.pt", "dvc.lock", "metrics.json", "params.yaml"];
    await both.ours(repo, "exp", "apply", first);
    const mine = files.map((path) => repo.read(path));
    await both.ours(repo, "exp", "undo");
    await both.dvc(repo, "exp", "apply", first);
    expect(files.map((path) => repo.read(path))).toEqual(mine);
  });
});
