import { spawn } from "node:child_process";
import { isErrno } from "@waymark/files";
import { SlurmMissingError, SlurmRefusedError, SlurmSilentError } from "./errors.ts";
import { parseSlurmTime } from "./slurm-time.ts";
import { parseJobs, SACCT_FORMAT, type SlurmJob, SQUEUE_FORMAT } from "./slurm-job.ts";

/** How {@link SlurmClient} asks. */
export interface SlurmClientOptions {
  /** Variables of Slurm's programs, complete. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long one of them may take, in milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 60_000;
/** So much is kept of what a program prints: a hundred thousand jobs are less. */
const OUTPUT_LIMIT = 64 * 1024 * 1024;
/** Ids on one command line. */
const BATCH = 500;
/** What Slurm says when it does not know a job any more, which is an answer. */
const FORGOTTEN = /Invalid job id|invalid job id/u;
/** What Slurm says of a job that is asked to wait and does so. */
const WAITS_AGAIN = /Job is pending execution|already completing/u;
const NO_ACCOUNTING = /accounting storage is disabled|No association|accounting_storage\/none/u;

/** Asks Slurm through its own programs, started without a shell. */
export class SlurmClient {
  readonly #options: SlurmClientOptions;

  constructor(options: SlurmClientOptions) {
    this.#options = options;
  }

  /**
   * Submits a job.
   *
   * @param args - Of sbatch, the script last.
   * @returns The id of the job.
   * @throws {@link SlurmMissingError}, {@link SlurmSilentError}, {@link SlurmRefusedError} with what Slurm said.
   */
  async submit(args: readonly string[]): Promise<string> {
    const answer = await this.#run("sbatch", ["--parsable", ...args]);
    // `17`, or `17;cluster` where there are several clusters.
    const id = /^(\d+)(?:;\S+)?$/mu.exec(answer.stdout)?.[1];
    if (answer.code === 0 && id !== undefined) return id;
    const lines = explain(answer);
    if (isSilence(answer.stderr)) throw new SlurmSilentError("sbatch", lines.join("; "));
    throw new SlurmRefusedError(lines, hintFor(lines.join(" ")));
  }

  /**
   * Lists jobs that Slurm has not forgotten yet: those that wait and run, and those that ended a short while ago.
   *
   * @throws {@link SlurmMissingError}, {@link SlurmSilentError}.
   */
  async listJobs(ids: readonly string[]): Promise<readonly SlurmJob[]> {
    const options = ["--noheader", "--array", "--states=all", `--format=${SQUEUE_FORMAT}`];
    return this.#list("squeue", ids, options);
  }

  /**
   * Lists jobs as accounting has them, for good.
   *
   * @returns `undefined` where there is no accounting.
   * @throws {@link SlurmMissingError}, {@link SlurmSilentError}.
   */
  async listAccounted(ids: readonly string[]): Promise<readonly SlurmJob[] | undefined> {
    const options = ["--noheader", "--parsable2", "--delimiter=|", "--allocations", `--format=${SACCT_FORMAT}`];
    try {
      return await this.#list("sacct", ids, options);
    } catch (error) {
      if (error instanceof SlurmSilentError && NO_ACCOUNTING.test(error.message)) return undefined;
      throw error;
    }
  }

  /**
   * Cancels jobs, or elements of arrays. Those that are over already are no trouble.
   *
   * @throws {@link SlurmMissingError}, {@link SlurmSilentError}, {@link SlurmRefusedError}.
   */
  async cancel(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += BATCH) {
      // `--quiet`: a job that is over is not worth a word.
      const answer = await this.#run("scancel", ["--quiet", "--", ...ids.slice(at, at + BATCH)]);
      const lines = explain(answer).filter(
        (line) => !FORGOTTEN.test(line) && !/already completing|completed/u.test(line),
      );
      if (answer.code === 0 || lines.length === 0) continue;
      if (isSilence(answer.stderr)) throw new SlurmSilentError("scancel", lines.join("; "));
      throw new SlurmRefusedError(lines, "Only who submitted a job, or an operator, may cancel it.");
    }
  }

  /**
   * Gives a job back to the scheduler: it is ended here and started again, on whatever node.
   *
   * @throws {@link SlurmMissingError}, {@link SlurmSilentError}, {@link SlurmRefusedError}.
   */
  async requeue(id: string): Promise<void> {
    const answer = await this.#run("scontrol", ["requeue", id]);
    // It was taken back already: an answer to that got lost.
    if (answer.code === 0 || WAITS_AGAIN.test(answer.stderr)) return;
    const lines = explain(answer);
    if (isSilence(answer.stderr)) throw new SlurmSilentError("scontrol", lines.join("; "));
    throw new SlurmRefusedError(lines, "Jobs submitted with `--no-requeue`, or a cluster set up so, are not requeued.");
  }

