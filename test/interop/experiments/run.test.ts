import { cpSync, rmSync } from "node:fs";
import { openProject, planRun, runInWorkspace, type RunResult, type RunWork } from "@waymark/experiments";
import { describe, expect, onTestFinished, test } from "vitest";
import { GitRepo } from "../../support/git-repo.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../../support/python.ts";
import { interopRepo } from "../project.ts";
import { type ShownState, startBoth } from "./both.ts";

const TIMEOUT_MS = 120_000;
const PIPELINE = `stages:
  prepare:
    cmd: cp raw.csv clean.csv
    deps: [raw.csv]
    outs: [clean.csv]
  train:
    cmd: sh train.sh
    deps: [clean.csv, train.sh, new.sh]
    params: [lr, big, name]
    outs: [model]
    metrics: [scores.json: {cache: false}]
    plots: [curve.csv: {cache: false}]
metrics: [extra.json]
params: [top.yaml]
`;
const TRAIN = `mkdir -p model && cat clean.csv params.yaml > model/weights && echo '{"acc": 0.5}' > scores.json
printf 'step,loss\\n0,1\\n' > curve.csv && echo '{"best": 1}' > extra.json
`;

async function ours(repo: GitRepo, work: RunWork, name: string): Promise<RunResult> {
  const project = openProject(repo.root, { ...INTEROP_ENV, SHELL: "/bin/sh" });
  const { spec } = await planRun(project, { work, cwd: repo.root, name });
  const result = await runInWorkspace(project, spec, new Map());
  if (result.state !== "finished") throw new Error(String(result.reason), { cause: result.error });
  return result;
}

function pipelineRepo(files: Readonly<Record<string, string>> = {}): GitRepo {
  const repo = interopRepo({
    ...{ "dvc.yaml": PIPELINE, "params.yaml": "lr: 1e-05\nbig: 1.0\nname: é\n", "raw.csv": "1\n", "train.sh": TRAIN },
    ...{ "gone.txt": "", "edited.txt": "one\n", ".gitignore": "/ignored.txt\n" },
    ...files,
  });
  dvc(repo.root, "init", "--quiet");
  repo.commitAll("dvc");
  return repo;
}

/** Everything that 2.2 of the format speaks of: staged, edited, deleted, untracked, ignored. */
function makeDirty(repo: GitRepo): void {
  repo.write("new.sh", "# a dependency that nobody has added\n");
  repo.write("top.yaml", "a: 1\n");
  repo.write("edited.txt", "two\n");
  repo.remove("gone.txt");
  repo.write("staged.txt", "staged\n");
  repo.git("add", "staged.txt");
  repo.write("intended.txt", "intended\n");
  repo.git("add", "--intent-to-add", "intended.txt");
  repo.write("stray.txt", "stray\n");
  repo.write("ignored.txt", "ignored\n");
}

function twinOf(repo: GitRepo): GitRepo {
  const root = `${repo.root}-twin`;
  cpSync(repo.root, root, { recursive: true, preserveTimestamps: true });
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return new GitRepo(root);
}

function experimentOf(repo: GitRepo, name: string): string {
  const head = repo.head();
  return repo.git("rev-parse", `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/${name}`);
}

