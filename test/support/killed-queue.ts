import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listFiles, runGit } from "./checker.ts";
import { waymark } from "./cli.ts";
import { copyProject } from "./data-project.ts";
import { GIT_TEST_ENV } from "./git-repo.ts";
import { type Answer, runHere } from "./in-process.ts";

/** Trains for a moment with a process of its own beside it, and notes both. `lr: 0` makes it fail. */
const TRAIN = `echo "begin $DVC_EXP_NAME $$" >> "$RUNS_LOG"
sleep 60 & child=$!
echo "child $DVC_EXP_NAME $child" >> "$RUNS_LOG"
sleep 0.15
kill $child
grep -q "lr: 0$" params.yaml && exit 1
cp params.yaml result.txt
echo "end $DVC_EXP_NAME $$" >> "$RUNS_LOG"
`;
const PIPELINE = "stages:\n  train: {cmd: sh train.sh, deps: [train.sh], params: [lr], outs: [result.txt]}\n";
/** Files of the user's, edited, staged and new, that no queue may change. */
const USERS = ["params.yaml", "notes.txt", "new.txt", "train.sh", "dvc.yaml", ".gitignore"];

/** A task as `queue status --json` tells of it. */
export interface ListedTask {
  readonly name: string;
  readonly status: string;
}

/** A project with a queue, in which commands are killed. Beside it lies the log of everything that its tasks ran. */
export class KilledQueue {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Variables of every command. */
  get env(): Readonly<Record<string, string | undefined>> {
    return { ...GIT_TEST_ENV, RUNS_LOG: this.log, SHELL: "/bin/sh", DVC_GLOBAL_CONFIG_DIR: "/nonexistent" };
  }

  get log(): string {
    return `${this.root}.log`;
  }

  copy(): KilledQueue {
    return new KilledQueue(copyProject(this.root));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
    rmSync(this.log, { force: true });
  }

  /** Runs a command line in this process, unless it is one that starts workers of the same program. */
  async run(...argv: readonly string[]): Promise<Answer> {
    if (!argv.includes("start") && !argv.includes("--run-all")) return runHere(this.root, argv, this.env);
    const { code, stdout, stderr } = await waymark(argv, { cwd: this.root, env: this.env });
    return { code: code ?? -1, stdout, stderr };
  }

  git(...args: readonly string[]): string {
    return runGit(this.root, args);
  }

  async tasks(): Promise<readonly ListedTask[]> {
    const { stdout } = await this.run("queue", "status", "--json");
    return JSON.parse(stdout) as readonly ListedTask[];
  }

  /** HEAD, what is staged, branches, the stash, and the files of the user. */
  ofTheUser(): string {
    return [
      readFileSync(join(this.root, ".git/HEAD"), "utf8"),
      this.git("ls-files", "--stage"),
      this.git("for-each-ref", "refs/heads"),
      this.git("stash", "list"),
      ...USERS.map((path) =>
        existsSync(join(this.root, path)) ? readFileSync(join(this.root, path), "utf8") : "gone",
      ),
      String(existsSync(join(this.root, "result.txt"))),
    ].join("\n---\n");
  }

  /** What is not as it must be at any moment, whoever was killed. */
  findDamage(before: string): readonly string[] {
    const problems: string[] = [];
    if (this.ofTheUser() !== before) problems.push(`what is the user's has changed:\n${this.ofTheUser()}`);
    const damage = this.#fsck();
    // It takes objects for missing that were written, and named by a ref, since it listed those that there are: damage is
    // found by the next look as well.
    if (damage !== undefined && this.#fsck() !== undefined) problems.push(damage);
    return problems;
  }

  #fsck(): string | undefined {
    try {
      this.git("fsck", "--full", "--strict", "--no-dangling", "--no-progress");
      return undefined;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
      return `git fsck: ${String(error)}\n${stdout}${stderr}`;
    }
  }

