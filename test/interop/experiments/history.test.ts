import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  planThinning,
  rebaseExperiments,
  planRebase,
  renameExperiment,
  selectExperiments,
  thinExperiments,
} from "@waymark/experiments";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { dvc, dvcJson, INTEROP_ENV, PYTHON } from "../../support/python.ts";
import { interopRepo, projectOf, trainIn } from "../project.ts";

const TIMEOUT_MS = 300_000;
const copies: string[] = [];
afterAll(() => copies.forEach((copy) => rmSync(copy, { recursive: true, force: true })));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** Refs of experiments, of DVC's own too. */
  readonly refs: string;
}

/** A repository of its own with the same content. */
function copyOf(repo: GitRepo): GitRepo {
  const root = join(mkdtempSync(join(tmpdir(), "waymark-interop-copy-")), "repo");
  copies.push(join(root, ".."));
  cpSync(repo.root, root, { recursive: true });
  return new GitRepo(root);
}

function refsOf(repo: GitRepo): string {
  return repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/exps");
}

function byDvc(source: GitRepo, args: readonly string[]): Outcome {
  const repo = copyOf(source);
  try {
    return { code: 0, stdout: dvc(repo.root, "exp", ...args), refs: refsOf(repo) };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { code: status, stdout, refs: refsOf(repo) };
  }
}

async function byUs(source: GitRepo, args: readonly string[]): Promise<Outcome> {
  const repo = copyOf(source);
  const { code, stdout } = await runHere(repo.root, ["exp", ...args]);
  return { code, stdout, refs: refsOf(repo) };
}

describe("exp remove and exp rename do what DVC does", { timeout: TIMEOUT_MS }, () => {
  let repo: GitRepo;

  beforeAll(() => {
    repo = interopRepo();
    dvc(repo.root, "init", "--quiet");
    repo.commitAll("dvc");
    const save = (name: string): void => {
      const commit = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", name);
      const head = repo.head();
      repo.git("update-ref", `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/${name}`, commit);
    };
    for (const name of ["older", "both"]) save(name);
    repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
    for (const name of ["both", "newer", "it's"]) save(name);
    const newest = repo.git("for-each-ref", "--format=%(objectname)", "refs/exps/*/*/newer");
    repo.git("update-ref", "refs/exps/exec/EXEC_APPLY", newest);
    repo.git(
      "symbolic-ref",
      "refs/exps/exec/EXEC_BRANCH",
      repo.git("for-each-ref", "--format=%(refname)", "refs/exps/*/*/newer"),
    );
  }, TIMEOUT_MS);

  test.each([
    [["remove", "newer"]],
    [["remove", "older", "both"]],
    [["remove", "older", "nobody"]],
    [["remove", "--rev", "HEAD~1"]],
    // With `-n 2` DVC forgets one of two experiments that have the same name.
    [["remove", "--rev", "HEAD", "-n", "1"]],
    [["remove", "--keep", "newer"]],
    [["remove", "--keep", "--rev", "HEAD"]],
    [["remove", "-A"]],
    [["remove"]],
    [["remove", "-A", "newer"]],
    [["remove", "--queue"]],
    [["remove", "--queue", "--keep"]],
    [["remove", "--queue", "-g", "origin"]],
    [["rename", "it's", "its"]],
    [["rename", "newer", "newest"]],
    [["rename", "newer", "both"]],
    [["rename", "-f", "newer", "both"]],
    [["rename", "newer", "newer"]],
    [["rename", "nobody", "x"]],
    [["rename", "newer", "a/b"]],
    [["rename", "newer"]],
    [["clean"]],
  ])("%j", async (args) => {
    const [theirs, ours] = [byDvc(repo, args), await byUs(repo, args)];
    // Whatever order names are printed in: DVC goes by sets here and there.
    // Of wrong usage it prints its help, and every program has its own.
    const sorted = ({ stdout, ...rest }: Outcome): object => {
      return { ...rest, words: rest.code === 0 ? stdout.split(/[\s,]+/u).sort() : [] };
    };
    expect(sorted(ours)).toEqual(sorted(theirs));
  });
});

test("exp clean takes the messages away that DVC takes away", { timeout: TIMEOUT_MS }, async () => {
  const repo = interopRepo();
  dvc(repo.root, "init", "--quiet");
  repo.commitAll("dvc");
  const broker = repo.path(".dvc", "tmp", "exps", "celery", "broker");
  for (const folder of ["in", "processed", "control"]) mkdirSync(join(broker, folder), { recursive: true });
  let count = 0;
  for (const folder of ["in", "processed"]) {
    for (const routing of ["celery", "worker.celery.pidbox"]) {
      for (const exchange of ["", "reply.celery.pidbox"]) {
        for (const headers of [{}, { expires: 1 }, { expires: 4e9 }, { ticket: "t" }, { ticket: "t", expires: 4e9 }]) {
          count += 1;
          const delivery = { exchange, routing_key: routing };
          const properties = { delivery_info: delivery, delivery_tag: `tag-${count}`, body_encoding: "base64" };
          const message = {
            body: "W10=",
            headers,
            properties,
            "content-type": "application/json",
            "content-encoding": "utf-8",
          };
          writeFileSync(join(broker, folder, `${count}_tag-${count}.celery.msg`), JSON.stringify(message));
        }
      }
    }
  }
  const left = (one: GitRepo): readonly string[] =>
    ["in", "processed"].flatMap((folder) => readdirSync(one.path(".dvc/tmp/exps/celery/broker", folder))).sort();
  const [theirs, ours] = [copyOf(repo), copyOf(repo)];
  dvc(theirs.root, "exp", "clean");
  await runHere(ours.root, ["exp", "clean"]);
  expect(left(ours)).toEqual(left(theirs));
  expect(left(theirs).length).toBeLessThan(count);
});

test("DVC reads what was renamed, thinned and rebased", { timeout: TIMEOUT_MS }, async () => {
  const repo = interopRepo();
  await trainIn(repo, "brave-bat", 4);
  const project = projectOf(repo);
  await renameExperiment(project, "brave-bat", "calm-cod");
  const policies = [{ kind: "last" as const, count: 2 }];
  const [experiment] = await selectExperiments(project, {});
  if (experiment === undefined) throw new Error("no experiment");
  await thinExperiments(project, await planThinning(project.repo, [{ experiment, policies }]));
  repo.git("commit", "--quiet", "--amend", "--message", "better words");
  const thinned = await selectExperiments(project, { baselines: { allCommits: true } });
  await rebaseExperiments(project, await planRebase(project.repo, thinned));
  interface Shown {
    readonly rev: string;
    readonly experiments:
      | { readonly name: string; readonly revs: { readonly rev: string; readonly data: object }[] }[]
      | null;
  }
  const shown = (dvcJson(repo.root, "exp", "show") as Shown[]).find(({ rev }) => rev === repo.head());
  expect(shown?.experiments?.map(({ name, revs }) => [name, revs.length])).toEqual([["calm-cod", 2]]);
  const chain = repo.git(
    "rev-list",
    "--first-parent",
    "refs/exps/*/*/calm-cod".replace("*/*", `${repo.head().slice(0, 2)}/${repo.head().slice(2)}`),
    "^HEAD",
  );
  expect(shown?.experiments?.[0]?.revs.map(({ rev }) => rev)).toEqual(chain.split("\n"));
  expect(
    execFileSync(PYTHON, ["-m", "dvc", "exp", "apply", "calm-cod"], { cwd: repo.root, env: INTEROP_ENV }),
  ).toBeDefined();
  expect(repo.read("model.bin")).toContain("brave-bat");
});