describe("runs, with the real DVC beside", () => {
  const both = startBoth();

  test(
    "make the very tree and message that DVC makes, from a work tree in any state",
    async () => {
      const repo = pipelineRepo();
      makeDirty(repo);
      const twin = twinOf(repo);
      const before = repo.staged();
      await ours(repo, { kind: "pipeline", options: {} }, "same");
      expect(repo.staged()).toBe(before);
      dvc(twin.root, "exp", "run", "--quiet", "--name", "same");
      const [mine, theirs] = [experimentOf(repo, "same"), experimentOf(twin, "same")];
      expect(repo.files(mine)).toEqual(twin.files(theirs));
      const message = (of: GitRepo, id: string): string => of.git("log", "-1", "--format=%B", id).trim();
      expect(message(repo, mine)).toBe(message(twin, theirs));
      // And again, with nothing to do; DVC has forgotten what was staged.
      twin.git("add", "staged.txt", "intended.txt");
      await ours(repo, { kind: "pipeline", options: {} }, "again");
      dvc(twin.root, "exp", "run", "--quiet", "--name", "again");
      expect(message(repo, experimentOf(repo, "again"))).toBe(message(twin, experimentOf(twin, "again")));
      expect(repo.files(experimentOf(repo, "again"))).toEqual(twin.files(experimentOf(twin, "again")));
    },
    TIMEOUT_MS,
  );

  test(
    "are listed, applied and found up to date by DVC",
    async () => {
      const repo = pipelineRepo({ "new.sh": "", "top.yaml": "a: 1\n", "scores.json": "{}\n", "extra.json": "{}\n" });
      await ours(repo, { kind: "pipeline", options: {} }, "first");
      repo.write("params.yaml", "lr: 0.5\nbig: 2.5\nname: x\n");
      await ours(repo, { kind: "pipeline", options: {} }, "second");
      await both.expectSame(repo, "exp", "show", "--json");
      await both.dvc(repo, "exp", "apply", "first");
      expect(JSON.parse(await both.dvc(repo, "status", "--json"))).toEqual({});
      expect(repo.read("params.yaml")).toContain("1e-05");
      expect(repo.read("model/weights")).toContain("1e-05");
      expect(await both.dvc(repo, "repro")).toContain("up to date");
    },
    TIMEOUT_MS,
  );

  test(
    "with the signal of DVC 2 make a chain that DVC shows whole",
    async () => {
      const repo = pipelineRepo({
        "dvc.yaml":
          "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    outs: [model.txt: {checkpoint: true}]\n    metrics: [m.json: {cache: false, persist: true}]\n".replace(
            "cmd: python",
            `cmd: ${PYTHON}`,
          ),
        "m.json": "{}\n",
        // The function of DVC 2's own API, as it was.
        "train.py": `
import os, time
def make_checkpoint():
    if os.getenv("DVC_CHECKPOINT") is None:
        return
    signal_file = os.path.join(os.getenv("DVC_ROOT"), ".dvc", "tmp", "DVC_CHECKPOINT")
    with open(signal_file, "w") as fobj:
        fobj.write("")
        fobj.flush()
        os.fsync(fobj.fileno())
    while os.path.exists(signal_file):
        time.sleep(0.01)
for epoch in range(3):
    open("model.txt", "w").write(str(epoch))
    open("m.json", "w").write('{"epoch": %d}' % epoch)
    make_checkpoint()
`,
      });
      await ours(repo, { kind: "pipeline", options: {} }, "chain");
      const [, baseline] = JSON.parse(await both.dvc(repo, "exp", "show", "--json")) as readonly ShownState[];
      const [range] = baseline?.experiments ?? [];
      expect(range?.revs.map(({ data }) => data?.metrics)).toEqual(
        [2, 2, 1, 0].map((epoch) => ({ "m.json": { data: { epoch } } })),
      );
      await both.expectSame(repo, "exp", "show", "--json");
      const second = range?.revs[2]?.rev ?? "";
      await both.dvc(repo, "exp", "apply", second);
      expect(repo.read("model.txt")).toBe("1");
    },
    TIMEOUT_MS,
  );

  test(
    "have genuine DVCLive in them, which makes no experiment of its own",
    async () => {
      const repo = pipelineRepo({
        "train.py": `
from dvclive import Live
with Live() as live:
    live.log_param("lr", 0.1)
    for epoch in range(3):
        live.log_metric("loss", 1.0 / (epoch + 1))
        live.next_step()
`,
      });
      repo.remove("dvc.yaml");
      repo.commitAll("no stages");
      const { name, commit } = await ours(repo, { kind: "command", command: [PYTHON, "train.py"] }, "logged");
      expect(repo.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split("\n")).toEqual([name]);
      const files = repo.files(commit ?? "");
      expect(Object.keys(files)).toEqual(
        expect.arrayContaining(["dvclive/metrics.json", "dvclive/params.yaml", "dvclive/plots/metrics/loss.tsv"]),
      );
      const [, baseline] = JSON.parse(await both.dvc(repo, "exp", "show", "--json")) as readonly ShownState[];
      expect(baseline?.experiments?.[0]?.revs[0]?.data?.metrics).toMatchObject({
        "dvclive/metrics.json": { data: { step: 2 } },
      });
      await both.expectSame(repo, "exp", "show", "--json");
    },
    TIMEOUT_MS,
  );
});
