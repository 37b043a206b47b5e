import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { waymark } from "../support/cli.ts";
import { interopProject, type InteropProject } from "../support/interop-project.ts";
import { dvc, dvcJson, INTEROP_ENV } from "../support/python.ts";

const TIMEOUT = { timeout: 180_000 };

/** A project in which two experiments were made by us: one of three checkpoints, one of two. */
async function ourProject(): Promise<InteropProject> {
  const project = interopProject(false);
  await project.train("brave-bat", 0.1, 3);
  await project.train("calm-cod", 0.5, 2);
  return project;
}

async function ours(project: InteropProject, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await waymark(args, { cwd: project.root, env: INTEROP_ENV });
  expect(code, stderr).toBe(0);
  return stdout;
}

describe("real DVC on a repository we wrote", () => {
  test("shows every experiment and checkpoint as our own command does, field by field", TIMEOUT, async () => {
    const project = await ourProject();
    for (const flags of [[], ["-A"], ["--rev", "HEAD"], ["--param-deps"], ["--sha"]]) {
      const theirs = dvcJson(project.root, "exp", "show", ...flags) as readonly unknown[];
      expect(JSON.parse(await ours(project, "exp", "show", "--json", ...flags)), flags.join(" ")).toEqual(theirs);
    }
    const [, baseline] = dvcJson(project.root, "exp", "show") as [
      unknown,
      { experiments: { name: string; revs: unknown[] }[] },
    ];
    expect(Object.fromEntries(baseline.experiments.map(({ name, revs }) => [name, revs.length]))).toEqual({
      "brave-bat": 3,
      "calm-cod": 2,
    });
    project.git("pack-refs", "--all");
    expect(JSON.parse(await ours(project, "exp", "show", "--json"))).toEqual(dvcJson(project.root, "exp", "show"));
  });

  test("lists the same names", TIMEOUT, async () => {
    const project = await ourProject();
    const names = (text: string): readonly string[] => text.trim().split("\n").sort();
    expect(names(await ours(project, "exp", "list", "--name-only"))).toEqual(
      names(dvc(project.root, "exp", "list", "--name-only")),
    );
    expect(names(await ours(project, "exp", "list", "--sha-only"))).toEqual(
      names(dvc(project.root, "exp", "list", "--sha-only")),
    );
  });

  test("applies an experiment, its model included, and finds the workspace unchanged afterwards", TIMEOUT, async () => {
    const project = await ourProject();
    dvc(project.root, "exp", "apply", "brave-bat");
    expect(readFileSync(project.path("model.bin"), "utf8")).toBe("brave-bat 0.1 2");
    expect(dvcJson(project.root, "status")).toEqual({});
    expect(dvcJson(project.root, "data", "status")).not.toHaveProperty("uncommitted");
    expect(dvcJson(project.root, "metrics", "show")).toEqual({
      "": { data: { "live/metrics.json": { data: { train: { loss: 1 / 2.1 }, acc: 0.2, step: 2 } } } },
    });
    expect(dvc(project.root, "plots", "show", "--json")).toContain("train");
  });

  test("applies a checkpoint by its commit", TIMEOUT, async () => {
    const project = await ourProject();
    const first =
      project.git("rev-list", "--reverse", "HEAD..exps/" + refOf(project, "brave-bat")).split("\n")[0] ?? "";
    dvc(project.root, "exp", "apply", first);
    expect(readFileSync(project.path("model.bin"), "utf8")).toBe("brave-bat 0.1 0");
  });

  test("makes a branch of an experiment where ours does", TIMEOUT, async () => {
    const project = await ourProject();
    dvc(project.root, "exp", "branch", "brave-bat", "theirs");
    await ours(project, "exp", "branch", "brave-bat", "ours");
    expect(project.git("rev-parse", "ours")).toBe(project.git("rev-parse", "theirs"));
  });

  test("removes an experiment", TIMEOUT, async () => {
    const project = await ourProject();
    dvc(project.root, "exp", "remove", "brave-bat");
    expect((await ours(project, "exp", "list", "--name-only")).trim()).toBe("calm-cod");
    await ours(project, "exp", "remove", "calm-cod");
    expect(dvc(project.root, "exp", "list", "--name-only").trim()).toBe("");
    expect(existsSync(project.path("model.bin"))).toBe(true);
  });
});

describe("our commands on a repository that real DVC wrote", () => {
  test("show, apply and branch what it saved", TIMEOUT, async () => {
    const project = interopProject(true);
    project.write("params.yaml", "lr: 0.1\nname: a b\n");
    project.write("metrics.json", '{"acc": 0.5, "deep": {"er": 1}}\n');
    project.write("dvc.yaml", "params:\n- params.yaml\nmetrics:\n- metrics.json\n");
    project.write("data.bin", "data");
    dvc(project.root, "add", "-q", "data.bin");
    project.git("add", "-A");
    project.git("commit", "-q", "-m", "second");
    project.write("params.yaml", "lr: 0.2\nname: a b\n");
    project.write("metrics.json", '{"acc": 0.75, "deep": {"er": 2}}\n');
    project.write("data.bin", "other data");
    dvc(project.root, "exp", "save", "-n", "their-own", "-m", "saved by DVC");
    expect(JSON.parse(await ours(project, "exp", "show", "--json"))).toEqual(dvcJson(project.root, "exp", "show"));
    project.git("checkout", "-q", "--", ".");
    dvc(project.root, "checkout", "-q", "--force");
    expect(readFileSync(project.path("data.bin"), "utf8")).toBe("data");
    await ours(project, "exp", "apply", "their-own");
    expect(readFileSync(project.path("data.bin"), "utf8")).toBe("other data");
    expect(readFileSync(project.path("params.yaml"), "utf8")).toContain("lr: 0.2");
    expect(dvcJson(project.root, "status")).toEqual({});
    await ours(project, "exp", "branch", "their-own", "kept");
    expect(project.git("log", "-1", "--format=%s", "kept")).toBe("saved by DVC");
  });

  test("save what real DVC then shows as its own", TIMEOUT, async () => {
    const project = interopProject(true);
    project.write("params.yaml", "lr: 0.3\n");
    project.git("add", "-N", "params.yaml");
    await ours(project, "exp", "save", "-n", "by-hand", "-m", "saved by us");
    expect(JSON.parse(await ours(project, "exp", "show", "--json"))).toEqual(dvcJson(project.root, "exp", "show"));
    expect(dvc(project.root, "exp", "list", "--name-only").trim()).toBe("by-hand");
  });
});

function refOf(project: InteropProject, name: string): string {
  const ref = project
    .git("for-each-ref", "--format=%(refname)", "refs/exps")
    .split("\n")
    .find((line) => line.endsWith(`/${name}`));
  return (ref ?? "").slice("refs/exps/".length);
}
