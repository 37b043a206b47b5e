import { beforeEach, describe, expect, test } from "vitest";
import { TestRun } from "../experiments/support.ts";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { repoTemplate } from "../support/repo-template.ts";
import { type Answer, runHere } from "../support/in-process.ts";

let repo: GitRepo;

/** An experiment with three checkpoints. */
const makeRepo = repoTemplate(() => {
  const made = gitRepo({ "train.js": "// v1\n", "params.yaml": "lr: 0.1\n" });
  const run = new TestRun(made, { name: "brave-bat" });
  for (const step of [0, 4, 9]) run.checkpoint(step);
  run.end(9);
  made.write("live/.waymark/run.json", "{}");
  return made;
});

beforeEach(() => {
  repo = makeRepo();
});

async function exp(...args: readonly string[]): Promise<Answer> {
  return runHere(repo.root, ["exp", ...args]);
}

/** Ids and times differ from run to run. */
function normal(text: string): string {
  return text
    .replace(/\b\d{8}T\d{6}Z-[0-9a-f]{7}\b/gu, "<operation>")
    .replace(/\b[0-9a-f]{7}\b/gu, "<short>")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/gu, "<time>");
}

async function names(): Promise<string[]> {
  return (await exp("list", "-A", "--name-only")).stdout.split("\n").filter(Boolean);
}

describe("exp remove", () => {
  test("says what it would remove, removes it, and says how to have it back", async () => {
    for (const flag of ["--dry", "--dry-run"]) {
      expect((await exp("remove", "brave-bat", flag)).stdout).toBe("Would remove experiments: 'brave-bat'\n");
    }
    expect(await names()).toEqual(["brave-bat"]);
    const { stdout, stderr } = await exp("rm", "brave-bat");
    expect(stdout).toBe("Removed experiments: 'brave-bat'\n");
    expect(normal(stderr)).toBe("To bring back what was removed: waymark exp undo <operation>\n");
    expect((await exp("remove", "-A")).stdout).toBe("No experiments to remove.\n");
  });

  test("takes a query as the only selection", async () => {
    expect((await exp("remove", "--where", "loss > 100")).stdout).toBe("No experiments to remove.\n");
    expect((await exp("remove", "--where", "loss < 100", "--top", "1")).stdout).toContain("'brave-bat'");
    expect(await names()).toEqual([]);
  });

  test("asks for one selection, and refuses options that exclude each other", async () => {
    const codes = async (...lines: readonly string[]): Promise<number[]> =>
      Promise.all(lines.map(async (line) => (await exp("remove", ...line.split(" ").filter(Boolean))).code));
    expect(await codes("", "-A brave-bat", "--queue brave-bat", "--keep --queue", "nobody")).toEqual(
      Array.from({ length: 5 }, () => 255),
    );
    expect(await codes("--queue -g origin", "brave-bat --keep --checkpoints keep-last=1")).toEqual([254, 254]);
    expect(await codes("brave-bat@0 brave-bat", "brave-bat@9", "brave-bat@3")).toEqual([255, 255, 255]);
    expect(await names()).toEqual(["brave-bat"]);
  });

  test("clears an empty queue, and leaves that of DVC alone", async () => {
    expect((await exp("remove", "--queue")).stdout).toBe("No experiments to remove.\n");
    repo.git("update-ref", "refs/exps/celery/stash", "HEAD");
    const { code, stderr } = await exp("remove", "--queue", "-A");
    expect([code, stderr]).toEqual([255, expect.stringContaining("hint: Remove it with `dvc exp remove --queue`")]);
    expect(await names()).toEqual(["brave-bat"]);
  });

  test("thins checkpoints, by policy or by name", async () => {
    const dry = await exp("remove", "brave-bat", "--checkpoints", "keep-last=1", "--dry");
    expect(dry.stdout).toBe("Would remove 2 checkpoints (step 0, 4; 1 left) of 'brave-bat'\n");
    expect((await exp("remove", "brave-bat@4")).stdout).toBe("Removed 1 checkpoint (step 4; 2 left) of 'brave-bat'\n");
    expect((await exp("remove", "-A", "--checkpoints", "keep-every=9")).stdout).toBe("No checkpoints to remove.\n");
    expect((await exp("remove", "-A", "--checkpoints", "keep-some")).code).toBe(255);
  });
});

