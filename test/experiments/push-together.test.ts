import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shareProject } from "./share-project.ts";

describe("two who push at the same time", () => {
  test("lose nobody's experiment: the later one is told that they diverged", async () => {
    const project = await shareProject();
    const { ada, bob, hub } = project;
    const tips = [await project.save("one", 1), await project.save("one", 2, "bob's\n", bob)];
    const answers = await Promise.all([
      project.run(ada, "exp", "push", "origin", "one"),
      project.run(bob, "exp", "push", "origin", "one"),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0]);
    const pushed = answers.map(({ stdout }) => stdout.includes("Pushed experiment one"));
    expect(pushed.filter(Boolean)).toHaveLength(1);
    expect(project.refs(hub)[project.ref("one")]).toBe(tips[pushed.indexOf(true)]);
    expect(answers[pushed.indexOf(false)]?.stderr).toContain("has diverged");
  });

  test("push different experiments, and all of them arrive", async () => {
    const project = await shareProject();
    const { ada, bob, hub } = project;
    await project.save("a1", 1);
    await project.save("b1", 2, "bob's\n", bob);
    await Promise.all([project.expect(ada, "exp", "push", "origin"), project.expect(bob, "exp", "push", "origin")]);
    expect(project.names(hub)).toEqual(["a1", "b1"]);
  });

  test("a server that refuses a ref is quoted, and the others arrive", async () => {
    const project = await shareProject();
    const { ada, hub } = project;
    await project.save("good", 1);
    await project.save("bad", 2);
    const hook = join(hub.root, "hooks", "update");
    writeFileSync(hook, '#!/bin/sh\ncase "$1" in */bad) echo no more of these >&2; exit 1;; esac\n');
    chmodSync(hook, 0o755);
    const { code, stdout, stderr } = await project.run(ada, "exp", "push", "origin");
    expect(code).toBe(255);
    expect(stdout).toContain("Pushed experiment good");
    expect(stderr).toMatch(/bad: hook declined/u);
    rmSync(hook);
    await project.expect(ada, "exp", "push", "origin");
    expect(project.names(hub)).toEqual(["bad", "good"]);
  });
});
