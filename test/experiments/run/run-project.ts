import {
  executeRun,
  listRunRecords,
  openProject,
  planRun,
  type Project,
  type RunEffects,
  runInWorkspace,
  type RunRecord,
  type RunRequest,
  type RunResult,
  type RunSpec,
} from "@waymark/experiments";
import { DATA_ENV, dataRepo } from "../../pipeline/data-project.ts";
import { GIT_TEST_ENV, type GitRepo } from "../../support/git-repo.ts";

/** What a test says of a run; the rest is chosen for it. */
export interface TestRun extends Partial<Omit<RunRequest, "work" | "cwd">> {
  /** Stages; default: all of dvc.yaml. */
  readonly targets?: readonly string[];
  /** A command instead of stages. */
  readonly command?: readonly string[];
  /** Files to set first. */
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Parameters<typeof executeRun>[2];
  readonly effects?: RunEffects;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a run of a test came to. */
export interface TestResult extends RunResult {
  readonly spec: RunSpec;
  /** Everything its commands printed. */
  readonly output: string;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Opens the project of a repository with variables nothing on the machine has a say in. */
export function openRepo(repo: GitRepo, env: Readonly<Record<string, string>> = {}): Project {
  return openProject(repo.root, { ...GIT_TEST_ENV, ...DATA_ENV, SHELL: "/bin/sh", ...env });
}

/** Runs an experiment in the workspace of a repository. */
export async function run(repo: GitRepo, asked: TestRun = {}): Promise<TestResult> {
  const { targets = [], command, files = {}, options = {}, effects = {}, env = {}, ...request } = asked;
  const project = openRepo(repo, env);
  const work =
    command === undefined
      ? ({ kind: "pipeline", options: { targets, force: request.force ?? false } } as const)
      : ({ kind: "command", command } as const);
  const { spec, notes } = await planRun(project, { continuesUnfinished: true, ...request, work, cwd: repo.root });
  const contents = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const told: string[] = [...notes];
  const warnings: string[] = [];
  let output = "";
  const result = await runInWorkspace(project, spec, contents, options, {
    ...effects,
    onOutput: (data, stream) => {
      output += Buffer.from(data).toString();
      effects.onOutput?.(data, stream);
    },
    onNote: (text) => void told.push(text),
    onWarning: (text) => void warnings.push(text),
  });
  return { ...result, spec, output, notes: told, warnings };
}

/** Runs, and throws when it did not finish. */
export async function runOk(repo: GitRepo, asked: TestRun = {}): Promise<TestResult> {
  const result = await run(repo, asked);
  if (result.state !== "finished") throw new Error(`${result.state}: ${result.reason}`, { cause: result.error });
  return result;
}

/** The newest record of a repository. */
export function lastRecord(repo: GitRepo): RunRecord {
  const record = listRunRecords(openRepo(repo)).at(-1);
  if (record === undefined) throw new Error("there is no record");
  return record;
}

/** The commits of an experiment, oldest first, without its baseline. */
export function chainOf(repo: GitRepo, name: string, baseline = repo.head()): readonly string[] {
  const ref = `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
  return repo.git("rev-list", "--reverse", "--first-parent", ref, `^${baseline}`).split("\n").filter(Boolean);
}

/** A repository with a project and files. */
export function runRepo(files: Readonly<Record<string, string>>): GitRepo {
  return dataRepo(files);
}
