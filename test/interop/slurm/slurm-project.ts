import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  killSlurmTasks,
  listTasks,
  openProject,
  refreshSlurmTasks,
  runLogPath,
  SlurmClient,
} from "@waymark/experiments";
import { type ProgramResult, waymark } from "../../support/cli.ts";
import { GIT_TEST_ENV } from "../../support/git-repo.ts";
import type { SlurmCluster } from "../../support/servers/slurm.ts";

const LOGGER = fileURLToPath(new URL("../../../packages/live/dist/index.js", import.meta.url));

/**
 * A loop whose every number follows from the one before: what is lost or done twice changes all that comes after.
 *
 * @param gate - File for which it waits at one of its steps, unless it was started anew.
 */
const trainProgram = (gate: string): string => `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Live } from ${JSON.stringify(LOGGER)};
const read = (name) => Number(new RegExp("^" + name + ": (.*)$", "m").exec(readFileSync("params.yaml", "utf8"))[1]);
const [seed, steps, every, holdAt] = ["seed", "steps", "every", "holdAt"].map(read);
console.log("gpu", process.env.CUDA_VISIBLE_DEVICES, "on", process.env.SLURMD_NODENAME);
const live = new Live({ resume: true, every });
let { weight } = existsSync("model.json") ? JSON.parse(readFileSync("model.json", "utf8")) : { weight: seed };
console.log("begins at step", live.step);
while (live.step < steps) {
  weight = (weight * 1103515245 + 12345) % 2147483648;
  live.logMetric("loss", weight / 2147483648);
  writeFileSync("model.json", JSON.stringify({ weight }));
  const isHeld = () => !existsSync(${JSON.stringify(gate)}) && !live.isCheckpointWanted;
  if (live.step === holdAt && !live.isResumed) console.log("waits in step", live.step);
  while (live.step === holdAt && !live.isResumed && isHeld()) await new Promise((resolve) => setTimeout(resolve, 50));
  await live.checkpoint("model.json");
  live.nextStep();
}
live.end();
`;

/** What the loop does. */
export interface Loop {
  readonly seed: number;
  readonly steps: number;
  /** A checkpoint after so many steps. */
  readonly every: number;
  /** In this step it waits until the gate is opened, a checkpoint is wanted, or it is started anew; -1: it does not. */
  readonly holdAt: number;
}

/** A project whose runs go to a cluster. */
export class SlurmProject {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #cluster: SlurmCluster;
  readonly #gate: string;

  constructor(cluster: SlurmCluster, loop: Loop) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-slurm-project-")));
    this.#cluster = cluster;
    const settings = { DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };
    this.env = { ...GIT_TEST_ENV, ...settings, ...cluster.env };
    this.git("init", "--quiet", "--initial-branch", "main");
    const params = Object.entries(loop).map(([name, value]) => `${name}: ${value}\n`);
    this.write("params.yaml", params.join(""));
    this.#gate = `${this.root}-gate`;
    this.write("train.mjs", trainProgram(this.#gate));
    // Otherwise made with the first experiment.
    this.write(".dvcignore", "");
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", "first");
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], { cwd: this.root, env: this.env, encoding: "utf8", stdio: "pipe" }).trim();
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  /** Reads a file, by its path in the project or an absolute one. */
  read(path: string): string {
    const absolute = resolve(this.root, path);
    return existsSync(absolute) ? readFileSync(absolute, "utf8") : "";
  }

  /** Runs a command line of ours to its end. */
  async waymark(...args: readonly string[]): Promise<ProgramResult> {
    return waymark(args, { cwd: this.root, env: this.cleanEnv });
  }

