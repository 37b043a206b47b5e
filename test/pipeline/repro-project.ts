import { parseDvcLock } from "@waymark/core";
import { chmodSync } from "node:fs";
import {
  commitStages,
  openDvcProject,
  reproduce,
  stageAddress,
  type CommitOptions,
  type Reproduced,
  type ReproduceEffects,
  type ReproduceOptions,
} from "@waymark/pipeline";
import type { GitRepo } from "../support/git-repo.ts";
import { DATA_ENV, dataRepo } from "./data-project.ts";

/** What was told while a pipeline was reproduced: `train: running`, `train> cp a b`. */
export interface Report {
  readonly events: readonly string[];
  readonly output: string;
  readonly warnings: readonly string[];
  /** Addresses of what was reproduced. */
  readonly stages: readonly string[];
  readonly result: Reproduced | undefined;
  readonly error: Error | undefined;
}

/** Makes a project with a pipeline. */
export function pipelineRepo(dvcYaml: string, files: Readonly<Record<string, string>> = {}): GitRepo {
  return dataRepo({ "dvc.yaml": dvcYaml, ...files });
}

/** Reproduces, and tells what happened; an error is part of that. */
export async function repro(
  repo: GitRepo,
  options: ReproduceOptions = {},
  effects: ReproduceEffects = {},
  folder = "",
): Promise<Report> {
  const project = openDvcProject(repo.path(folder), { ...DATA_ENV, SHELL: "/bin/sh" });
  const events: string[] = [];
  const warnings: string[] = [];
  let output = "";
  const told: ReproduceEffects = {
    onEvent: (stage, event) => {
      const name = stageAddress(stage, project.folder);
      if (event.kind === "command") events.push(`${name}> ${event.command}`);
      else if (event.kind !== "ended") events.push(`${name}: ${event.kind}`);
    },
    onWarning: (text) => warnings.push(text),
    onOutput: (_, data) => (output += Buffer.from(data).toString()),
    ...effects,
  };
  let result: Reproduced | undefined;
  let error: Error | undefined;
  try {
    result = await reproduce(project, options, told);
  } catch (thrown) {
    error = thrown as Error;
  }
  const stages = (result?.stages ?? []).map((stage) => stageAddress(stage, project.folder));
  return { events, output, warnings, stages, result, error };
}

/** As {@link repro}, for what has to succeed. */
export async function reproOk(repo: GitRepo, options: ReproduceOptions = {}, folder = ""): Promise<Report> {
  const report = await repro(repo, options, {}, folder);
  if (report.error !== undefined) throw report.error;
  return report;
}

/** Records what is there. */
export async function commit(
  repo: GitRepo,
  targets: readonly string[] = [],
  options: CommitOptions = {},
): Promise<void> {
  await commitStages(openDvcProject(repo.root, DATA_ENV), targets, options);
}

/** Forgets objects of the cache; those of the run cache stay. */
export function dropObjects(repo: GitRepo): void {
  repo.remove(".dvc/cache/files/md5");
}

/** Makes an object of the cache say something else, as a broken disk would. */
export function damage(repo: GitRepo, md5: string): void {
  const path = `.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`;
  chmodSync(repo.path(path), 0o644);
  repo.write(path, "damaged");
  chmodSync(repo.path(path), 0o444);
}

/** `in.txt` → a → b → c, and `d` beside them. */
export const CHAIN = `stages:
  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}
  b: {cmd: cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}
  c: {cmd: cp b.txt c.txt, deps: [b.txt], outs: [c.txt]}
  d: {cmd: cp in.txt d.txt, deps: [in.txt], outs: [d.txt]}
`;

/** A project of the chain, with `in.txt` that holds a line. */
export function chain(): GitRepo {
  return pipelineRepo(CHAIN, { "in.txt": "one\n" });
}

/** Reads the stages of a dvc.lock. */
export function lockOf(repo: GitRepo, path = "dvc.lock"): ReturnType<typeof parseDvcLock>["stages"] {
  return parseDvcLock(repo.read(path)).stages;
}
