import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { dvc, runPython } from "../support/python.ts";
import { interopRepo, liveIn } from "./project.ts";

const TIMEOUT_MS = 120_000;
const FOLDER = ".dvc/tmp/exps/run";
const NAMES = ["DVCLIVE_ONLY", "DVCLIVE_STEP_COMPLETED"] as const;

/** What an editor sees of a run at three moments: begun, two steps done, ended. */
type Moments = readonly (readonly (string | null)[])[];

const LOGGING = `import json, os
from dvclive import Live
NAMES = ${JSON.stringify(NAMES)}
def look():
    paths = [os.path.join("${FOLDER}", name) for name in NAMES]
    return [open(path).read() if os.path.exists(path) else None for path in paths]
live = Live(exp_name="seen")
moments = [look()]
for step in range(2):
    live.log_metric("loss", 1 / (step + 1.5))
    live.next_step()
moments.append(look())
live.end()
moments.append(look())
print("\\n" + json.dumps(moments))
`;

function dvcRepo(): GitRepo {
  const repo = interopRepo({ "log.py": LOGGING });
  dvc(repo.root, "init", "--quiet");
  repo.commitAll("dvc");
  return repo;
}

function look(repo: GitRepo): (string | null)[] {
  return NAMES.map((name) => (existsSync(repo.path(FOLDER, name)) ? repo.read(`${FOLDER}/${name}`) : null));
}

function withoutPids(moments: Moments): Moments {
  return moments.map((texts) => texts.map((text) => text?.replace(/"pid": \d+/u, '"pid": 0') ?? null));
}

test(
  "the files by which editors notice a run come, change and go as those of DVCLive do",
  async () => {
    const theirs = dvcRepo();
    const printed = runPython(theirs.root, ["log.py"]).trimEnd().split("\n").at(-1) ?? "";
    const expected = JSON.parse(printed) as Moments;

    const ours = dvcRepo();
    const live = liveIn(ours, { expName: "seen", compat: "dvclive" });
    const moments = [look(ours)];
    for (let step = 0; step < 2; step += 1) {
      live.logMetric("loss", 1 / (step + 1.5));
      live.nextStep();
    }
    moments.push(look(ours));
    expect(moments[1]?.join()).toContain(`"pid": ${process.pid}`);
    live.end();
    moments.push(look(ours));
    expect(withoutPids(moments)).toEqual(withoutPids(expected));
  },
  TIMEOUT_MS,
);