  /** The same, with Slurm's programs not waiting long for a controller which is not there. */
  async impatiently(...args: readonly string[]): Promise<ProgramResult> {
    return waymark(args, { cwd: this.root, env: { ...this.cleanEnv, ...this.#cluster.impatientEnv } });
  }

  /** For programs that get the variables of this process: they have ours alone. */
  get cleanEnv(): NodeJS.ProcessEnv {
    const gone = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
    return { ...gone, ...this.env };
  }

  /** Lets loops that wait at a step go on. */
  openGate(): void {
    writeFileSync(this.#gate, "");
  }

  /** Runs a command line that is to succeed; what it printed. */
  async succeed(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.waymark(...args);
    if (code !== 0) throw new Error(`waymark ${args.join(" ")} failed (${code}):\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Submits the loop; the number of the job. */
  async submit(name: string, ...options: readonly string[]): Promise<string> {
    const words = ["exp", "run", "--executor", "slurm", "--name", name, ...options, "--", "node", "train.mjs"];
    const { code, stdout, stderr } = await this.waymark(...words);
    const job = /as job (\d+):/u.exec(stdout)?.[1];
    if (code !== 0 || job === undefined) throw new Error(`Not submitted (${code}):\n${stdout}\n${stderr}`);
    return job;
  }

  /** Lists the commits of an experiment, newest first; none when there is no such experiment. */
  chain(name: string): readonly string[] {
    const head = this.git("rev-parse", "HEAD");
    const ref = `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/${name}`;
    if (this.git("for-each-ref", ref) === "") return [];
    return this.git("rev-list", "--first-parent", `${head}..${ref}`).split("\n");
  }

  /** Lists the experiments there are. */
  names(): readonly string[] {
    return this.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split("\n").filter(Boolean);
  }

  /** What an experiment has come to: every loss it logged, and the hash of its model. */
  outcome(name: string): { readonly losses: readonly string[]; readonly model: string } {
    const [tip = ""] = this.chain(name);
    const losses = this.git("show", `${tip}:live/plots/metrics/loss.tsv`).split("\n").slice(1);
    return { losses, model: /md5: (\w+)/u.exec(this.git("show", `${tip}:model.json.dvc`))?.[1] ?? "" };
  }

  /** What the runs of a job printed, those before it was started anew included. */
  log(job: string): string {
    const [array, element = "0"] = job.split("_");
    const folder = join(this.root, ".dvc/tmp/waymark/slurm");
    const submission = this.git("ls-files", "--others", "--", folder)
      .split("\n")
      .filter((path) => path.endsWith("submission.json"))
      .find((path) => readFileSync(join(this.root, path), "utf8").includes(`"jobId": "${array}"`));
    return this.read(join(dirname(submission ?? ""), `slurm-${element}.log`));
  }

  /** Has the queue look after what Slurm has, without waiting long for an answer. */
  async refresh(): ReturnType<typeof refreshSlurmTasks> {
    const client = new SlurmClient({ env: { ...process.env, ...this.#cluster.impatientEnv } });
    return refreshSlurmTasks(openProject(this.root, this.env), client);
  }

  /** Ends all tasks that Slurm has. */
  async killAll(): ReturnType<typeof killSlurmTasks> {
    const project = openProject(this.root, this.env);
    return killSlurmTasks(project, listTasks(project, ["active"]), this.#client);
  }

  /** What the run of a task printed, as the project has it. */
  consoleOf(name: string): string {
    const project = openProject(this.root, this.env);
    const task = listTasks(project).find(({ spec }) => spec.name === name);
    return this.read(runLogPath(project, task?.recordId ?? ""));
  }

  /** Lists the files that runs have sent from where the project is not seen, each relative to its repository. */
  liveFiles(): readonly string[] {
    const folder = join(this.root, ".dvc/tmp/waymark/exp-runs");
    const all = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
    return all.flatMap((path) => /^[^/]+\/files\/(?<path>.+\.\w+)$/u.exec(path)?.groups?.["path"] ?? []);
  }

  /** Waits until a command says that something is so. */
  async untilSo(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}:\n${this.#cluster.logs()}`);
      await sleep(500);
    }
  }

  /** How tasks ended, by name. */
  results(): Readonly<Record<string, string>> {
    const done = listTasks(openProject(this.root, this.env), ["done"]);
    return Object.fromEntries(done.map(({ spec, result }) => [spec.name, `${result?.state}: ${result?.reason}`]));
  }

  get #client(): SlurmClient {
    return new SlurmClient({ env: { ...process.env, ...this.#cluster.env } });
  }

  remove(): void {
    rmSync(this.#gate, { force: true });
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** What a loop comes to that nobody interrupts. */
export function uninterrupted({ seed, steps }: Loop): ReturnType<SlurmProject["outcome"]> {
  const losses: string[] = [];
  let weight = seed;
  for (let step = 0; step < steps; step += 1) {
    weight = (weight * 1103515245 + 12345) % 2147483648;
    losses.push(`${step}\t${weight / 2147483648}`);
  }
  return { losses, model: createHash("md5").update(JSON.stringify({ weight })).digest("hex") };
}
