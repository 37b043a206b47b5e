import { describe, expect, test } from "vitest";
import { dataRepo } from "../pipeline/data-project.ts";
import { pipelineProject } from "../pipeline/pipeline-project.ts";
import { runHere } from "../support/in-process.ts";

const PIPELINE = {
  "raw.txt": "raw\n",
  "dvc.yaml": `stages:
  prep: {cmd: sort raw.txt > prep.txt, deps: [raw.txt], outs: [prep.txt], desc: "Sort it\\nwell"}
  fit: {foreach: [a, b], do: {cmd: fit, deps: [prep.txt], params: [lr], outs: ["model-\${item}"]}}
  eval: {cmd: eval, deps: [model-a, model-b, prep.txt], metrics: [m.json: {cache: false}], plots: [p.csv]}
  alone: {cmd: echo hi}
`,
  "params.yaml": "lr: 1\n",
};

describe("status", () => {
  test("prints what changed with tabs, words in a column", async () => {
    const { root } = pipelineProject({
      ...PIPELINE,
      "dvc.lock": "schema: '2.0'\nstages: {prep: {cmd: old, params: {}}}\n",
    });
    const { stdout, code } = await runHere(root, ["status", "prep", "fit@a", "alone"]);
    expect(code).toBe(0);
    expect(stdout).toBe(`prep:
\tchanged deps:
\t\tmodified:           raw.txt
\tchanged outs:
\t\tdeleted:            prep.txt
\tchanged command
fit@a:
\tchanged deps:
\t\tdeleted:            prep.txt
\t\tnew:                params.yaml
\tchanged outs:
\t\tdeleted:            model-a
alone:
\talways changed
`);
  });

  test("prints JSON as DVC does", async () => {
    const { root } = pipelineProject({
      "dvc.yaml": "stages: {s: {cmd: x, params: [a.b]}}\n",
      "dvc.lock": "schema: '2.0'\nstages: {s: {cmd: x, params: {params.yaml: {a.b: 1}}}}\n",
      "params.yaml": "a: {b: 2}\n",
    });
    expect((await runHere(root, ["status", "--json"])).stdout).toBe(
      '{"s": [{"changed deps": {"params.yaml": {"a.b": "modified"}}}]}\n',
    );
    expect((await runHere(root, ["status"])).stdout).toBe(
      "s:\n\tchanged deps:\n\t\tparams.yaml:\n\t\t\tmodified:           a.b\n",
    );
  });

  test("says when there is nothing to say", async () => {
    expect((await runHere(pipelineProject({}).root, ["status"])).stdout).toContain("no data or pipelines");
    const clean = pipelineProject({
      "dvc.yaml": "stages: {s: {cmd: x, deps: [a]}}\n",
      "dvc.lock":
        "schema: '2.0'\nstages: {s: {cmd: x, deps: [{path: a, hash: md5, md5: 0cc175b9c0f1b6a831c399e269772661}]}}\n",
      a: "a",
    });
    expect((await runHere(clean.root, ["status"])).stdout).toBe("Data and pipelines are up to date.\n");
    expect((await runHere(clean.root, ["status", "--json"])).stdout).toBe("{}\n");
    expect(await runHere(clean.root, ["status", "-q"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("answers by its exit code alone with --quiet", async () => {
    expect(await runHere(pipelineProject(PIPELINE).root, ["status", "--quiet"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "",
    });
  });

  test("says of frozen stages that their dependencies are left out", async () => {
    const project = pipelineProject({ "dvc.yaml": "stages: {s: {cmd: x, deps: [a], outs: [b], frozen: true}}\n" });
    const { stderr, stdout } = await runHere(project.root, ["status"]);
    expect(stderr).toContain("'s' is frozen");
    expect(stdout).toBe("s:\n\tchanged outs:\n\t\tdeleted:            b\n");
  });

  test("takes what targets need with -d, and folders with -R", async () => {
    const { root } = pipelineProject({ ...PIPELINE, "sub/dvc.yaml": "stages: {t: {cmd: x}}\n" });
    const stages = async (...args: readonly string[]): Promise<readonly string[]> =>
      Object.keys(JSON.parse((await runHere(root, ["status", "--json", ...args])).stdout) as object);
    expect(await stages("-d", "fit@b")).toEqual(["prep", "fit@b"]);
    expect(await stages("-R", "sub")).toEqual(["sub/dvc.yaml:t"]);
  });

  test("fails with 1 for files that cannot be read and targets that do not exist, with 253 outside of a project", async () => {
    const broken = pipelineProject({ "dvc.yaml": "stages: {s: {cmd: x, dep: [a]}}\n" });
    const { code, stderr } = await runHere(broken.root, ["status"]);
    expect(code).toBe(1);
    expect(stderr).toContain("dvc.yaml:1:22: unknown key 'dep'; did you mean 'deps'?, in stages -> s -> dep");
    expect((await runHere(pipelineProject(PIPELINE).root, ["status", "nothing"])).code).toBe(1);
    expect((await runHere("/", ["status"])).code).toBe(253);
  });

  test("runs nothing of the project", async () => {
    const project = pipelineProject({
      "dvc.yaml": "stages: {s: {cmd: touch ran, outs: [o]}}\n",
      "params.py": "open('ran', 'w')\n",
    });
    await runHere(project.root, ["status"]);
    await runHere(project.root, ["dag"]);
    await runHere(project.root, ["stage", "list"]);
    expect(() => project.read("ran")).toThrow("ENOENT");
  });
});

describe("stage list", () => {
  test("tells what stages make and need", async () => {
    expect((await runHere(pipelineProject(PIPELINE).root, ["stage", "list"])).stdout).toBe(`prep   Sort it
fit@a  Outputs model-a
fit@b  Outputs model-b
eval   Reports m.json, p.csv
alone  No outputs or dependencies
`);
  });

  test("shortens what is long, and names params among what a stage needs", async () => {
    const deps = Array.from({ length: 9 }, (_, at) => `a-long-name-${at}`).join(", ");
    const { root } = pipelineProject({
      "dvc.yaml": `stages: {s: {cmd: x, deps: [${deps}]}, t: {cmd: x, params: [lr]}}\n`,
    });
    const [first = "", second] = (await runHere(root, ["stage", "list"])).stdout.split("\n");
    expect(first).toHaveLength("s  ".length + 80);
    expect(first).toMatch(/^s {2}Depends on a-long-name-0, .*…$/);
    expect(second).toBe("t  Depends on params.yaml");
  });

  test("lists names, folders and everything", async () => {
    const { root } = pipelineProject({
      ...PIPELINE,
      "sub/dvc.yaml": "stages: {t: {cmd: x}}\n",
      "raw.txt.dvc": "outs:\n- path: raw.txt\n",
    });
    const list = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await runHere(root, ["stage", "list", "--name-only", ...args])).stdout.trim().split("\n");
    expect(await list("fit")).toEqual(["fit@a", "fit@b"]);
    expect(await list("sub/dvc.yaml")).toEqual(["sub/dvc.yaml:t"]);
    expect(await list("-R", "sub")).toEqual(["sub/dvc.yaml:t"]);
    expect(await list("--all")).toEqual(["prep", "fit@a", "fit@b", "eval", "alone", "raw.txt.dvc", "sub/dvc.yaml:t"]);
  });

  test("passes files over that cannot be read, unless they are asked for", async () => {
    const { root } = pipelineProject({ ...PIPELINE, "sub/dvc.yaml": "stages: 1\n" });
    expect((await runHere(root, ["stage", "list", "--all", "--name-only"])).stdout).toContain("prep");
    expect((await runHere(root, ["stage", "list", "prep"])).code).toBe(0);
    expect((await runHere(root, ["stage", "list", "--all", "--fail"])).code).toBe(255);
    expect((await runHere(root, ["stage", "list", "sub/dvc.yaml"])).stderr).toContain("sub/dvc.yaml:1:9");
  });
});

describe("stage add", () => {
  test("writes a stage with its keys in DVC's order, and hides its outputs from Git", async () => {
    const repo = dataRepo({ "raw.txt": "raw\n", "sub/x": "" });
    const answer = await runHere(repo.root, [
      ...["stage", "add", "-n", "train", "--desc", "Train it", "--always-changed"],
      ...["-d", "raw.txt", "-d", "code.py", "-p", "lr,epochs", "-p", "b.json:x,a", "-p", "whole.toml:"],
      ...["-o", "z", "-o", "model", "-O", "loose", "--outs-persist", "kept", "--outs-persist-no-cache", "both"],
      ...["-m", "m.json", "-M", "n.json", "--plots", "p.csv", "--plots-no-cache", "q.csv"],
      ...["python", "train.py", "--lr", "a b", "-o", "x"],
    ]);
    expect(answer.stderr).toContain("Added stage 'train' in 'dvc.yaml'.");
    expect(answer.stderr).toContain("git add .gitignore dvc.yaml");
    expect(answer.code).toBe(0);
    expect(repo.read("dvc.yaml")).toBe(`stages:
  train:
    desc: Train it
    cmd: python train.py --lr "a b" -o x
    deps:
    - code.py
    - raw.txt
    params:
    - epochs
    - lr
    - b.json:
      - a
      - x
    - whole.toml:
    outs:
    - both:
        cache: false
        persist: true
    - kept:
        persist: true
    - loose:
        cache: false
    - model
    - z
    metrics:
    - m.json
    - n.json:
        cache: false
    plots:
    - p.csv
    - q.csv:
        cache: false
    always_changed: true
`);
    expect(repo.read(".gitignore").trim().split("\n").toSorted()).toEqual([
      "/kept",
      "/m.json",
      "/model",
      "/p.csv",
      "/z",
    ]);
  });

  test("takes paths relative to the working folder, and one word for a whole command", async () => {
    const project = pipelineProject({ "sub/deep/x": "" });
    await runHere(`${project.root}/sub`, [
      "stage",
      "add",
      "-n",
      "s",
      "-w",
      "deep",
      "-d",
      "../in",
      "-o",
      "out",
      "a && b",
    ]);
    expect(project.read("sub/dvc.yaml")).toBe(
      "stages:\n  s:\n    cmd: a && b\n    wdir: deep\n    deps:\n    - ../in\n    outs:\n    - out\n",
    );
  });

  test("runs the stage at once when it is told to", async () => {
    const repo = dataRepo({ "in.txt": "b\na\n" });
    const { code, stderr } = await runHere(
      repo.root,
      ["stage", "add", "--run", "-n", "sort", "-d", "in.txt", "-o", "out.txt", "sort in.txt > out.txt"],
      { PATH: process.env["PATH"] },
    );
    expect([code, repo.read("out.txt")]).toEqual([0, "a\nb\n"]);
    expect(repo.read("dvc.lock")).toContain("md5: dd8c6a395b5dd36c56d23275028f526c");
    expect(stderr).toContain("git add .gitignore dvc.lock dvc.yaml");
  });

  test("replaces a stage when it is forced to, and keeps what it says beside", async () => {
    const dvcYaml =
      "# mine\nstages:\n  s:\n    cmd: old # why\n    outs:\n    - o:\n        desc: d\n        remote: r\n    meta: {a: 1}\n";
    const project = pipelineProject({ "dvc.yaml": dvcYaml });
    const args = ["stage", "add", "-n", "s", "-o", "o", "-d", "i", "new"];
    const refused = await runHere(project.root, args);
    expect([refused.code, project.read("dvc.yaml")]).toEqual([255, dvcYaml]);
    expect(refused.stderr).toContain("--force");
    expect((await runHere(project.root, [...args.slice(0, 2), "-f", ...args.slice(2)])).code).toBe(0);
    expect(project.read("dvc.yaml")).toBe(
      "# mine\nstages:\n  s:\n    cmd: new\n    outs:\n    - o:\n        desc: d\n        remote: r\n    meta: {a: 1}\n    deps:\n    - i\n",
    );
  });

  test.each([
    [["-n", "a.b", "x"], "cannot be the name of a stage"],
    [["-n", "s"], "the stage has no command"],
    [["x"], "required option '-n, --name <name>'"],
    [["-n", "s", "-w", "none", "x"], "does not exist"],
    [["-n", "s", "-w", "..", "x"], "outside of the project"],
    [["-n", "s", "-w", "raw.txt", "x"], "is not a folder"],
    [["-n", "s", "-o", "../out", "x"], "outside of the project"],
    [["-n", "s", "-d", "a", "-o", "./a", "x"], "is both an input and an output"],
    [["-n", "s", "-d", "a", "-d", "a", "x"], "given more than once"],
    [["-n", "s", "-o", "prep.txt", "x"], "output 'prep.txt' is specified in 'prep' and 's'"],
    [["-n", "s", "-d", "m.json", "-o", "raw.txt", "x"], "the pipeline has a cycle"],
  ] as const)("refuses %j, and writes nothing", async (args, reason) => {
    const project = pipelineProject(PIPELINE);
    const { code, stderr } = await runHere(project.root, ["stage", "add", ...args]);
    expect(stderr.toLowerCase()).toContain(reason.toLowerCase());
    expect([254, 255]).toContain(code);
    expect(project.read("dvc.yaml")).toBe(PIPELINE["dvc.yaml"]);
  });
});

describe("freeze and unfreeze", () => {
  test("switch stages and .dvc files, one line each", async () => {
    const files = { "dvc.yaml": "stages:\n  a:\n    cmd: x # here\n  b: {cmd: y}\n", "d.dvc": "outs:\n- path: d\n" };
    const project = pipelineProject(files);
    expect((await runHere(project.root, ["freeze", "a", "b", "d.dvc"])).code).toBe(0);
    expect(project.read("dvc.yaml")).toBe(
      "stages:\n  a:\n    cmd: x # here\n    frozen: true\n  b: {cmd: y, frozen: true}\n",
    );
    expect(project.read("d.dvc")).toBe("outs:\n- path: d\nfrozen: true\n");
    expect((await project.stages()).map(({ isFrozen }) => isFrozen)).toEqual([true, true, true]);
    expect((await runHere(project.root, ["unfreeze", "d.dvc", "b", "a"])).code).toBe(0);
    expect([project.read("dvc.yaml"), project.read("d.dvc")]).toEqual([files["dvc.yaml"], files["d.dvc"]]);
  });

  test("cannot rewrite what templating makes, and go on with the others", async () => {
    const project = pipelineProject(PIPELINE);
    const alone = await runHere(project.root, ["freeze", "fit@a"]);
    expect([alone.code, alone.stderr.includes("templating")]).toEqual([1, true]);
    const { code, stderr } = await runHere(project.root, ["freeze", "fit", "none", "prep"]);
    expect(code).toBe(1);
    expect(stderr).toContain("Could not freeze 'fit', 'none'");
    expect((await project.stage("prep")).isFrozen).toBe(true);
  });
});
