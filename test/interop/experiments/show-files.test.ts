import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { interopRepo } from "../project.ts";
import { expectSameParamDeps, type ShownRange, type ShownState, startBoth } from "./both.ts";
import { type PlumbedCommit, writeExperiment } from "./plumbing.ts";

const both = startBoth();

/** A repository with DVC in it, these files committed, and an experiment per set of changes. */
async function projectWith(
  files: Readonly<Record<string, string>>,
  experiments: readonly PlumbedCommit["files"][] = [],
): Promise<GitRepo> {
  const repo = interopRepo(files);
  await both.dvc(repo, "init", "-q");
  repo.commitAll("use dvc");
  experiments.forEach((changes, index) =>
    writeExperiment(repo, "HEAD", `exp-${index}`, changes, { at: 1_700_000_000 + index }),
  );
  return repo;
}

const STAGE = "stages:\n  train:\n    cmd: echo\n";

describe("exp show --json reads files as DVC does", { timeout: 300_000 }, () => {
  test("params in every format", async () => {
    const repo = await projectWith(
      {
        "params.yaml": 'a: 1\nb: 1.0\nc: 1e-5\nd: [1, {e: f}]\nh: "é ü"\ni: 0x1f\nj: 0o17\nk: .inf\nl: ~\nm: yes\n',
        "more.json": '{"a": 1, "b": 1.0, "c": 1e-05, "d": [true, null], "é": "\\u00e9", "n": NaN}\n',
        "some.toml": 'a = 1\nb = 1.0\n[deep]\nc = ["x", "y"]\nd = 1e3\n[[list]]\ne = true\n',
        "code.py": 'LR = 0.1\nNAME = "x"\nLIST = [1, 2]\nclass Train:\n    epochs: int = 5\n    rate = 1e-3\n',
        "dvc.yaml": `${STAGE}    params:\n    - a\n    - more.json:\n    - some.toml:\n      - deep\n    - code.py:\n      - LR\n      - Train.epochs\n`,
      },
      [
        { "params.yaml": "a: 2\nb: two\n", "code.py": "LR = 0.2\n\nclass Train:\n    epochs = 6\n" },
        { "more.json": '{"a": {"b": {"c": -0.0}}}\n', "some.toml": "deep = 5\n" },
      ],
    );
    await both.expectSame(repo, "exp", "show", "--json");
    await expectSameParamDeps(both, repo);
  });

  test("metrics in every format, and what is no number", async () => {
    const repo = await projectWith(
      {
        "m.json":
          '{"acc": 0.5, "n": 1, "big": 123456789012345678901234567890, "s": "text", "b": true, "z": null, "l": [1, 2], "deep": {"x": {"y": -1e-300}}}\n',
        "m.yaml": "a: 1\nb: .nan\nc: -.inf\nd: {e: 1e3, f: 1.0e+3}\n",
        "m.toml": "a = 1\n[b]\nc = 1.5\nd = inf\n",
        plain: "0.25\n",
        "dvc.yaml": `${STAGE}    metrics:\n    - m.json: {cache: false}\n    - m.yaml: {cache: false}\nmetrics:\n- m.toml\n- plain\n`,
      },
      [
        { "m.json": '{"acc": 1}\n', "m.yaml": "1.5\n" },
        { "m.json": "[1, 2]\n", "m.toml": "" },
      ],
    );
    await both.expectSame(repo, "exp", "show", "--json");
  });

  test("deps and outs of stages with and without a lock, and data that .dvc files track", async () => {
    const repo = await projectWith({
      "train.js": "// trains\n",
      "dvc.yaml":
        "stages:\n  first:\n    cmd: echo 1 > one.txt\n    deps: [train.js]\n    outs: [one.txt]\n" +
        "  second:\n    cmd: mkdir -p out && echo 2 > out/two.txt\n    deps: [one.txt]\n    outs:\n    - out\n    - kept.txt: {cache: false, persist: true}\n",
      "kept.txt": "kept\n",
      ".gitignore": "/data\n",
    });
    repo.write("data/a.bin", "a");
    repo.write("data/b.bin", "bb");
    await both.dvc(repo, "add", "-q", "data");
    repo.commitAll("data");
    await both.expectSame(repo, "exp", "show", "--json");
    await both.dvc(repo, "repro", "-q");
    await both.expectSame(repo, "exp", "show", "--json");
    await both.dvc(repo, "exp", "save", "-q", "-n", "reproduced");
    await both.expectSame(repo, "exp", "show", "--json", "--force");
    repo.write("data/c.bin", "ccc");
    await both.expectSame(repo, "exp", "show", "--json");
  });

  test("a value or an error for each file", async () => {
    const repo = await projectWith(
      {
        "params.yaml": "a: 1\n",
        "m.json": '{"acc": 1}\n',
        "dvc.yaml": `${STAGE}    params: [a]\n    metrics:\n    - m.json: {cache: false}\n`,
      },
      [
        { "m.json": "{broken\n" },
        { "m.json": null },
        { "m.json": "" },
        { "params.yaml": null },
        { "m.json": '"text"\n' },
        { "dvc.yaml": "stages: [\n" },
        { "dvc.yaml": null },
        { "dvc.yaml": "stages:\n  train:\n    cmd: ${nothing}\n" },
      ],
    );
    const { theirs, mine } = await shownBy(repo);
    expect(withErrorsSorted(mine)).toEqual(withErrorsSorted(theirs));
    const errors = theirs.flatMap(({ experiments }) => experiments ?? []).map(({ revs: [tip] }) => tip?.error?.type);
    expect(new Set(errors.slice(-2))).toEqual(new Set(["ResolveError", "YAMLSyntaxError"]));
  });

  test("values of the other files where DVC gives up on a whole commit for one of them", async () => {
    const changes: readonly PlumbedCommit["files"][] = [
      { "params.yaml": "a: [1\n" },
      { "params.yaml": "a: 2020-01-02\n" },
      { "params.yaml": "- a\n- b\n" },
      { "dvc.yaml": `${STAGE}    params: [a]\nmetrics:\n- m.json\nunknown: 1\n` },
      { "dvc.lock": "schema: '2.0'\nstages: 5\n" },
    ];
    const repo = await projectWith(
      {
        "params.yaml": "a: 1\n",
        "m.json": '{"acc": 1}\n',
        "dvc.yaml": `${STAGE}    params: [a]\nmetrics:\n- m.json\n`,
      },
      changes,
    );
    const { theirs, mine } = await shownBy(repo);
    const tips = (states: readonly ShownState[]): Map<string, ShownState | undefined> =>
      new Map(states.flatMap(({ experiments }) => experiments ?? []).map(({ name, revs: [tip] }) => [name, tip]));
    const [theirTips, ourTips] = [tips(theirs), tips(mine)];
    for (const index of changes.keys()) {
      expect(theirTips.get(`exp-${index}`)?.data, `${index}`).toBeNull();
      expect(ourTips.get(`exp-${index}`)?.data?.metrics, `${index}`).toEqual({ "m.json": { data: { acc: 1 } } });
    }
  });

  /** What both show, without the words of errors, which are of Python's libraries; the kinds of errors stay. */
  async function shownBy(repo: GitRepo): Promise<{ theirs: readonly ShownState[]; mine: readonly ShownState[] }> {
    const parse = (text: string): readonly ShownState[] =>
      JSON.parse(text, (key, value: unknown) => (key === "msg" ? "…" : value)) as readonly ShownState[];
    const args = ["exp", "show", "--json"];
    return { theirs: parse(await both.dvc(repo, ...args)), mine: parse(await both.ours(repo, ...args)) };
  }
});

/** Both put what cannot be read last; among these DVC has no order. */
function withErrorsSorted(states: readonly ShownState[]): unknown {
  return states.map((state) => ({
    ...state,
    experiments: state.experiments?.toSorted((a, b) => {
      const hasFailed = ({ revs: [tip] }: ShownRange): boolean => tip?.data === null;
      return hasFailed(a) && hasFailed(b) ? a.name.localeCompare(b.name) : 0;
    }),
  }));
}
