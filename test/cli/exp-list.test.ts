import { describe, expect, test } from "vitest";
import { TestRun } from "../experiments/support.ts";
import { waymark } from "../support/cli.ts";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

/** One experiment of an older commit, two of HEAD. */
function project(): GitRepo {
  const repo = gitRepo({ "train.js": "// 1\n", "params.yaml": "lr: 0.1\n" });
  new TestRun(repo, { name: "old" }).checkpoint(0);
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  for (const name of ["brave-bat", "calm-cod"]) {
    new TestRun(repo, { name }).checkpoint(0, { loss: name === "calm-cod" ? 0.5 : 0.25 });
  }
  return repo;
}

/** Ids of commits are different in every run. */
function withoutIds(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{40}\b/gu, "<id>").replaceAll(/\b[0-9a-f]{7}\b/gu, "<short>");
}

describe("exp list", () => {
  test("lists what DVC lists, with tags and the beginning of a note behind", async () => {
    const repo = project();
    const list = async (...args: string[]) => runHere(repo.root, ["exp", "list", ...args]);
    expect(withoutIds((await list()).stdout)).toBe("main:\n\t<short> [brave-bat]\n\t<short> [calm-cod]\n");
    expect((await list("--name-only")).stdout).toBe("brave-bat\ncalm-cod\n");
    expect(withoutIds((await list("--sha-only")).stdout)).toBe("<id>\n<id>\n");
    expect(
      withoutIds((await list("-A")).stdout)
        .split("\n")
        .sort(),
    ).toEqual(["", "<short>:", "\t<short> [brave-bat]", "\t<short> [calm-cod]", "\t<short> [old]", "main:"].sort());
    await runHere(repo.root, ["exp", "tag", "brave-bat", "-t", "paper", "-t", "baseline"]);
    await runHere(repo.root, ["exp", "note", "brave-bat", `${"long ".repeat(20)}\nsecond line`]);
    expect(withoutIds((await list()).stdout)).toBe(
      `main:\n\t<short> [brave-bat]  #baseline  #paper  ${"long ".repeat(12).trim()}…\n\t<short> [calm-cod]\n`,
    );
  });

  test("takes queries, and JSON has everything", async () => {
    const repo = project();
    const answer = await runHere(repo.root, ["exp", "list", "--sort-by", "loss", "--top", "1", "--json"]);
    expect(JSON.parse(withoutIds(answer.stdout))).toEqual([
      {
        baseline: "<id>",
        name: "main",
        experiments: [{ name: "brave-bat", commit: "<id>", ref: expect.any(String) as string, tags: [], note: null }],
      },
    ]);
    const none = await runHere(repo.root, ["exp", "list", "--where", "loss > 1"]);
    expect(none).toMatchObject({ code: 0, stdout: "" });
    expect(none.stderr).toBe("No experiment matches. With `-A` those of every commit are searched.\n");
  });

  test("lists a Git remote by its refs alone", async () => {
    const repo = project();
    const remote = gitRepo({}).root;
    repo.git("push", "--quiet", remote, "refs/exps/*:refs/exps/*");
    const list = async (...args: string[]) => runHere(repo.root, ["exp", "list", remote, ...args]);
    expect((await list()).stdout).toBe("main:\n\tbrave-bat\n\tcalm-cod\n");
    expect((await list("-A", "--name-only")).stdout.split("\n").sort()).toEqual(["", "brave-bat", "calm-cod", "old"]);
    expect((await list("--rev", "HEAD~1", "--name-only")).stdout).toBe("old\n");
    expect(await list("--sha-only")).toMatchObject({ code: 255, stdout: "" });
    expect(await list("--where", "loss < 1")).toMatchObject({ code: 254, stdout: "" });
    expect((await runHere(repo.root, ["exp", "list", "nosuch"])).code).toBe(255);
  });

  test("refuses names and ids at once, and unknown revisions", async () => {
    const repo = project();
    expect((await runHere(repo.root, ["exp", "list", "--name-only", "--sha-only"])).code).toBe(254);
    expect((await runHere(repo.root, ["exp", "list", "--rev", "nope"])).code).toBe(255);
  });
});

