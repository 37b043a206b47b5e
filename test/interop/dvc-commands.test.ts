import { readFileSync } from "node:fs";
import {
  applyExperiment,
  branchExperiment,
  collectExperiments,
  formatDvcJson,
  listExperiments,
  removeExperiments,
  selectExperiments,
} from "@waymark/experiments";
import { initDvcFolder } from "@waymark/store";
import { beforeAll, describe, expect, test } from "vitest";
import { listFiles } from "../support/checker.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { dvc, dvcJson, runPython } from "../support/python.ts";
import { interopRepo, modelOf, projectOf, trainIn } from "./project.ts";

const TIMEOUT_MS = 300_000;
const STEPS = 3;

const LOGGING = `from dvclive import Live
with Live(exp_name="logged") as live:
    live.log_param("units", 8)
    for step in range(3):
        live.log_metric("train/loss", 1 / (step + 1.5))
        live.next_step()
`;

/** `exp show --json` as we print it. */
async function ourShow(repo: GitRepo): Promise<unknown> {
  return JSON.parse(formatDvcJson(await collectExperiments(projectOf(repo))));
}

async function ourNames(repo: GitRepo): Promise<string[]> {
  const lists = await listExperiments(projectOf(repo).repo);
  return lists.flatMap(({ experiments }) => experiments.map(({ name }) => name)).toSorted();
}

function dvcNames(repo: GitRepo): string[] {
  return dvc(repo.root, "exp", "list", "--name-only").trim().split("\n").filter(Boolean).toSorted();
}

function refOf(repo: GitRepo, name: string): string {
  return (
    repo
      .git("for-each-ref", "--format=%(refname)", "refs/exps")
      .split("\n")
      .find((ref) => ref.endsWith(`/${name}`)) ?? ""
  );
}

/**
 * The two differences there are: what ran an experiment is a temporary record of DVC's own, and the words of an error
 * are those of its Python, while the kind of error is the same.
 */
function comparable(shown: unknown): unknown {
  return JSON.parse(JSON.stringify(shown), (key, value: unknown) =>
    key === "executor" || key === "msg" ? null : value,
  );
}

/** Leaves the workspace as the commit has it, with what is ignored still there. */
function cleanWorkspace(repo: GitRepo): void {
  repo.git("checkout", "--quiet", "--force", "HEAD");
  repo.git("clean", "--quiet", "--force", "-d", "--exclude", ".dvc");
}

/** One experiment of `exp show --json`, as far as these tests look at it. */
interface ShownExperiment {
  readonly name: string;
  readonly revs: readonly { readonly rev: string; readonly data: { readonly metrics: unknown } }[];
}

function experimentsOf(shown: unknown): readonly ShownExperiment[] {
  const [, baseline] = shown as readonly { readonly experiments: readonly ShownExperiment[] | null }[];
  return baseline?.experiments ?? [];
}

describe("a repository that we wrote, in the hands of DVC", { timeout: TIMEOUT_MS }, () => {
  let repo: GitRepo;

  beforeAll(async () => {
    repo = interopRepo({ "train.js": "// trains\n", "params.yaml": "seed: 7\n" });
    await trainIn(repo, "brave-bat", STEPS);
    await trainIn(repo, "odd.name_with-UPPER+x@y=1", 1);
  }, TIMEOUT_MS);

  test("exp show --json is what we print, field by field, loose and packed", async () => {
    const theirs = dvcJson(repo.root, "exp", "show");
    expect(await ourShow(repo)).toEqual(theirs);
    expect(
      experimentsOf(theirs)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["brave-bat", "odd.name_with-UPPER+x@y=1"]);
    repo.git("pack-refs", "--all");
    expect(dvcJson(repo.root, "exp", "show", "--force")).toEqual(theirs);
    expect(await ourShow(repo)).toEqual(theirs);
  });

  test("every checkpoint is a revision of its experiment, newest first", async () => {
    const shown = experimentsOf(dvcJson(repo.root, "exp", "show"));
    const chain = shown.find(({ name }) => name === "brave-bat")?.revs ?? [];
    const losses = chain.map(
      ({ data }) =>
        (data.metrics as Record<string, { data: { train: { loss: number } } }>)["live/metrics.json"]?.data.train.loss,
    );
    expect(losses).toEqual([1 / 3.5, 1 / 2.5, 1 / 1.5]);
  });

  test("exp list names the same experiments", async () => {
    expect(dvcNames(repo)).toEqual(await ourNames(repo));
  });

  test("metrics show and plots show read what was logged", () => {
    const changes = dvcJson(repo.root, "metrics", "diff", "HEAD", "brave-bat") as Record<string, unknown>;
    expect(changes["live/metrics.json"]).toMatchObject({
      "train.loss": { new: 1 / 3.5 },
      "val.accuracy": { new: 1 - 1 / 4.5 },
      step: { new: STEPS - 1 },
    });
    const shown = dvcJson(repo.root, "metrics", "show") as Record<string, { readonly data: unknown }>;
    expect(shown[""]?.data).toMatchObject({
      "live/metrics.json": { data: JSON.parse(repo.read("live/metrics.json")) },
    });
    const plots = JSON.parse(dvc(repo.root, "plots", "diff", "HEAD", "brave-bat", "--json", "--split")) as {
      readonly data: Readonly<Record<string, unknown>>;
    };
    expect(Object.keys(plots.data).toSorted()).toEqual([
      "live/plots/custom/importance.json",
      "live/plots/metrics/train/loss.tsv",
      "live/plots/metrics/val/accuracy.tsv",
    ]);
  });

  test("plots show reads the live folder as it is", () => {
    const shown = dvc(repo.root, "plots", "show", "--json", "--split");
    expect(shown).toContain("loss.tsv");
    expect(shown).toContain("importance.json");
  });
});

