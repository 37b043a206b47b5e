import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type SlurmAccounting, startAccounting } from "./slurm-accounting.ts";
import { findProgram, freePort, serverFolder } from "./server.ts";

const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo"];

/** Tells whether Slurm and MUNGE are on this machine. */
export const hasSlurm = PROGRAMS.every((program) => findProgram(program) !== undefined);

/** Two nodes of two GPUs each, which are links to a device that does nothing. */
const NODES = ["n1", "n2"] as const;
const GPUS = [0, 1] as const;
/** As many as Slurm gives by default: a machine with much else to do may keep a daemon from answering for seconds. */
const MESSAGE_SECONDS = 10;
/** Until a node that does not answer counts as failed: never by chance. {@link SlurmCluster.failNode} says when one has. */
const NODE_SECONDS = 3600;

const CLUSTER = "waymark";

export type NodeName = (typeof NODES)[number];

/**
 * Slurm on this machine alone: a controller and two virtual nodes, each a process of ours with its files in one folder.
 * Nothing of the system's own Slurm is used or changed.
 */
export class SlurmCluster {
  readonly folder: string;
  /** What every program of Slurm has to be told. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for programs that are not to wait long for a controller which is not there. */
  readonly impatientEnv: Readonly<Record<string, string>>;
  readonly #conf: string;
  #accounting: SlurmAccounting | undefined;
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.#conf = join(folder, "slurm.conf");
    this.env = { SLURM_CONF: this.#conf };
    this.impatientEnv = { SLURM_CONF: join(folder, "impatient.conf") };
  }

  /**
   * Starts everything, and waits until jobs can run on both nodes.
   *
   * @param withAccounting - Also starts a database, in which all jobs are kept. Default: Slurm forgets them.
   */
  static async start(withAccounting = false): Promise<SlurmCluster> {
    const folder = serverFolder("slurm");
    chmodSync(folder, 0o755);
    const cluster = new SlurmCluster(folder);
    try {
      await cluster.#startMunge();
      if (withAccounting) {
        const munge = join(folder, "munge", "socket");
        cluster.#accounting = await startAccounting(folder, munge, CLUSTER);
      }
      await cluster.#configure();
      cluster.startController();
      for (const node of NODES) cluster.startNode(node);
      await cluster.until("both nodes are idle", () => cluster.nodeStates().every((state) => state === "idle"));
    } catch (error) {
      const logs = cluster.logs();
      await cluster.stop();
      throw new Error(`Slurm did not start:\n${logs}`, { cause: error });
    }
    return cluster;
  }

  /** Runs a program of Slurm to its end; what it printed. */
  ask(program: string, ...args: readonly string[]): string {
    const env = { ...process.env, ...this.env };
    return execFileSync(findProgram(program) ?? program, [...args], { env, encoding: "utf8", stdio: "pipe" }).trim();
  }

  /** @param isForgetful - It knows nothing of the jobs there were, as once they have been over for a while. */
  startController(isForgetful = false): void {
    this.#start("slurmctld", "slurmctld", ["-D", "-f", this.#conf, ...(isForgetful ? ["-c"] : [])]);
  }

  startNode(node: NodeName): void {
    this.#start(node, "slurmd", ["-D", "-N", node, "-f", this.#conf]);
  }

  /** Ends the controller, as when its machine is restarted. Jobs go on. */
  async stopController(): Promise<void> {
    await this.#end("slurmctld", "SIGTERM");
  }

  /**
   * Kills the daemon of a node, which the controller then believes to have failed. What runs there goes on, and nobody
   * hears of it: as when a network fails.
   */
  async failNode(node: NodeName): Promise<void> {
    await this.#end(node, "SIGKILL");
    // What the controller does by itself when a node has not answered for long enough.
    this.ask("scontrol", "update", `NodeName=${node}`, "State=DOWN", "Reason=no answer");
  }

