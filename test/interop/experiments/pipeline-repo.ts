import { expect } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { dvc, dvcJson } from "../../support/python.ts";
import { interopRepo } from "../project.ts";

const PIPELINE = `stages:
  train:
    cmd: sh train.sh
    deps:
    - data.csv
    - train.sh
    params:
    - lr
    outs:
    - model.bin
    metrics:
    - metrics.yaml:
        cache: false
`;

/** A project of DVC with data, one stage, a params file and a setting of this machine. */
export function pipelineRepo(): GitRepo {
  const repo = interopRepo({
    "dvc.yaml": PIPELINE,
    "train.sh": 'cat data.csv params.yaml > model.bin\necho "rows: 2" > metrics.yaml\nsleep 0.5\n',
    "params.yaml": "lr: 0.1\n",
  });
  dvc(repo.root, "init", "--quiet");
  dvc(repo.root, "config", "--local", "core.checksum_jobs", "2");
  repo.write("data.csv", "1\n2\n");
  dvc(repo.root, "add", "--quiet", "data.csv");
  repo.commitAll("project");
  return repo;
}

/** Runs our command, which is to succeed; its standard output. */
export async function ours(repo: GitRepo, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(repo.root, args);
  expect(code, stderr).toBe(0);
  return stdout;
}

interface Shown {
  readonly experiments:
    | readonly { readonly name: string; readonly revs: readonly { readonly data: unknown }[] }[]
    | null;
}

/** What the real DVC shows of the experiments of HEAD, by name. */
export function shown(repo: GitRepo): ReadonlyMap<string, unknown> {
  const [, head] = dvcJson(repo.root, "exp", "show") as readonly Shown[];
  return new Map((head?.experiments ?? []).map(({ name, revs }) => [name, revs[0]?.data]));
}
