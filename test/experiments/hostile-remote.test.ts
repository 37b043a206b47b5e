import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ExperimentRepo } from "../support/experiment-repo.ts";
import { runHere } from "../support/in-process.ts";
import { shareProject } from "./share-project.ts";

describe("a hostile remote", () => {
  /** A bare repository with whatever refs it likes. */
  function hostile(
    refs: readonly string[],
    target: (repo: ExperimentRepo) => string,
  ): { url: string; repo: ExperimentRepo } {
    const repo = new ExperimentRepo();
    const id = target(repo);
    const lines = refs.map((ref) => `${id} ${ref}\n`);
    writeFileSync(
      join(repo.root, ".git", "packed-refs"),
      `# pack-refs with: peeled fully-peeled sorted \n${lines.join("")}`,
    );
    return { url: repo.root, repo };
  }

  test("cannot set a ref outside of experiments and their labels", async () => {
    const own = new ExperimentRepo();
    const b = own.baseline;
    const space = `${b.slice(0, 2)}/${b.slice(2)}`;
    const { url } = hostile(
      [
        ...[`refs/exps/${space}/good`, "refs/exps/exec/EXEC_BASELINE", "refs/exps/stash", "refs/exps/temp/x"],
        ...[`refs/exps/${space}/deep/er`, "refs/exps/zz/short/x", "refs/heads/main", "refs/waymark/trash/x"],
        ...["refs/waymark/applied", `refs/waymark/tags/${space}/good`],
      ].toSorted(),
      (repo) => repo.git("rev-parse", "HEAD"),
    );
    const before = own.git("for-each-ref");
    const { code, stderr } = await runHere(own.root, ["exp", "pull", url, "-A"]);
    expect([code, stderr]).toEqual([0, ""]);
    // The tag names a commit and not a text: it is not taken.
    expect(own.git("for-each-ref", "--format=%(refname)", "refs/exps", "refs/waymark")).toBe(own.ref("good"));
    expect(own.git("for-each-ref", "refs/heads")).toBe(before);
  });

  test("cannot pass something else off as an experiment", async () => {
    const own = new ExperimentRepo();
    const { url } = hostile([own.ref("tree")], (repo) => repo.git("rev-parse", "HEAD^{tree}"));
    const { code, stderr } = await runHere(own.root, ["exp", "pull", url, "-A"]);
    expect([code, own.git("for-each-ref", "refs/exps")]).toEqual([0, ""]);
    expect(stderr).toContain("has no commit under the name tree");
  });

  test.each([
    ["ext::sh -c 'touch pwned'", "such transports run commands"],
    ["EXT::sh -c 'touch pwned'", "such transports run commands"],
    ["fd::7", "such transports run commands"],
    ["--upload-pack=touch pwned", ""],
    ["ssh://-oProxyCommand=touch%20pwned/x", "strange hostname"],
    ["", "it is empty"],
    ["a\nb", "control characters"],
  ])("called %j runs nothing", async (url, why) => {
    const own = new ExperimentRepo();
    own.checkpoint("one", own.baseline, { files: {}, trailers: {} });
    for (const verb of ["push", "pull"]) {
      const { code, stderr } = await runHere(own.root, ["exp", verb, "--", url, "one"]);
      expect(code).toBe(255);
      expect(stderr).toContain(why);
      expect(own.git("status", "--porcelain")).toBe("");
    }
  });

  test("whose refs nobody may fetch a configured refspec for leaves local experiments alone", async () => {
    const project = await shareProject();
    const { ada, bob } = project;
    await project.save("one", 1);
    await project.expect(ada, "exp", "push", "origin");
    bob.git("config", "--add", "remote.origin.fetch", "+refs/exps/*:refs/exps/*");
    const own = await project.save("one", 7, "bob's\n", bob);
    await project.expect(bob, "exp", "pull", "origin");
    expect(project.refs(bob)[project.ref("one")]).toBe(own);
  });

  test("that is not there is named, without its password", async () => {
    const own = new ExperimentRepo();
    own.checkpoint("one", own.baseline, { files: {}, trailers: {} });
    const url = "http://ada:secret@127.0.0.1:1/x.git";
    const { code, stderr } = await runHere(own.root, ["exp", "push", url, "one"]);
    expect(code).toBe(255);
    expect(stderr).not.toContain("secret");
    expect(stderr).toContain("http://ada:***@127.0.0.1:1/x.git");
  });
});