  /**
   * Asks how much of its time a job that runs has left, in milliseconds.
   *
   * @returns `undefined` for a job without a limit.
   * @throws {@link SlurmMissingError}, {@link SlurmSilentError}.
   */
  async timeLeft(id: string): Promise<number | undefined> {
    const { stdout } = await this.#run("squeue", ["--noheader", "--format=%L", `--jobs=${id}`]);
    return parseSlurmTime(stdout);
  }

  async #list(program: string, ids: readonly string[], options: readonly string[]): Promise<readonly SlurmJob[]> {
    const jobs: SlurmJob[] = [];
    for (let at = 0; at < ids.length; at += BATCH) {
      const answer = await this.#run(program, [...options, `--jobs=${ids.slice(at, at + BATCH).join(",")}`]);
      if (answer.code !== 0 && !FORGOTTEN.test(answer.stderr)) {
        throw new SlurmSilentError(program, explain(answer).join("; "));
      }
      jobs.push(...parseJobs(answer.stdout));
    }
    return jobs;
  }

  async #run(program: string, args: readonly string[]): Promise<Answer> {
    const { env, timeoutMs = TIMEOUT_MS } = this.#options;
    // Settings of the user's shell would change what is printed, and what is asked for.
    const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:SQUEUE|SACCT|SCANCEL)_/u.test(name)));
    const child = spawn(program, [...args], {
      env: { ...clean, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout = `${stdout}${text}`.slice(0, OUTPUT_LIMIT)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = `${stderr}${text}`.slice(0, OUTPUT_LIMIT)));
    return new Promise((resolve, reject) => {
      child.on("error", (error) => {
        reject(isErrno(error, "ENOENT", "EACCES", "ENOTDIR") ? new SlurmMissingError(program, error) : error);
      });
      child.on("close", (code, signal) => {
        if (signal === null) resolve({ code, stdout, stderr });
        else
          reject(new SlurmSilentError(program, child.killed ? `none in ${timeoutMs / 1000} s` : `${signal} ended it`));
      });
    });
  }
}

/** What a program of Slurm says is wrong, without its name before each line. */
function explain({ code, stderr, stdout }: Answer): readonly string[] {
  const lines = (stderr.trim() === "" ? stdout : stderr)
    .split("\n")
    .map((line) => line.replace(/^(?:sbatch|squeue|sacct|scancel|scontrol): (?:error: |fatal: )?/u, "").trim())
    .filter((line) => line !== "");
  return lines.length === 0 ? [`it ended with exit code ${code}`] : lines;
}

const SILENCE =
  /Unable to contact slurm controller|Connection refused|Connection timed out|Socket timed out|Unable to contact slurm database|munge|Protocol authentication|SlurmctldHost|Could not establish a configuration source|No route to host/iu;

function isSilence(stderr: string): boolean {
  return SILENCE.test(stderr);
}

/** What to do about a job that was refused, by Slurm's own words. */
function hintFor(text: string): string {
  const known: readonly (readonly [RegExp, string])[] = [
    [/invalid partition/iu, '`sinfo` lists the partitions; name one with `--sbatch "--partition=NAME"`.'],
    [
      /account/iu,
      '`sacctmgr show associations user=$USER` lists your accounts; name one with `--sbatch "--account=NAME"`.',
    ],
    [/qos/iu, 'Name a quality of service that you may use with `--sbatch "--qos=NAME"`.'],
    [
      /job array specification/iu,
      "The cluster allows fewer elements (`scontrol show config | grep MaxArraySize`): start fewer tasks at a time.",
    ],
    [
      /node configuration is not available|generic resource|gres/iu,
      'No node has what is asked for: `sinfo -o "%N %G %c %m"` lists what they have.',
    ],
    [/time limit/iu, 'Ask for less time: `--max-time`, or `--sbatch "--time=…"`. `sinfo -o "%P %l"` lists the limits.'],
    [/unrecognized option|unknown option|invalid option/iu, "`sbatch --help` lists the options it takes."],
    [/job submit limit|MaxSubmit/iu, "Wait until some of your jobs have ended, or start fewer tasks at a time."],
  ];
  return (
    known.find(([pattern]) => pattern.test(text))?.[1] ?? "Change the options given with `--sbatch`, and try again."
  );
}
