import { describe, expect, test } from "vitest";
import { roundDecimals } from "../../packages/cli/src/render/round-digits.ts";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

function changedRepo(): GitRepo {
  const repo = gitRepo({
    ".dvc/config": "",
    "dvc.yaml":
      "stages:\n  a:\n    cmd: x\n    params:\n    - lr\n    metrics:\n    - m.json:\n        cache: false\nmetrics:\n- sub\n- one.json\n",
    "params.yaml": "lr: 0.1\nnet: {layers: [64, 32], on: true}\n",
    "m.json": '{"acc": 0.123456789, "n": 3, "nest": {"ok": true}}',
    "sub/b.yaml": "f: 123456.789\nt: 2.5e-05\n",
    "one.json": "5",
  });
  repo.git("tag", "v1");
  repo.write("params.yaml", "lr: 0.2\nnet: {layers: [128, 32], off: x}\n");
  repo.write("m.json", '{"acc": 0.5, "n": 4, "nest": {"ok": true}}');
  return repo;
}

async function run(repo: GitRepo, line: string, folder = "."): Promise<string> {
  const { code, stdout, stderr } = await runHere(repo.path(folder), line.split(" "));
  return code === 0 ? stdout + stderr : `${stdout}${stderr}(${code})`;
}

describe("params diff", () => {
  test("prints what changed as a table", async () => {
    expect(await run(changedRepo(), "params diff")).toMatchInlineSnapshot(`
      "Path         Param       HEAD      workspace
      params.yaml  lr          0.1       0.2
      params.yaml  net.layers  [64, 32]  [128, 32]
      params.yaml  net.off     -         x
      params.yaml  net.on      True      -
      "
    `);
  });

  test("prints JSON, and only what is asked for", async () => {
    const repo = changedRepo();
    expect(await run(repo, "params diff --json")).toMatchInlineSnapshot(`
      "{"params.yaml": {"lr": {"old": 0.1, "new": 0.2, "diff": 0.1}, "net.layers": {"old": "[64, 32]", "new": "[128, 32]"}, "net.off": {"old": null, "new": "x"}, "net.on": {"old": true, "new": null}}}
      "
    `);
    expect(await run(repo, "params diff --deps --json")).toMatchInlineSnapshot(`
      "{"params.yaml": {"lr": {"old": 0.1, "new": 0.2, "diff": 0.1}}}
      "
    `);
    expect(await run(repo, "params diff HEAD v1 --all --targets params.yaml --json")).toMatchInlineSnapshot(`
      "{"params.yaml": {"lr": {"old": 0.1, "new": 0.1, "diff": 0.0}, "net.layers": {"old": "[64, 32]", "new": "[64, 32]"}, "net.on": {"old": true, "new": true, "diff": 0}}}
      "
    `);
  });

  test("prints Markdown with a blank line at the end, and leaves paths out when told so", async () => {
    const repo = changedRepo();
    expect(await run(repo, "params diff --md --deps")).toMatchInlineSnapshot(`
      "| Path        | Param   | HEAD   | workspace   |
      |-------------|---------|--------|-------------|
      | params.yaml | lr      | 0.1    | 0.2         |

      "
    `);
    expect(await run(repo, "params diff --no-path --deps")).toMatchInlineSnapshot(`
      "Param    HEAD    workspace
      lr       0.1     0.2
      "
    `);
  });

  test("prints nothing where nothing differs, and in a repository without commits", async () => {
    expect(await run(changedRepo(), "params diff HEAD v1")).toBe("");
    expect(await run(gitRepo({}), "params diff --json")).toBe("{}\n");
  });

  test("names paths as they are seen from the current folder", async () => {
    expect(await run(changedRepo(), "params diff --deps --json", "sub")).toContain('"../params.yaml"');
  });

  test("finds targets from the current folder, and from the root as DVC does", async () => {
    const repo = changedRepo();
    const fromRoot = await run(repo, "params diff --targets params.yaml --json", "sub");
    expect(fromRoot).toContain('"../params.yaml": {"lr"');
    expect(await run(repo, "params diff --targets ../params.yaml --json", "sub")).toBe(fromRoot);
  });

  test("warns of what cannot be read, and shows the rest", async () => {
    const repo = changedRepo();
    repo.write("params.yaml", "lr: [");
    expect(await run(repo, "params diff --deps")).toMatchInlineSnapshot(`
      "Path         Param    HEAD    workspace
      params.yaml  lr       0.1     -
      warning: Some params of these revisions could not be read: 'workspace'.
      "
    `);
  });

  test("answers an unknown revision with 255, and wrong usage with 254", async () => {
    const repo = changedRepo();
    expect(await run(repo, "params diff nothing")).toMatchInlineSnapshot(`
      "error: No revision 'nothing' in this repository
      hint: A revision is a branch, a tag, a commit id or an expression such as HEAD~2.
      (255)"
    `);
    expect(await run(repo, "params diff a b c")).toContain("(254)");
  });
});

