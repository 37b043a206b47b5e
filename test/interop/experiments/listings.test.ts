import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../../support/python.ts";
import { interopRepo } from "../project.ts";

const TIMEOUT_MS = 600_000;

/** What the real `dvc` answers: its output, and how it ends. */
function theirs(repo: GitRepo, args: readonly string[]): { readonly code: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(PYTHON, ["-m", "dvc", ...args], { cwd: repo.root, env: INTEROP_ENV });
  return { code: status, stdout: stdout.toString() };
}

/** What we answer. */
async function ours(repo: GitRepo, args: readonly string[]): Promise<ReturnType<typeof theirs>> {
  const { code, stdout } = await runHere(repo.root, args, INTEROP_ENV);
  return { code, stdout };
}

/** An answer of `exp diff` with the rows of each table grouped by their file, in the order of names; a file's own rows keep theirs. */
function withFilesInOrder({ code, stdout }: ReturnType<typeof theirs>): ReturnType<typeof theirs> {
  const tables = stdout.split("\n\n").map((table) => {
    const [heading = "", ...rows] = table.split("\n").map((line) => line.trimEnd());
    const fileOf = (row: string): string => /^(?:\| )?(\S*)/.exec(row)?.[1] ?? "";
    return [heading, ...rows.toSorted((a, b) => fileOf(a).localeCompare(fileOf(b)))].join("\n");
  });
  return { code, stdout: tables.join("\n\n") };
}

describe("listings of a repository that both know", { timeout: TIMEOUT_MS }, () => {
  let repo: GitRepo;

  /** Three experiments that DVC saved: values of every kind, a metric that one alone has, and a changed pipeline. */
  beforeAll(() => {
    repo = interopRepo({
      "dvc.yaml":
        "stages:\n  train:\n    cmd: echo\n    params:\n    - lr\n    metrics:\n    - metrics.json:\n        cache: false\n" +
        "params:\n- conf/more.toml\n",
      "conf/more.toml": 'depth = 3\nname = "é"\n',
      "metrics.json": '{"loss": 0.5, "acc": 0.123456789, "val": {"loss": 1}, "big": 12345678.9}',
      "params.yaml": "lr: 0.1\nlayers: [64, 10]\nname: adam\nsmall: 1.0e-07\n",
    });
    dvc(repo.root, "init", "--quiet");
    repo.commitAll("project");
    const save = (name: string, lr: string, metrics: string): void => {
      repo.write("params.yaml", `lr: ${lr}\nlayers: [6]\nname: ${name}\nsmall: 1.0e-07\n`);
      repo.write("metrics.json", metrics);
      dvc(repo.root, "exp", "save", "--name", name);
    };
    save("first", "0.2", '{"loss": 0.25, "acc": 0.9, "val": {"loss": 1}, "new": 3}');
    save("second", "0.3", '{"loss": 0.125, "acc": 1.0, "val": {"loss": 1}, "list": [1]}');
    save("third", "1", '{"loss": "nan?", "acc": 0.1}');
    repo.git("checkout", "--quiet", ".");
    repo.write("params.yaml", "lr: 7\n");
  }, TIMEOUT_MS);

  test.each(
    [
      ["show", "--csv"],
      ["show", "--csv", "--only-changed"],
      ["show", "--csv", "--only-changed", "--keep", "val"],
      ["show", "--csv", "--drop", "Created", "--drop", "rev|typ"],
      ["show", "--csv", "--drop", ".*loss", "--keep", "val"],
      ["show", "--csv", "--sort-by", "acc", "--sort-order", "desc", "--hide-workspace"],
      ["show", "--csv", "--sort-by", "new", "--sort-order", "desc"],
      ["show", "--csv", "--sort-by", "params.yaml:lr"],
      ["show", "--csv", "--sort-by", "nope"],
      ["show", "--csv", "--precision", "2", "--sha"],
      ["show", "--csv", "-A"],
      ["show", "--csv", "--rev", "HEAD~1", "-n", "2"],
      ["show", "--md"],
      ["show", "--md", "--sha", "--only-changed", "--drop", "layers"],
      ["show", "--json"],
      ["show", "--json", "--sort-by", "acc", "--hide-workspace"],
      ["show", "--json", "--rev", "nope"],
      ["diff"],
      ["diff", "--md", "--all"],
      ["diff", "first", "second"],
      ["diff", "first", "third", "--no-path", "--precision", "2"],
      ["diff", "second", "--param-deps"],
      ["diff", "nope"],
      ["list"],
      ["list", "--name-only"],
      ["list", "--sha-only"],
      ["list", "--rev", "HEAD~1"],
      ["list", "--rev", "nope"],
    ].map((words) => ({ line: words.join(" "), args: ["exp", ...words] })),
  )("exp $line", async ({ args }) => {
    const [one, other] = [await ours(repo, args), theirs(repo, args)];
    // `exp diff` takes its files from a set, whose order changes from one start of DVC to the next.
    const compared = args.includes("diff") ? withFilesInOrder : (answer: typeof one) => answer;
    expect(compared(one)).toEqual(compared(other));
  });

  test("exp diff --json has the same keys and values, whatever their order", async () => {
    for (const args of [[], ["first", "second"], ["third", "first", "--all"], ["HEAD", "third", "--param-deps"]]) {
      const [one, other] = [
        await ours(repo, ["exp", "diff", "--json", ...args]),
        theirs(repo, ["exp", "diff", "--json", ...args]),
      ];
      expect(one.code).toBe(other.code);
      expect(JSON.parse(one.stdout)).toEqual(JSON.parse(other.stdout));
    }
  });

  test("exp list of a Git remote is the same", async () => {
    const remote = repo.path("..", `${repo.root.split("/").at(-1) ?? ""}.git`);
    repo.git("clone", "--quiet", "--bare", ".", remote);
    repo.git("push", "--quiet", remote, "refs/exps/*:refs/exps/*");
    for (const args of [[], ["--name-only"], ["--sha-only"], ["--rev", "HEAD~1"]]) {
      const line = ["exp", "list", remote, ...args];
      const [one, other] = [await ours(repo, line), theirs(repo, line)];
      // DVC gives names in no order.
      const sorted = ({ code, stdout }: typeof one) => ({ code, lines: stdout.split("\n").toSorted() });
      expect(sorted(one)).toEqual(sorted(other));
    }
  });

  test("tags, notes and queries of ours are nothing that DVC meets", async () => {
    const before = theirs(repo, ["exp", "show", "--json"]);
    await ours(repo, ["exp", "tag", "first", "-t", "paper"]);
    await ours(repo, ["exp", "note", "first", "why"]);
    expect(theirs(repo, ["exp", "show", "--json", "--force"])).toEqual(before);
    expect(await ours(repo, ["exp", "show", "--json"])).toEqual(before);
    expect(await ours(repo, ["exp", "list", "--where", "tag = paper", "--name-only"])).toEqual({
      ...{ code: 0, stdout: "first\n" },
    });
  });
});