describe("experiments that we wrote, applied, branched and removed by DVC", { timeout: TIMEOUT_MS }, () => {
  let repo: GitRepo;

  beforeAll(async () => {
    repo = interopRepo();
    // As projects of DVC users are; that a folder no commit has is safe as well, another file shows.
    initDvcFolder(repo.root);
    repo.commitAll("dvc");
    await trainIn(repo, "brave-bat", STEPS);
    repo.git("pack-refs", "--all");
  }, TIMEOUT_MS);

  test("exp apply gives back every file, the model from the cache included", () => {
    const files = ["live/metrics.json", "live/params.yaml", "live/plots/metrics/train/loss.tsv", "dvc.yaml"];
    const before = Object.fromEntries(files.map((path) => [path, repo.read(path)]));
    for (const path of [...files, "model.bin"]) repo.remove(path);
    dvc(repo.root, "exp", "apply", "brave-bat");
    expect(Object.fromEntries(files.map((path) => [path, repo.read(path)]))).toEqual(before);
    expect(repo.read("model.bin")).toBe(modelOf("brave-bat", STEPS - 1));
  });

  test("nothing we wrote counts as changed: status, data status, and adding it again", () => {
    expect(dvcJson(repo.root, "status")).toEqual({});
    const status = dvcJson(repo.root, "data", "status") as Readonly<Record<string, unknown>>;
    expect(Object.keys(status).filter((kind) => /not_in_cache|uncommitted|unknown/.test(kind))).toEqual([]);
    const state = (): unknown => [
      repo.read("model.bin.dvc"),
      repo.read(".gitignore"),
      listFiles(repo.path(".dvc/cache/files/md5")),
    ];
    const before = state();
    dvc(repo.root, "add", "model.bin");
    expect(state()).toEqual(before);
    dvc(repo.root, "commit", "--force");
    expect(state()).toEqual(before);
  });

  test("exp apply takes a checkpoint by its commit, and ours by its step gives the same", async () => {
    const middle = repo.git("rev-list", "--first-parent", "--skip=1", "--max-count=1", refOf(repo, "brave-bat"));
    dvc(repo.root, "exp", "apply", middle);
    expect(repo.read("model.bin")).toBe(modelOf("brave-bat", 1));
    const theirs = repo.read("live/plots/metrics/train/loss.tsv");
    await applyExperiment(projectOf(repo), "brave-bat", { force: true });
    expect(repo.read("model.bin")).toBe(modelOf("brave-bat", STEPS - 1));
    await applyExperiment(projectOf(repo), "brave-bat@1", { force: true });
    expect(repo.read("model.bin")).toBe(modelOf("brave-bat", 1));
    expect(repo.read("live/plots/metrics/train/loss.tsv")).toBe(theirs);
  });

  test("exp branch makes the branch that we make", () => {
    const theirs = dvc(repo.root, "exp", "branch", "brave-bat", "from-dvc");
    expect(theirs).toContain("from-dvc");
    branchExperiment(projectOf(repo).repo, "brave-bat", "from-us");
    expect(repo.git("rev-parse", "from-dvc")).toBe(repo.git("rev-parse", "from-us"));
    expect(repo.git("rev-parse", "from-dvc")).toBe(repo.git("rev-parse", refOf(repo, "brave-bat")));
  });

  test("exp remove takes it away for both", async () => {
    dvc(repo.root, "exp", "remove", "brave-bat");
    expect(await ourNames(repo)).toEqual([]);
    expect(repo.git("for-each-ref", "refs/exps")).not.toContain("brave-bat");
  });

  test("what we remove is gone for DVC, and a branch of it stays", async () => {
    await trainIn(repo, "calm-cod", 1);
    branchExperiment(projectOf(repo).repo, "calm-cod", "kept");
    repo.git("pack-refs", "--all");
    expect(dvcNames(repo)).toEqual(["calm-cod"]);
    const project = projectOf(repo);
    await removeExperiments(project.repo, await selectExperiments(project, { names: ["calm-cod"] }));
    expect(dvcNames(repo)).toEqual([]);
    expect(repo.git("show", "kept:live/metrics.json")).toContain("accuracy");
  });
});