describe("metrics show", () => {
  test("prints a row for each file and a column for each metric, rounded", async () => {
    const repo = changedRepo();
    expect(await run(repo, "metrics show")).toMatchInlineSnapshot(`
      "Path            acc    f           n    nest.ok    t
      m.json      -   0.5    -           4    True       -
      sub/b.yaml  -   -      123456.789  -    -          3e-05
      one.json    5   -      -           -    -          -
      "
    `);
    expect(await run(repo, "metrics show --precision 2 m.json")).toMatchInlineSnapshot(`
      "Path    acc    n    nest.ok
      m.json  0.5    4    True
      "
    `);
    expect(await run(repo, "metrics show --md")).toMatchInlineSnapshot(`
      "| Path       |    | acc   | f          | n   | nest.ok   | t     |
      |------------|----|-------|------------|-----|-----------|-------|
      | m.json     | -  | 0.5   | -          | 4   | True      | -     |
      | sub/b.yaml | -  | -     | 123456.789 | -   | -         | 3e-05 |
      | one.json   | 5  | -     | -          | -   | -         | -     |

      "
    `);
  });

  test("prints JSON with every digit, an error in place of what cannot be read", async () => {
    const repo = changedRepo();
    repo.write("m.json", '{"a": NaN, "list": [1], "none": null, "empty": {}, "big": 12345678901234567890}');
    expect(await run(repo, "metrics show --json m.json gone.json")).toMatchInlineSnapshot(`
      "{"": {"data": {"m.json": {"data": {"a": NaN, "big": 12345678901234567890}}, "gone.json": {"error": {"type": "FileNotFoundError", "msg": "No such file: 'gone.json'"}}}}}
      warning: Some metrics of these revisions could not be read: 'workspace'.
      "
    `);
  });

  test("names revisions by all their names, and leaves out a workspace that is no different", async () => {
    const repo = changedRepo();
    const labels = async (line: string) => Object.keys(JSON.parse(await run(repo, line)) as object);
    expect(await labels("metrics show -a --json")).toEqual(["workspace", "main"]);
    expect(await labels("metrics show -a -T --json")).toEqual(["workspace", "main,v1"]);
    expect(await labels("metrics show -A --json")).toEqual(["workspace", repo.head()]);
    repo.git("checkout", "--quiet", "--", "m.json");
    expect(await labels("metrics show -a --json")).toEqual(["main"]);
  });

  test("takes a file that holds zero, false or nothing for one without metrics", async () => {
    const repo = changedRepo();
    for (const nothing of ["0", "0.0", "false", '""']) {
      repo.write("one.json", nothing);
      expect(await run(repo, "metrics show --json one.json")).toBe('{"": {"data": {"one.json": {"data": {}}}}}\n');
    }
  });
});

describe("metrics diff", () => {
  test("prints old, new and the difference, rounded in tables alone", async () => {
    const repo = changedRepo();
    expect(await run(repo, "metrics diff")).toMatchInlineSnapshot(`
      "Path    Metric    HEAD     workspace    Change
      m.json  acc       0.12346  0.5          0.37654
      m.json  n         3        4            1
      "
    `);
    expect(await run(repo, "metrics diff --json")).toMatchInlineSnapshot(`
      "{"m.json": {"acc": {"old": 0.123456789, "new": 0.5, "diff": 0.376543211}, "n": {"old": 3, "new": 4, "diff": 1}}}
      "
    `);
    expect(await run(repo, "metrics diff v1 --all --targets sub one.json --no-path")).toMatchInlineSnapshot(`
      "Metric    v1          workspace    Change
      f         123456.789  123456.789   0.0
      t         3e-05       3e-05        0.0
                5           5            0
      "
    `);
  });

  test("takes experiments and their checkpoints by name", async () => {
    const repo = changedRepo();
    const commit = repo.git("stash", "create");
    repo.git("update-ref", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/brave-bat`, commit);
    repo.git("checkout", "--quiet", "--", "m.json");
    expect(await run(repo, "metrics diff HEAD brave-bat --json")).toContain('"n": {"old": 3, "new": 4, "diff": 1}');
    expect(await run(repo, "metrics diff HEAD brave-bt")).toContain("No revision 'brave-bt'");
  });

  test("rounds what lies halfway to the even digit, as Python does", () => {
    expect([0.125, 0.375, 2.5, 0.5, -0.125].map((value) => roundDecimals(value, 2))).toEqual([
      0.12, 0.38, 2.5, 0.5, -0.12,
    ]);
    expect([2.5, 3.5, 1e22].map((value) => roundDecimals(value, 0))).toEqual([2, 4, 1e22]);
    expect([0.123456789, 2.5e-5, 1 / 3].map((value) => roundDecimals(value, 5))).toEqual([0.12346, 3e-5, 0.33333]);
    expect(roundDecimals(NaN, 5)).toBeNaN();
  });
});
