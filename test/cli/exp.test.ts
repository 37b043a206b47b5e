import { writeFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { experimentRef, TestRun, undoHere } from "../experiments/support.ts";
import { waymark } from "../support/cli.ts";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";

let repo: GitRepo;

/** An experiment with three checkpoints; the second is the one of step 4. */
beforeEach(() => {
  repo = gitRepo({ "train.js": "// v1\n", "params.yaml": "lr: 0.1\n" });
  const run = new TestRun(repo, { name: "brave-bat" });
  for (const step of [0, 4, 9]) run.checkpoint(step);
  run.end(9);
  repo.write("live/.waymark/run.json", "{}");
});

async function exp(...args: readonly string[]) {
  return await waymark(["exp", ...args], { cwd: repo.root, env: GIT_TEST_ENV });
}

/** Ids and times differ from run to run. */
function normal(text: string): string {
  return text.replace(/\b[0-9a-f]{7}\b/gu, "<short>").replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?/gu, "<created>");
}

describe("exp show", () => {
  test("draws the checkpoints under their experiment", async () => {
    const { code, stdout } = await exp("show");
    expect(code).toBe(0);
    expect(normal(stdout).replace(/ +$/gmu, "")).toMatchInlineSnapshot(`
      "Experiment    Commit   Created           State     loss  step   lr
      workspace     -        -                 -          0.1     9  0.1
      main          <short>  <created>  -            -     -  0.1
      └─ brave-bat  <short>  <created>  finished   0.1     9  0.1
         ├─ @4      <short>  <created>  -          0.2     4  0.1
         └─ @0      <short>  <created>  -            1     0  0.1
      "
    `);
  });

  test("shows as many checkpoints as asked for", async () => {
    const { stdout } = await exp("show", "--checkpoints", "1");
    expect(stdout).toContain("   ├─ @4");
    expect(stdout).toContain("   └─ 1 older");
    expect((await exp("show", "--checkpoints", "0")).stdout).not.toContain("@");
  });

  test("prints CSV and Markdown with DVC's columns", async () => {
    const csv = await exp("show", "--csv", "--hide-workspace");
    expect(normal(csv.stdout)).toMatchInlineSnapshot(`
      "Experiment,rev,typ,Created,parent,State,loss,step,lr
      ,main,baseline,<created>,,,,,0.1
      brave-bat,<short>,branch_base,<created>,,Finished,0.1,9,0.1
      "
    `);
    const markdown = await exp("show", "--md", "--drop", "step", "--drop", "lr");
    expect(markdown.stdout.split("\n")[0]).toMatch(/^\| Experiment +\| Created +\| State +\| loss +\|$/u);
  });

  test("leaves out columns, and sorts", async () => {
    repo.write("params.yaml", "lr: 0.2\n");
    new TestRun(repo, { name: "calm-cod" }).checkpoint(0, { loss: 0.01 });
    const { stdout } = await exp("show", "--sort-by", "loss", "--drop", "step", "--only-changed", "--hide-workspace");
    expect(stdout.indexOf("calm-cod")).toBeLessThan(stdout.indexOf("brave-bat"));
    expect(stdout).not.toContain("step");
    expect(stdout).toContain("lr");
    const unknown = await exp("show", "--sort-by", "los");
    expect([unknown.code, unknown.stderr]).toEqual([255, expect.stringContaining("No metric or param named 'los'")]);
  });

  test("names hostile to a terminal are made harmless", async () => {
    repo.write("live/metrics.json", '{"\\u001b[31mred": 1}\n');
    repo.write("dvc.yaml", "metrics:\n- live/metrics.json\n");
    const { stdout } = await exp("show");
    expect(stdout).toContain(String.raw`\x1b[31mred`);
    expect(stdout).not.toContain("\u001b");
  });

  test("is also known as show", async () => {
    const { stdout } = await waymark(["show", "--json"], { cwd: repo.root, env: GIT_TEST_ENV });
    expect(JSON.parse(stdout)).toMatchObject([
      { rev: "workspace" },
      { name: "main", experiments: [{ name: "brave-bat" }] },
    ]);
  });
});

test("exp list prints names and ids the way DVC does", async () => {
  const tip = repo.git("rev-parse", experimentRef(repo.head(), "brave-bat"));
  expect((await exp("list")).stdout).toBe(`main:\n\t${tip.slice(0, 7)} [brave-bat]\n`);
  expect((await exp("ls", "--name-only")).stdout).toBe("brave-bat\n");
  expect((await exp("list", "--sha-only")).stdout).toBe(`${tip}\n`);
  expect(JSON.parse((await exp("list", "--json")).stdout)).toMatchObject([
    { name: "main", experiments: [{ name: "brave-bat", commit: tip }] },
  ]);
});

describe("exp apply", () => {
  test("puts a checkpoint into the workspace", async () => {
    const { code, stderr } = await exp("apply", "brave-bat@4");
    expect(code).toBe(0);
    expect(normal(stderr)).toBe("Applied brave-bat@4 (<short>): 4 files written, no files removed.\n");
    expect(repo.read("model.bin")).toBe("model 4\n");
  });

  test("lists what is in the way, and keeps a copy when forced", async () => {
    repo.write("train.js", "// edit\n");
    const refused = await exp("apply", "brave-bat@4");
    expect(refused.code).toBe(255);
    expect(refused.stderr).toBe(
      "error: Applying 'brave-bat@4' would replace changes that are saved nowhere:\n  train.js\n" +
        "hint: Commit them or save them with `waymark exp save`, or go on with `--force`, which keeps a copy.\n",
    );
    const { stderr } = await exp("apply", "--force", "brave-bat@4");
    expect(stderr).toContain("To get them back: waymark exp undo\n");
    await undoHere(repo);
    expect(repo.read("train.js")).toBe("// edit\n");
  });

  test("says what it would do", async () => {
    const { stdout } = await exp("apply", "--dry-run", "brave-bat@4");
    expect(stdout).toContain("write   model.bin\n");
    expect(repo.read("model.bin")).toBe("model 9\n");
  });

  test("proposes names", async () => {
    const { code, stderr } = await exp("apply", "brave-bt");
    expect([code, stderr]).toEqual([255, "error: No experiment named 'brave-bt'\nhint: Did you mean brave-bat?\n"]);
  });
});