describe("exp tag and exp note", () => {
  test("write, list and take away", async () => {
    const repo = project();
    const run = async (...args: string[]) => runHere(repo.root, ["exp", ...args]);
    expect((await run("tag", "-A", "--where", "name ~ a", "-t", "good")).stderr.split("\n").sort()).toEqual([
      ...["", "Tagged 'brave-bat': good.", "Tagged 'calm-cod': good."],
    ]);
    expect((await run("tag", "brave-bat", "-t", "paper")).code).toBe(0);
    expect((await run("tag")).stdout).toBe("brave-bat\tgood paper\ncalm-cod\tgood\n");
    expect((await run("list", "--where", "tag = paper", "--name-only")).stdout).toBe("brave-bat\n");
    expect((await run("tag", "brave-bat", "--delete", "-t", "good", "--dry")).stderr).toBe(
      "Would untag 'brave-bat': good.\n",
    );
    await run("tag", "brave-bat", "--delete", "-t", "good");
    expect(JSON.parse((await run("tag", "brave-bat", "--json")).stdout)).toMatchObject([{ tags: ["paper"] }]);
    await run("tag", "-A", "--delete");
    expect((await run("tag", "-A")).stdout).toBe("");
    expect(repo.git("for-each-ref", "refs/waymark/tags")).toBe("");

    await run("note", "calm-cod", "too slow\n\nat the end\n");
    expect((await run("note", "calm-cod")).stdout).toBe("too slow\n\nat the end\n");
    repo.write("why.md", "because\n");
    await run("note", "calm-cod", "-F", "why.md");
    expect((await run("list", "--where", "note = because", "--name-only")).stdout).toBe("calm-cod\n");
    await run("note", "calm-cod", "--delete");
    expect(await run("note", "calm-cod")).toMatchObject({
      ...{ code: 0, stdout: "", stderr: "There is no note on 'calm-cod'.\n" },
    });
  });

  test("are taken back by an undo", async () => {
    const repo = project();
    const run = async (...args: string[]) => runHere(repo.root, ["exp", ...args]);
    await run("tag", "-A", "-t", "good");
    await run("note", "calm-cod", "first thoughts");
    await run("note", "calm-cod", "second thoughts");
    await run("tag", "-A", "--delete");
    expect((await run("undo")).stdout).toMatch(/^Undid: delete tags of '[a-z-]+', '[a-z-]+' and '[a-z-]+'\n$/u);
    expect((await run("undo")).stdout).toBe("Undid: note 'calm-cod'\n");
    expect((await run("list")).stdout).toContain("[calm-cod]  #good  first thoughts");
    await run("undo");
    await run("undo");
    expect((await run("list")).stdout).not.toMatch(/#good|thoughts/u);
  });

  test("lose nothing when several do so at the same time", async () => {
    const repo = project();
    const tags = ["a", "b", "c", "d", "e"];
    const done = await Promise.all(
      tags.map((tag) => waymark(["exp", "tag", "brave-bat", "-t", tag], { cwd: repo.root, env: GIT_TEST_ENV })),
    );
    expect(done.map(({ code }) => code)).toEqual(tags.map(() => 0));
    expect((await runHere(repo.root, ["exp", "tag", "brave-bat"])).stdout).toBe("brave-bat\ta b c d e\n");
  });

  test("do nothing to everything unasked, and refuse what cannot be shown or found again", async () => {
    const repo = project();
    const run = async (...args: string[]) => runHere(repo.root, ["exp", ...args]);
    expect((await run("tag", "-t", "good")).code).toBe(2);
    expect((await run("tag", "brave-bat", "-t", "two words")).stderr).toContain("'two words' cannot be a tag");
    expect((await run("tag", "brave-bta", "-t", "x")).stderr).toContain("Did you mean brave-bat?");
    expect((await run("note", "brave-bat", " ")).stderr).toContain("it is empty");
    expect((await run("note", "brave-bat", "text", "--delete")).code).toBe(2);
    expect(repo.git("for-each-ref", "refs/waymark")).toBe("");
  });
});
