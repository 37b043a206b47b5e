import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openProject, type OverrideSet, planOverrides, type PlanOverridesOptions } from "@waymark/experiments";
import { expect, test } from "vitest";
import { ExperimentRepo, GIT_ENV } from "../support/experiment-repo.ts";
import { projectFolder } from "../support/live-folder.ts";

const CONF: Readonly<Record<string, string>> = {
  "conf/config.yaml": "defaults:\n- model: small\n- _self_\nseed: 1\ntag: ${model.name}-${seed}\n",
  "conf/model/small.yaml": "name: small\ndepth: 2\n",
  "conf/model/large.yaml": "name: large\ndepth: 50\n",
};

/** A repository with these files, none of them committed. */
function repository(files: Readonly<Record<string, string>>): string {
  const root = projectFolder();
  execFileSync("git", ["init", "-q"], { cwd: root, env: GIT_ENV });
  mkdirSync(join(root, ".dvc"));
  for (const [path, text] of Object.entries(files)) write(root, path, text);
  return root;
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function plainRepository(): string {
  return repository({
    "params.yaml": "# top\nlr: 0.1 # rate\nmodel:\n  depth: 3\n",
    "sub/other.toml": "batch = 16\n",
  });
}

function composedRepository(): string {
  const enabled = { ".dvc/config": "[hydra]\n    enabled = true\n" };
  return repository({ ...CONF, ...enabled, "params.yaml": "old: 1\n", "other.json": '{"a": 1}' });
}

function plan(
  root: string,
  typed: readonly string[],
  options: Partial<PlanOverridesOptions> = {},
): Promise<readonly OverrideSet[]> {
  return planOverrides(openProject(root, GIT_ENV), typed, { isSweepAllowed: false, env: GIT_ENV, ...options });
}

/** The files of a set as text. */
function textsOf(set: OverrideSet | undefined): Record<string, string> {
  return Object.fromEntries([...(set?.files ?? [])].map(([path, data]) => [path, Buffer.from(data).toString()]));
}

test("plans one empty set when nothing is typed", async () => {
  const root = plainRepository();
  const [set, ...more] = await plan(root, []);
  expect(more).toEqual([]);
  expect(set).toEqual({ files: new Map(), params: [], overrides: new Map() });
});

test("plans what several files are to hold, and what was set", async () => {
  const root = plainRepository();
  const [set] = await plan(root, ["lr=0.5", "sub/other.toml:batch=32", "+model.wide='1'", "~model.depth"]);
  expect(textsOf(set)).toEqual({
    "params.yaml": "# top\nlr: 0.5 # rate\nmodel:\n  wide: '1'\n",
    "sub/other.toml": "batch = 32\n",
  });
  expect(set?.params).toEqual([
    { file: "params.yaml", path: "lr", value: 0.5 },
    { file: "params.yaml", path: "model.wide", value: "1" },
    { file: "params.yaml", path: "model.depth" },
    { file: "sub/other.toml", path: "batch", value: 32 },
  ]);
});

test("takes files from the folder the command was typed in", async () => {
  const root = plainRepository();
  const [made] = await plan(root, ["other.toml:batch=8", "new.yaml:+b.c=2"], { cwd: join(root, "sub") });
  expect(textsOf(made)).toEqual({ "sub/other.toml": "batch = 8\n", "sub/new.yaml": "b:\n  c: 2\n" });
});

test("refuses an unknown key, and suggests one", async () => {
  const root = plainRepository();
  await expect(plan(root, ["model.dept=4"])).rejects.toMatchObject({
    code: "INVALID_OVERRIDE",
    message: "Cannot apply 'model.dept=4' to params.yaml: there is no 'model.dept'",
    hint: "Did you mean model.depth? Write +model.dept=4 to add it.",
  });
  await expect(plan(root, ["+lr=4"])).rejects.toMatchObject({
    hint: "Write lr=4 to change it, or ++lr=4 to do either.",
  });
});

test("refuses a sweep where one run was asked for", async () => {
  const root = plainRepository();
  await expect(plan(root, ["lr=1,2"])).rejects.toMatchObject({
    code: "SWEEP_NOT_ALLOWED",
    hint: "Add --queue to queue a run for each, or give one value: a list as key=[a,b], text as key='a,b'.",
  });
});

test("spreads a sweep over several files, the last file fastest", async () => {
  const root = plainRepository();
  const sets = await plan(root, ["lr=0.1,0.2", "sub/other.toml:batch=1,2", "model.depth=5"], { isSweepAllowed: true });
  expect(sets.map(({ overrides }) => [...overrides])).toEqual(
    ["0.1", "0.2"].flatMap((lr) =>
      ["1", "2"].map((batch) => [
        ["params.yaml", [`lr=${lr}`, "model.depth=5"]],
        ["sub/other.toml", [`batch=${batch}`]],
      ]),
    ),
  );
  expect(textsOf(sets[3])).toEqual({
    "params.yaml": "# top\nlr: 0.2 # rate\nmodel:\n  depth: 5\n",
    "sub/other.toml": "batch = 2\n",
  });
});

test("draws trials the same way for the same seed", async () => {
  const root = plainRepository();
  const options = { isSweepAllowed: true, trials: 4, seed: 5 };
  const values = (sets: readonly OverrideSet[]): unknown[] => sets.map(({ params }) => params[0]?.value);
  const first = values(await plan(root, ["lr=interval(0.1,0.2)"], options));
  expect(new Set(first).size).toBe(4);
  expect(values(await plan(root, ["lr=interval(0.1,0.2)"], options))).toEqual(first);
  await expect(plan(root, ["lr=0.1"], options)).rejects.toThrow("There is no interval to draw trials from");
});

test("refuses a sweep that is too large or makes nothing", async () => {
  const root = plainRepository();
  await expect(plan(root, ["lr=range(100000)"], { isSweepAllowed: true })).rejects.toMatchObject({ runs: 100_000 });
  await expect(plan(root, ["lr=range(0)"], { isSweepAllowed: true })).rejects.toThrow("makes no runs");
});

test("touches no file outside of the repository, nor those of Git and DVC", async () => {
  const root = plainRepository();
  symlinkSync("/etc/hostname", join(root, "leads-out.yaml"));
  for (const file of ["../x.yaml", "/etc/x.yaml", ".git/config", "sub/../.dvc/config", "leads-out.yaml", ".", ""]) {
    await expect(plan(root, [`${file}:+a=1`])).rejects.toMatchObject({ code: "OVERRIDE_FILE" });
  }
});

test("composes params.yaml on every run when hydra is enabled", async () => {
  const root = composedRepository();
  const [set, ...more] = await plan(root, []);
  expect(more).toEqual([]);
  expect(textsOf(set)).toEqual({ "params.yaml": "model:\n  name: small\n  depth: 2\nseed: 1\ntag: small-1\n" });
  const [chosen] = await plan(root, ["model=large", "seed=3", "other.json:a=2"]);
  expect(textsOf(chosen)).toEqual({
    "params.yaml": "model:\n  name: large\n  depth: 50\nseed: 3\ntag: large-3\n",
    "other.json": '{"a": 2}',
  });
});

test("sweeps over the options of a config group", async () => {
  const root = composedRepository();
  const sets = await plan(root, ["model=glob(*)", "seed=1,2"], { isSweepAllowed: true });
  expect(sets.map(({ params }) => params.map(({ value }) => value))).toEqual([
    ["large", 1],
    ["large", 2],
    ["small", 1],
    ["small", 2],
  ]);
  await expect(plan(plainRepository(), ["model=glob(*)"], { isSweepAllowed: true })).rejects.toThrow(
    "there is no such group",
  );
});

test("counts among the options of a group the links that stay in the repository, and no other", async () => {
  const root = composedRepository();
  symlinkSync("small.yaml", join(root, "conf/model/alias.yaml"));
  symlinkSync("/etc/hostname", join(root, "conf/model/leads-out.yaml"));
  symlinkSync("nowhere.yaml", join(root, "conf/model/leads-nowhere.yaml"));
  const sets = await plan(root, ["model=glob(*)"], { isSweepAllowed: true });
  expect(sets.map(({ params }) => params.map(({ value }) => value))).toEqual([["alias"], ["large"], ["small"]]);
});

test("says which settings of Hydra need Python, and finds a module that lies in the project", async () => {
  const root = composedRepository();
  const config = ".dvc/config.local";
  write(root, config, "[hydra]\n    plugins_path = plugins\n");
  await expect(plan(root, [])).rejects.toMatchObject({ code: "HYDRA_NEEDS_PYTHON", setting: "hydra.plugins_path" });
  write(root, config, "[hydra]\n    config_module = some.package\n");
  await expect(plan(root, [])).rejects.toMatchObject({
    code: "HYDRA_NEEDS_PYTHON",
    setting: "hydra.config_module",
  });
  write(root, config, "[hydra]\n    config_module = conf.model\n    config_name = large\n");
  expect(textsOf((await plan(root, []))[0])).toEqual({ "params.yaml": "name: large\ndepth: 50\n" });
  write(root, config, "[hydra]\n    config_dir = ../elsewhere\n");
  await expect(plan(root, [])).rejects.toMatchObject({ code: "OVERRIDE_FILE", path: "../elsewhere" });
});

test("changes the params of a checkpoint where a run elsewhere goes on from it, whatever is composed here", async () => {
  const repo = new ExperimentRepo({
    ...CONF,
    ".dvc/config": "[hydra]\n    enabled = true\n",
    "params.yaml": "lr: 0\n",
  });
  const trained = "model:\n  name: large\n  depth: 50\nlr: 0.2 # as it was\n";
  const trailers = { runId: "r1", step: 3, status: "running", folder: "live" } as const;
  repo.checkpoint("brave-bat", repo.baseline, { files: { "params.yaml": trained }, trailers });
  const options = { checkpoint: "brave-bat@3", isSweepAllowed: true };
  const [untouched] = await plan(repo.root, [], options);
  expect(textsOf(untouched)).toEqual({});
  const sets = await plan(repo.root, ["lr=0.3,0.4", "model.depth=5"], options);
  expect(sets.map(textsOf)).toEqual(
    ["0.3", "0.4"].map((lr) => ({
      "params.yaml": `model:\n  name: large\n  depth: 5\nlr: ${lr} # as it was\n`,
    })),
  );
  await expect(plan(repo.root, ["model=small"], options)).rejects.toMatchObject({ code: "CHOICE_NOT_ALLOWED" });
  await expect(plan(repo.root, ["lr=1"], { checkpoint: "brave-bat@7" })).rejects.toMatchObject({
    code: "CHECKPOINT_NOT_FOUND",
  });
});