  /** Starts a node that has failed, and waits until jobs can run there. */
  async mendNode(node: NodeName): Promise<void> {
    this.startNode(node);
    await this.until(`${node} takes jobs`, () => /^(?:idle|mixed|allocated)$/u.test(this.#stateOf(node)));
  }

  #stateOf(node: NodeName): string {
    return this.ask("sinfo", "--noheader", "--Node", `--nodes=${node}`, "--format=%T").split("\n")[0] ?? "";
  }

  /** Lists jobs, elements of arrays one by one, those that ended lately too. */
  jobs(): readonly { readonly id: string; readonly state: string; readonly node: string }[] {
    const lines = this.ask("squeue", "--noheader", "--array", "--states=all", "--format=%i|%T|%N").split("\n");
    return lines.map((line) => {
      const [id = "", state = "", node = ""] = line.split("|");
      return { id, state, node };
    });
  }

  /**
   * Waits until a job that was requeued waits, and spares it the two minutes for which Slurm then lets it rest. Those are
   * there for a reason: the end of its first process, told late, counts as the end of the second one.
   */
  async begin(job: string): Promise<void> {
    await this.until(`${job} waits`, () => this.jobs().some(({ id, state }) => id === job && state === "PENDING"));
    const id = this.ask("squeue", "--noheader", "--array", `--jobs=${job}`, "--format=%A");
    await this.until(`the first process of ${job} is gone`, () => !this.#hasStep(id));
    // What a node was told to end it starts no more, by a clock of seconds: "Killing non-startable batch JobId=2: Job
    // credential revoked".
    await sleep(1050 - (Date.now() % 1000));
    this.ask("scontrol", "update", `JobId=${job}`, "StartTime=now");
  }

  /**
   * Whether a node still sees to the end of a job's process: as long as it listens there. What it has to tell the controller
   * it has told before. A node that has failed tells nothing any more.
   *
   * @param id - Slurm's own number of it, which an element of an array has as well.
   */
  #hasStep(id: string): boolean {
    const nodes = NODES.filter((node) => this.#processes.has(node));
    return nodes.some((node) =>
      readdirSync(join(this.folder, `spool-${node}`)).some((name) => name.startsWith(`${node}_${id}.`)),
    );
  }

  /** The states of all nodes, such as `idle` and `down*`. */
  nodeStates(): readonly string[] {
    try {
      return this.ask("sinfo", "--noheader", "--Node", "--format=%T").split("\n");
    } catch {
      return [""];
    }
  }

  /** Waits until something is so. */
  async until(what: string, isSo: () => boolean, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isSo()) {
      if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}:\n${this.logs()}`);
      await sleep(100);
    }
  }

  /** Processes of jobs that know a folder, by their variables, command or place. */
  processesOf(folder: string): readonly number[] {
    return this.#ours().filter((pid) => {
      try {
        const where = readlinkSync(`/proc/${pid}/cwd`);
        return where.startsWith(folder) || readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(folder);
      } catch {
        return false;
      }
    });
  }

  /** The ends of all logs. */
  logs(): string {
    const names = readdirSync(this.folder).filter((name) => name.endsWith(".log"));
    return names.map((name) => `--- ${name}\n${readFileSync(join(this.folder, name), "utf8").slice(-3000)}`).join("\n");
  }

  /** Ends every process, jobs too, and removes the folder. */
  async stop(): Promise<void> {
    for (const name of ["slurmctld", ...NODES, "munged"]) await this.#end(name, "SIGKILL");
    for (const pid of this.#ours()) process.kill(pid, "SIGKILL");
    await this.#accounting?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Processes of jobs: they know our configuration by its path, which nobody else's do. */
  #ours(): readonly number[] {
    const mark = `SLURM_CONF=${this.#conf}\0`;
    return readdirSync("/proc").flatMap((name) => {
      if (!/^\d+$/u.test(name) || Number(name) === process.pid) return [];
      try {
        const isOurs =
          readFileSync(`/proc/${name}/environ`, "latin1").includes(mark) ||
          readFileSync(`/proc/${name}/cmdline`, "latin1").includes(this.#conf);
        return isOurs ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }

  #start(name: string, program: string, args: readonly string[]): void {
    const env = { ...process.env, ...this.env };
    // What a daemon says before it has read where its log is.
    const output = openSync(join(this.folder, `${name}-output.log`), "a");
    const child = spawn(findProgram(program) ?? program, [...args], {
      ...{ cwd: this.folder, env, stdio: ["ignore", output, output] },
    });
    closeSync(output);
    this.#processes.set(name, child);
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#processes.get(name);
    this.#processes.delete(name);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }

  async #startMunge(): Promise<void> {
    const munge = join(this.folder, "munge");
    mkdirSync(munge, { mode: 0o755 });
    writeFileSync(join(munge, "key"), randomBytes(128), { mode: 0o400 });
    const files = { "key-file": "key", socket: "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed" };
    const args = Object.entries(files).map(([option, name]) => `--${option}=${join(munge, name)}`);
    this.#start("munged", "munged", ["--foreground", ...args]);
    await this.until("munged listens", () => readdirSync(munge).includes("socket"));
  }

  async #configure(): Promise<void> {
    const { folder } = this;
    const user = userInfo().username;
    const host = hostname().split(".")[0] ?? "localhost";
    for (const name of ["state", "gpus", ...NODES.map((node) => `spool-${node}`)]) mkdirSync(join(folder, name));
    // Only devices count as such.
    for (const gpu of GPUS) symlinkSync("/dev/null", join(folder, "gpus", `nvidia${gpu}`));
    const ports: number[] = [];
    while (ports.length < NODES.length + 1) {
      const port = await freePort();
      if (!ports.includes(port)) ports.push(port);
    }
    const [controllerPort, ...nodePorts] = ports;
    const lines = [
      `ClusterName=${CLUSTER}`,
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmctldPort=${controllerPort}`,
      "AuthType=auth/munge",
      `AuthInfo=socket=${join(folder, "munge", "socket")}`,
      `SlurmUser=${user}`,
      `SlurmdUser=${user}`,
      `StateSaveLocation=${join(folder, "state")}`,
      `SlurmdSpoolDir=${join(folder, "spool-%n")}`,
      `SlurmctldPidFile=${join(folder, "slurmctld.pid")}`,
      `SlurmdPidFile=${join(folder, "slurmd-%n.pid")}`,
      `SlurmctldLogFile=${join(folder, "slurmctld.log")}`,
      `SlurmdLogFile=${join(folder, "slurmd-%n.log")}`,
      "MpiDefault=none",
      "ProctrackType=proctrack/linuxproc",
      "TaskPlugin=task/none",
      "SwitchType=switch/none",
      "JobAcctGatherType=jobacct_gather/none",
      ...(this.#accounting?.lines ?? ["AccountingStorageType=accounting_storage/none"]),
      "JobCompType=jobcomp/none",
      "SchedulerType=sched/backfill",
      "SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,requeue_setup_env_fail",
      "SelectType=select/cons_tres",
      "SelectTypeParameters=CR_CPU",
      // The machine may have fewer processors than its nodes pretend.
      "SlurmdParameters=config_overrides",
      "GresTypes=gpu",
      "JobRequeue=1",
      // Nothing is killed that is about to end, however slow the machine is.
      "KillWait=60",
      `MessageTimeout=${MESSAGE_SECONDS}`,
      "MinJobAge=300",
      "ReturnToService=2",
      "SlurmctldTimeout=10",
      `SlurmdTimeout=${NODE_SECONDS}`,
      "PreemptType=preempt/partition_prio",
      "PreemptMode=REQUEUE",
      "SlurmctldParameters=preempt_send_user_signal",
      ...NODES.map(
        (node, at) =>
          `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${nodePorts[at]} CPUs=8 RealMemory=100 Gres=gpu:${GPUS.length} State=UNKNOWN`,
      ),
      "PartitionName=main Nodes=ALL Default=YES MaxTime=60 State=UP PriorityTier=1 GraceTime=300",
      "PartitionName=urgent Nodes=ALL MaxTime=60 State=UP PriorityTier=2 PreemptMode=OFF",
    ];
    writeFileSync(this.#conf, `${lines.join("\n")}\n`);
    const impatient = lines.map((line) => (line.startsWith("MessageTimeout=") ? "MessageTimeout=2" : line));
    writeFileSync(this.impatientEnv["SLURM_CONF"] ?? "", `${impatient.join("\n")}\n`);
    const files = join(folder, "gpus", `nvidia[0-${GPUS.length - 1}]`);
    const gpus = NODES.map((node) => `NodeName=${node} Name=gpu Flags=nvidia_gpu_env File=${files}`);
    writeFileSync(join(folder, "gres.conf"), `AutoDetect=off\n${gpus.join("\n")}\n`);
    writeFileSync(join(folder, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
  }
}