describe("exp undo", () => {
  test("takes back the last operation, lists them, and does again what was undone", async () => {
    await exp("remove", "brave-bat");
    const undone = await exp("undo");
    expect(undone.stdout).toBe("Undid: remove 'brave-bat'\n");
    expect(normal(undone.stderr)).toBe(
      "  brought back: 'brave-bat' of <short>\nTo do it again: waymark exp undo <operation>\n",
    );
    const list = await exp("undo", "--list");
    expect(normal(list.stdout)).toBe(
      "<operation>  <time>  undo remove 'brave-bat'\n<operation>  <time>  remove 'brave-bat'  (undone)\n",
    );
    const again = /exp undo (\S+)/u.exec(undone.stderr)?.[1] ?? "";
    expect((await exp("undo", again, "--dry")).stdout).toBe("Would undo: undo remove 'brave-bat'\n");
    expect((await exp("undo", again)).code).toBe(0);
    expect(await names()).toEqual([]);
  });

  test("gives back the workspace that an apply replaced, and applies again", async () => {
    repo.write("params.yaml", "lr: 0.7\n");
    expect((await exp("apply", "brave-bat@0", "--force")).code).toBe(0);
    expect(repo.read("params.yaml")).toBe("lr: 0.1\n");
    const undone = await exp("undo");
    expect(undone.stdout).toBe("Undid: apply brave-bat@0\n");
    expect(undone.stderr).toContain("  given back: params.yaml\n");
    expect(repo.read("params.yaml")).toBe("lr: 0.7\n");
    expect((await exp("undo", /exp undo (\S+)/u.exec(undone.stderr)?.[1] ?? "")).code).toBe(0);
    expect(repo.read("params.yaml")).toBe("lr: 0.1\n");
    expect(normal((await exp("undo", "--list")).stdout)).toBe(
      "<operation>  <time>  redo apply brave-bat@0\n" +
        "<operation>  <time>  undo apply brave-bat@0  (undone)\n" +
        "<operation>  <time>  apply brave-bat@0\n",
    );
  });

  test("refuses where files were changed since, and keeps them when forced", async () => {
    await exp("apply", "brave-bat@0", "--force");
    repo.write("model.bin", "mine\n");
    const { code, stderr } = await exp("undo");
    expect([code, stderr]).toEqual([1, expect.stringContaining("  model.bin")]);
    const forced = await exp("undo", "--force");
    expect(repo.read("model.bin")).toBe("model 9\n");
    await exp("undo", /exp undo (\S+)/u.exec(forced.stderr)?.[1] ?? "", "--force");
    expect(repo.read("model.bin")).toBe("mine\n");
  });

  test("prints JSON", async () => {
    await exp("remove", "brave-bat");
    const [operation] = JSON.parse((await exp("undo", "--list", "--json")).stdout) as unknown[];
    const change = { ref: expect.stringMatching(/^refs\/exps\/.*\/brave-bat$/u) as string, newId: null };
    expect(operation).toMatchObject({ kind: "remove", undone: false, undoes: null, changes: [change] });
    const undone: unknown = JSON.parse((await exp("undo", "--json")).stdout);
    expect(undone).toMatchObject({ summary: "remove 'brave-bat'", changes: [{ oldId: null }], files: [] });
  });

  test("says that there is nothing to undo", async () => {
    const { code, stderr } = await exp("undo");
    expect([code, stderr.split("\n")[0]]).toEqual([1, "error: There is nothing to undo"]);
    expect((await exp("undo", "--list")).stderr).toBe("No operations here that could be undone.\n");
  });
});

test("exp rename prints what DVC prints", async () => {
  expect((await exp("rename", "brave-bat", "calm-cod")).stdout).toBe("Renamed experiments: 'brave-bat'\n");
  expect(await names()).toEqual(["calm-cod"]);
  expect((await exp("rename", "calm-cod", "calm-cod")).stdout).toBe("No experiments to rename.\n");
  const codes = [];
  for (const args of [["calm-cod"], ["nobody", "x"], ["calm-cod", "a/b"]])
    codes.push((await exp("rename", ...args)).code);
  expect(codes).toEqual([255, 255, 255]);
});

test("exp gc asks first, and removes what nothing names", async () => {
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  expect((await exp("gc")).code).toBe(255);
  expect((await exp("gc", "--date", "2026-02-31x")).code).toBe(254);
  expect((await exp("gc", "-w", "--dry")).stdout).toBe("Would remove experiments: 'brave-bat'\n");
  const asked = await exp("gc", "-w");
  expect([asked.code, asked.stderr]).toEqual([
    1,
    "warning: This removes 1 experiment and keeps 0: those of the current commit.\n" +
      "Are you sure you want to proceed? Nobody is here to answer: pass `--force` to go on.\n",
  ]);
  expect((await exp("gc", "-w", "-n", "2", "-f")).stdout).toBe("No experiments to remove.\n");
  expect((await exp("gc", "-w", "--queued", "-f")).stdout).toBe(
    "Removed 1 experiment. To remove unused cache files use 'waymark gc'.\n",
  );
  expect(await names()).toEqual([]);
});

test("exp rebase finds the new commit, or takes the one it is told", async () => {
  repo.git("commit", "--quiet", "--amend", "--message", "better words");
  expect((await exp("rebase")).code).toBe(2);
  const dry = await exp("rebase", "--orphaned", "--dry");
  expect(normal(dry.stdout)).toBe("Would rebase 'brave-bat' (3 commits) from <short> onto <short>: the same change\n");
  const plans = JSON.parse((await exp("rebase", "brave-bat", "--json")).stdout) as unknown;
  expect(plans).toMatchObject([{ name: "brave-bat", onto: repo.head(), match: "patch" }]);
  expect((await exp("list", "--name-only")).stdout).toBe("brave-bat\n");
  expect((await exp("rebase", "--orphaned")).stdout).toBe("No experiments to rebase.\n");
  expect((await exp("rebase", "brave-bat")).stderr).toContain("hint: Nothing is orphaned.");
});

test("exp rebase leaves what it cannot place, and goes on with the rest", async () => {
  repo.write("train.js", "// v2\n");
  repo.git("commit", "--quiet", "--all", "--amend", "--message", "all new");
  const { code, stdout, stderr } = await exp("rebase", "--orphaned");
  expect([code, stdout]).toEqual([0, "No experiments to rebase.\n"]);
  expect(normal(stderr)).toContain("No commit makes the same change as <short>. Left as they are: 'brave-bat'");
  expect((await exp("rebase", "--orphaned", "--onto", "HEAD")).stdout).toContain("Rebased 'brave-bat'");
});

test("exp clean prints what DVC prints", async () => {
  expect(await exp("clean")).toEqual({
    ...{ code: 0, stdout: "Cleaning up dvc-task messages...\nDone!\n", stderr: "" },
  });
});
