import { beforeEach, describe, expect, test } from "vitest";
import { TestRun } from "../experiments/support.ts";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

let repo: GitRepo;

/** Two experiments: one with a tag and a note, one with a lower loss. */
beforeEach(async () => {
  repo = gitRepo({ "train.js": "// v1\n", "params.yaml": "lr: 0.1\n" });
  new TestRun(repo, { name: "brave-bat" }).checkpoint(0, { loss: 0.5 });
  repo.write("params.yaml", "lr: 0.2\n");
  new TestRun(repo, { name: "calm-cod" }).checkpoint(0, { loss: 0.25 });
  repo.remove("live/.waymark");
  await exp("tag", "brave-bat", "-t", "paper", "-t", "baseline");
  await exp("note", "brave-bat", "first line\nsecond line");
});

async function exp(...args: readonly string[]) {
  return runHere(repo.root, ["exp", ...args]);
}

/** Ids and times differ from run to run. */
function normal(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{7}\b/gu, "<short>")
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?/gu, "<created>")
    .replaceAll(/ +$/gmu, "");
}

describe("exp show", () => {
  test("has columns for tags and notes where there are any", async () => {
    const table = await exp("show", "--sort-by", "name", "--hide-workspace");
    expect(normal(table.stdout)).toMatchInlineSnapshot(`
      "Experiment    Commit   Created           Tags             Note         loss  step   lr
      main          <short>  <created>  -                -               -     -  0.1
      ├─ brave-bat  <short>  <created>  baseline, paper  first line…   0.5     0  0.1
      └─ calm-cod   <short>  <created>  -                -            0.25     0  0.2
      "
    `);
    const csv = await exp("show", "--csv", "--sort-by", "name", "--hide-workspace");
    expect(normal(csv.stdout)).toMatchInlineSnapshot(`
      "Experiment,rev,typ,Created,parent,Tags,Note,loss,step,lr
      ,main,baseline,<created>,,,,,,0.1
      brave-bat,<short>,branch_commit,<created>,,"baseline, paper","first line
      second line",0.5,0,0.1
      calm-cod,<short>,branch_base,<created>,,,,0.25,0,0.2
      "
    `);
    const markdown = await exp("show", "--md", "--drop", "Created");
    expect(markdown.stdout.split("\n")[0]).toMatch(/^\| Experiment +\| Tags +\| Note +\| loss +\| step +\| lr +\|$/u);
    expect((await exp("show", "--drop", "Note|Tags")).stdout).not.toMatch(/Tags|Note|paper|first/u);
    const json = await exp("show", "--json");
    expect(json.stdout).not.toMatch(/labels|paper/u);
    expect((await exp("show", "--json", "--labels")).stdout).toContain(
      '"labels": {"tags": ["baseline", "paper"], "note": "first line\\nsecond line"}',
    );
  });

  test("shows what a query finds, and says so when it finds nothing", async () => {
    const names = async (...args: string[]) =>
      (
        JSON.parse((await exp("show", "--json", "--hide-workspace", ...args)).stdout) as {
          readonly experiments: readonly { readonly name: string }[];
        }[]
      ).flatMap(({ experiments }) => experiments.map(({ name }) => name));
    expect(await names("--where", "params.lr = 0.2")).toEqual(["calm-cod"]);
    expect(await names("--where", "tag = paper and note ~ line")).toEqual(["brave-bat"]);
    expect(await names("--sort-by", "loss", "--top", "1")).toEqual(["calm-cod"]);
    const none = await exp("show", "--where", "lr > 5");
    expect(none.stderr).toBe("No experiment matches. With `-A` those of every commit are searched.\n");
    const wrong = await exp("show", "--where", "metrics.los > 1");
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      "error: No metric or param named 'metrics.los', at column 1:\n  metrics.los > 1\n  ^\nhint: Did you mean metrics.loss?\n",
    ]);
  });

  test("leaves out columns of its own that say nothing new, and those that are dropped", async () => {
    const header = async (...args: string[]) => (await exp("show", "--csv", ...args)).stdout.split("\r\n")[0];
    expect(await header("--only-changed", "--drop", "Tags|Note|Created")).toBe("Experiment,rev,typ,loss,step,lr");
    expect(await header("--drop", "rev|typ|parent|Tags|Note|loss", "--keep", "loss")).toBe(
      "Experiment,Created,loss,step,lr",
    );
  });

  test("says how many experiments a rebase has left behind", async () => {
    expect((await exp("show")).stderr).toBe("");
    repo.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "amended");
    const { stderr } = await exp("show");
    expect(stderr).toBe(
      "No experiments here yet. `waymark exp show -A` looks at every commit.\n" +
        "2 experiments of a commit that is on no branch any more; `waymark exp list -A` names all there are.\n" +
        "To see where they belong now: waymark exp rebase --orphaned --dry\n",
    );
    expect((await exp("show", "--json")).stderr).toBe("");
    expect((await exp("show", "-q")).stderr).toBe("");
  });

  test("answers 255 for a column that nobody has, as DVC does", async () => {
    const { code, stderr } = await exp("show", "--sort-by", "los");
    expect([code, stderr]).toEqual([255, "error: No metric or param named 'los'\nhint: Did you mean loss?\n"]);
  });
});

describe("exp diff", () => {
  test("compares experiments in two tables", async () => {
    const { code, stdout } = await exp("diff", "brave-bat", "calm-cod");
    expect(code).toBe(0);
    expect(normal(stdout)).toMatchInlineSnapshot(`
      "Path               Metric    brave-bat    calm-cod    Change
      live/metrics.json  loss      0.5          0.25        -0.25

      Path         Param    brave-bat    calm-cod    Change
      params.yaml  lr       0.1          0.2         0.1
      "
    `);
    expect((await exp("diff", "brave-bat", "calm-cod", "--md", "--no-path")).stdout).toContain(
      "| Metric   | brave-bat   | calm-cod   | Change   |",
    );
  });

  test("prints JSON with DVC's keys, and everything with --all", async () => {
    const { stdout } = await exp("diff", "brave-bat@0", "calm-cod", "--json");
    expect(stdout).toBe(
      '{"metrics": {"live/metrics.json": {"loss": {"old": 0.5, "new": 0.25, "diff": -0.25}}}, ' +
        '"params": {"params.yaml": {"lr": {"old": 0.1, "new": 0.2, "diff": 0.1}}}}\n',
    );
    expect((await exp("diff", "brave-bat", "brave-bat", "--json")).stdout).toBe('{"metrics": {}, "params": {}}\n');
    expect((await exp("diff", "brave-bat", "brave-bat", "--json", "--all")).stdout).toContain('"step": {"old": 0');
    expect((await exp("diff", "brave-bat", "calm-cod", "--json", "--param-deps")).stdout).toContain('"params": {}');
  });

  test("answers 1 for what is no revision, and with nothing where there is no commit", async () => {
    expect((await exp("diff", "brave-bta")).code).toBe(1);
    repo = gitRepo({});
    expect(await exp("diff", "--json")).toMatchObject({ code: 0, stdout: "{}\n" });
  });
});