test("exp list says where to look when there is nothing to list", async () => {
  repo.git("commit", "-q", "--allow-empty", "-m", "on");
  const { code, stdout, stderr } = await exp("list");
  expect([code, stdout, stderr]).toEqual([0, "", expect.stringContaining("exp list -A")]);
  expect((await exp("list", "--quiet")).stderr).toBe("");
});

test("exp branch makes a branch at the checkpoint", async () => {
  const { code, stderr } = await exp("branch", "brave-bat@4", "good");
  expect([code, normal(stderr)]).toEqual([0, "Branch 'good' is at <short>. To switch to it: git switch good\n"]);
  expect(repo.files("good")["live/metrics.json"]).toContain('"step": 4');
  expect((await exp("branch", "brave-bat", "good")).code).toBe(255);
});

test("exp remove removes by name, and asks for one selection", async () => {
  expect((await exp("remove")).code).toBe(255);
  expect((await exp("remove", "-A", "brave-bat")).code).toBe(255);
  expect((await exp("rm", "brave-bat")).stdout).toBe("Removed experiments: 'brave-bat'\n");
  expect((await exp("remove", "-A")).stdout).toBe("No experiments to remove.\n");
});

test("exp save prints the name, or the commit as JSON", async () => {
  expect((await exp("save", "-n", "mine")).stdout).toBe("Experiment has been saved as: mine\n");
  const { stdout } = await exp("save", "-n", "mine", "-f", "--json");
  expect(JSON.parse(stdout)).toEqual({ ref: repo.git("rev-parse", experimentRef(repo.head(), "mine")) });
  expect((await exp("save", "-n", "mine")).code).toBe(1);
});

describe("exp resume", () => {
  test("says what it does, restores the files, and runs the command told where to go on", async () => {
    writeFileSync(repo.path("train.js"), "console.log(process.env.WAYMARK_RESUME, process.cwd()); process.exit(3);\n");
    const { code, stdout, stderr } = await exp("resume", "brave-bat@4");
    expect(normal(stderr)).toBe(
      "Resuming brave-bat@4 (<short>).\n" +
        "brave-bat@4 goes on as a new experiment, because brave-bat has newer checkpoints; brave-bat stays as it is.\n" +
        "Restores model.bin, live.\nRuns node train.js\n",
    );
    expect(stdout).toBe(`brave-bat@4 ${repo.root}\n`);
    expect(code).toBe(3);
    expect(repo.read("model.bin")).toBe("model 4\n");
  });

  test("changes nothing in a dry run, and runs nothing when only the files are wanted", async () => {
    const { stdout } = await exp("resume", "brave-bat@4", "--dry", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ experiment: "brave-bat", selector: "brave-bat@4", step: 4, continuation: "fork" },
      ...{ restored: ["model.bin", "live"], command: ["node", "train.js"], cwd: repo.root },
    });
    expect(repo.read("model.bin")).toBe("model 9\n");
    expect((await exp("resume", "brave-bat@0", "--no-run")).stdout).toBe("");
    expect(repo.read("model.bin")).toBe("model 0\n");
  });

  test("names the steps there are", async () => {
    const { code, stderr } = await exp("resume", "brave-bat@5");
    expect([code, stderr]).toEqual([
      1,
      "error: Experiment 'brave-bat' has no checkpoint of step 5\nhint: Its checkpoints are of steps 0, 4, 9.\n",
    ]);
  });
});

describe("checkpoint", () => {
  test("commits from a shell script", async () => {
    repo.write("model.bin", "from a script\n");
    const args = ["checkpoint", "model.bin", "-n", "scripted", "--step", "12", "--dir", "results"];
    const first = await waymark(args, { cwd: repo.root, env: GIT_TEST_ENV });
    expect(normal(first.stdout)).toBe("scripted@12 <short>\n");
    const second = await waymark([...args, "--json"], { cwd: repo.root, env: GIT_TEST_ENV });
    expect(JSON.parse(second.stdout)).toMatchObject({ experiment: "scripted", step: 12 });
  });

  test("says why it was not made", async () => {
    const { code, stderr } = await waymark(["checkpoint", "nothing.bin"], { cwd: repo.root, env: GIT_TEST_ENV });
    expect(code).toBe(1);
    expect(stderr).toContain("error: The checkpoint was not made: ");
  });
});

test.each([
  [["exp", "show"], 253],
  [["exp", "list"], 253],
  [["exp", "resume", "x"], 1],
])("%j outside of a repository answers %i", async (args, expected) => {
  repo.remove(".git");
  const { code, stderr } = await waymark(args, { cwd: repo.root, env: GIT_TEST_ENV });
  expect([code, stderr]).toEqual([expected, expect.stringContaining("is not in a Git repository")]);
});

test.each([[["exp", "list", "--nope"]], [["exp", "show", "-n", "0"]], [["exp", "apply"]]])(
  "%j is wrong usage",
  async (args) => {
    expect((await waymark(args, { cwd: repo.root, env: GIT_TEST_ENV })).code).toBe(254);
  },
);