  /**
   * Processes of this project that run, this one left out.
   *
   * @param pattern - What their command lines match. Default: all.
   */
  listRunning(pattern = /./u): readonly number[] {
    const mark = `RUNS_LOG=${this.log}\0`;
    return readdirSync("/proc")
      .filter((name) => /^\d+$/u.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return (
            pid !== process.pid &&
            readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark) &&
            pattern.test(commandOf(pid))
          );
        } catch {
          return false;
        }
      });
  }

  /** Waits for the end of everything that tasks have started. @returns What does not end. */
  async findOrphans(): Promise<readonly string[]> {
    for (let attempt = 0; attempt < 200 && this.listRunning().length > 0; attempt += 1) await sleep(25);
    return this.listRunning().map((pid) => `process ${pid} still runs: ${commandOf(pid)}`);
  }

  /** Every task that is over has exactly one experiment of its name; names of tasks that are over are free. */
  async findWrongResults(): Promise<readonly string[]> {
    const problems: string[] = [];
    const names = this.git("for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split("\n").filter(Boolean);
    const tasks = await this.tasks();
    for (const { name, status } of tasks) {
      const made = names.filter((each) => each === name).length;
      if (status === "Success" ? made !== 1 : made !== 0) problems.push(`${name} is ${status} with ${made} results`);
    }
    const known = new Set(tasks.map(({ name }) => name));
    const strange = names.filter((name) => !known.has(name) && !name.startsWith("temp-"));
    if (strange.length > 0) problems.push(`there are results of no task: ${strange.join(", ")}`);
    const kept = this.git("for-each-ref", "--format=%(refname)", "refs/waymark/queue/names").trim();
    if (kept !== "") problems.push(`names are kept of tasks that are over: ${kept}`);
    for (const { name } of tasks.filter(({ status }) => status === "Success")) {
      const ends = this.#logged("end").filter((each) => each === name).length;
      if (ends === 0) problems.push(`${name} has a result, and was never run to its end`);
    }
    return problems;
  }

  /** How often commands of a task were run to their ends. */
  #logged(what: string): readonly string[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, "utf8").split("\n");
    return lines.flatMap((line) => (line.startsWith(`${what} `) ? [line.split(" ")[1] ?? ""] : []));
  }

  /** Lock files of Git that nobody holds any more. */
  findLocks(): readonly string[] {
    const isOther = (path: string): boolean => path === "objects" || path === "waymark";
    return listFiles(join(this.root, ".git"), isOther)
      .filter((path) => path.endsWith(".lock"))
      .map((path) => `a lock is left: ${path}`);
  }

  /** What `doctor` finds beside what it only notes. */
  async findBroken(...options: readonly string[]): Promise<readonly string[]> {
    const { stdout, stderr } = await this.run("doctor", "--json", ...options);
    const { findings = [] } = (stdout === "" ? {} : JSON.parse(stdout)) as { findings?: readonly Found[] };
    const broken = findings.filter(({ severity, state }) => severity === "error" && state !== "fixed");
    return [...(stderr === "" ? [] : [`doctor: ${stderr}`]), ...broken.map(({ what }) => `doctor finds: ${what}`)];
  }

  /** What `doctor` has to repair or to note still, after it has repaired what it can. */
  async findUnrepaired(): Promise<readonly string[]> {
    await this.run("doctor", "--fix");
    const { stdout } = await this.run("doctor", "--json");
    const { findings } = JSON.parse(stdout) as { findings: readonly Found[] };
    return findings.map(({ what }) => `doctor --fix leaves: ${what}`);
  }
}

interface Found {
  readonly severity: string;
  readonly state: string;
  readonly what: string;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** Makes a project of one stage with edited, staged and new files of the user. */
export async function makeQueueProject(train: string): Promise<KilledQueue> {
  const queue = new KilledQueue(realpathSync(mkdtempSync(join(tmpdir(), "waymark-faults-"))));
  const write = (path: string, text: string): void => writeFileSync(join(queue.root, path), text);
  queue.git("init", "-q", "-b", "main");
  queue.git("config", "user.name", "A");
  queue.git("config", "user.email", "a@example.org");
  await queue.run("init", "-q");
  write("dvc.yaml", PIPELINE);
  write("train.sh", train);
  write("params.yaml", "lr: 1\n");
  write("notes.txt", "notes\n");
  write(".gitignore", "/result.txt\n");
  queue.git("add", "-A");
  queue.git("commit", "-q", "-m", "start");
  write("notes.txt", "staged\n");
  queue.git("add", "notes.txt");
  write("notes.txt", "edited\n");
  write("new.txt", "new\n");
  return queue;
}

/** Makes a project with three tasks that wait (`a-1` to `a-3`) and one that has failed (`bad`). */
export async function makeKilledQueue(): Promise<KilledQueue> {
  const queue = await makeQueueProject(TRAIN);
  await queue.run("exp", "run", "--queue", "-n", "bad", "-S", "lr=0");
  await queue.run("queue", "work", "--idle", "0.01s");
  await queue.run("exp", "run", "--queue", "-n", "a", "-S", "lr=2,3,4");
  const found = (await queue.tasks()).map(({ name, status }) => `${name} ${status}`).join(", ");
  if (found !== "a-1 Queued, a-2 Queued, a-3 Queued, bad Failed") throw new Error(`unexpected queue: ${found}`);
  return queue;
}