test(
  "a .dvc folder that no commit has keeps its cache when DVC applies one experiment after the other",
  async () => {
    const repo = interopRepo();
    await trainIn(repo, "brave-bat", 2);
    const tip = refOf(repo, "brave-bat");
    for (const [revision, step] of [
      [tip, 1],
      [`${tip}~1`, 0],
      [tip, 1],
    ] as const) {
      dvc(repo.root, "exp", "apply", repo.git("rev-parse", revision));
      expect(repo.read("model.bin")).toBe(modelOf("brave-bat", step));
    }
  },
  TIMEOUT_MS,
);

describe("a repository that DVC and DVCLive wrote, in our hands", { timeout: TIMEOUT_MS }, () => {
  let repo: GitRepo;

  beforeAll(() => {
    repo = interopRepo({
      "params.yaml": "lr: 0.5\nmodel:\n  depth: 3\n",
      "fit.py":
        "import json\nopen('out.bin', 'w').write(open('params.yaml').read())\njson.dump({'acc': 0.75, 'n': 3}, open('metrics.json', 'w'))\n",
      "dvc.yaml":
        "stages:\n  train:\n    cmd: python fit.py\n    deps:\n    - fit.py\n    params:\n    - lr\n    outs:\n    - out.bin\n    metrics:\n    - metrics.json:\n        cache: false\n",
    });
    dvc(repo.root, "init", "--quiet");
    repo.commitAll("dvc");
    dvc(repo.root, "exp", "run", "--name", "first", "--set-param", "lr=0.1");
    dvc(repo.root, "exp", "run", "--name", "second", "--set-param", "lr=0.01", "--set-param", "model.depth=4");
    repo.git("checkout", "--quiet", "--force", "HEAD");
  }, TIMEOUT_MS);

  test("exp show --json is what DVC prints, stages, deps and outs included", async () => {
    expect(comparable(await ourShow(repo))).toEqual(comparable(dvcJson(repo.root, "exp", "show")));
  });

  test("listed, applied, branched and removed as by DVC", async () => {
    expect(await ourNames(repo)).toEqual(dvcNames(repo));
    cleanWorkspace(repo);
    await applyExperiment(projectOf(repo), "second", { force: true });
    const ours = [repo.read("params.yaml"), repo.read("out.bin"), repo.read("metrics.json"), repo.read("dvc.lock")];
    cleanWorkspace(repo);
    dvc(repo.root, "exp", "apply", "second");
    expect([repo.read("params.yaml"), repo.read("out.bin"), repo.read("metrics.json"), repo.read("dvc.lock")]).toEqual(
      ours,
    );
    branchExperiment(projectOf(repo).repo, "first", "ours");
    dvc(repo.root, "exp", "branch", "first", "theirs");
    expect(repo.git("rev-parse", "ours")).toBe(repo.git("rev-parse", "theirs"));
    const project = projectOf(repo);
    await removeExperiments(project.repo, await selectExperiments(project, { names: ["first"] }));
    expect(dvcNames(repo)).toEqual(["second"]);
  });

  test("an experiment that DVCLive saved is shown, applied and read like our own", async () => {
    const logged = interopRepo({ "log.py": LOGGING });
    dvc(logged.root, "init", "--quiet");
    logged.commitAll("dvc");
    runPython(logged.root, ["log.py"]);
    expect(comparable(await ourShow(logged))).toEqual(comparable(dvcJson(logged.root, "exp", "show")));
    expect(await ourNames(logged)).toContain("logged");
    const history = logged.read("dvclive/plots/metrics/train/loss.tsv");
    logged.remove("dvclive");
    await applyExperiment(projectOf(logged), "logged", { force: true });
    expect(logged.read("dvclive/plots/metrics/train/loss.tsv")).toBe(history);
    expect(readFileSync(logged.path("dvclive/params.yaml"), "utf8")).toBe("units: 8\n");
  });
});
