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
import { findProgram, freePort, serverFolder } from "./server.ts";

const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo"];

/** Tells whether Slurm and MUNGE are on this machine. */
export const hasSlurm = PROGRAMS.every((program) => findProgram(program) !== undefined);

/** Two nodes of two GPUs each, which are links to a device that does nothing. */
const NODES = ["n1", "n2"] as const;
const GPUS = [0, 1] as const;
/** Of a node that does not answer, until it counts as failed. */
const NODE_TIMEOUT_SECONDS = 2;

export type NodeName = (typeof NODES)[number];

/**
 * Slurm on this machine alone: a controller and two virtual nodes, each a process of ours with its files in one folder.
 * Nothing of the system's own Slurm is used or changed.
 */
export class SlurmCluster {
  readonly folder: string;
  /** What every program of Slurm has to be told. */
  readonly env: Readonly<Record<string, string>>;
  readonly #conf: string;
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.#conf = join(folder, "slurm.conf");
    this.env = { SLURM_CONF: this.#conf };
  }

  /** Starts everything, and waits until jobs can run on both nodes. */
  static async start(): Promise<SlurmCluster> {
    const folder = serverFolder("slurm");
    chmodSync(folder, 0o755);
    const cluster = new SlurmCluster(folder);
    try {
      await cluster.#configure();
      await cluster.#startMunge();
      cluster.startController();
      for (const node of NODES) cluster.startNode(node);
      await cluster.until("both nodes are idle", () => cluster.nodeStates().every((state) => state === "idle"), 20_000);
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

  startController(): void {
    this.#start("slurmctld", "slurmctld", ["-D", "-f", this.#conf]);
  }

  startNode(node: NodeName): void {
    this.#start(node, "slurmd", ["-D", "-N", node, "-f", this.#conf]);
  }

  /** Ends the controller, as when its machine is restarted. Jobs go on. */
  async stopController(): Promise<void> {
    await this.#end("slurmctld", "SIGTERM");
  }

  /** Kills the daemon of a node. What runs there goes on, and nobody hears of it: as when a network fails. */
  async killNode(node: NodeName): Promise<void> {
    await this.#end(node, "SIGKILL");
  }

  /** Lists jobs, elements of arrays one by one, those that ended lately too. */
  jobs(): readonly { readonly id: string; readonly state: string; readonly node: string }[] {
    const lines = this.ask("squeue", "--noheader", "--array", "--states=all", "--format=%i|%T|%N").split("\n");
    return lines.map((line) => {
      const [id = "", state = "", node = ""] = line.split("|");
      return { id, state, node };
    });
  }

  /** Waits until a job that was requeued waits, and spares it the two minutes for which Slurm then lets it rest. */
  async begin(job: string): Promise<void> {
    await this.until(`${job} waits`, () => this.jobs().some(({ id, state }) => id === job && state === "PENDING"));
    this.ask("scontrol", "update", `JobId=${job}`, "StartTime=now");
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
    await this.until("munged listens", () => readdirSync(munge).includes("socket"), 10_000);
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
      "ClusterName=waymark",
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
      "AccountingStorageType=accounting_storage/none",
      "JobCompType=jobcomp/none",
      "SchedulerType=sched/backfill",
      "SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,requeue_setup_env_fail",
      "SelectType=select/cons_tres",
      "SelectTypeParameters=CR_CPU",
      // The machine may have fewer processors than its nodes pretend.
      "SlurmdParameters=config_overrides",
      "GresTypes=gpu",
      "JobRequeue=1",
      "KillWait=10",
      // Of programs that ask a controller which is not there.
      "MessageTimeout=3",
      "MinJobAge=300",
      "ReturnToService=2",
      "SlurmctldTimeout=10",
      `SlurmdTimeout=${NODE_TIMEOUT_SECONDS}`,
      "PreemptType=preempt/partition_prio",
      "PreemptMode=REQUEUE",
      "SlurmctldParameters=preempt_send_user_signal",
      ...NODES.map(
        (node, at) =>
          `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${nodePorts[at]} CPUs=8 RealMemory=100 Gres=gpu:${GPUS.length} State=UNKNOWN`,
      ),
      "PartitionName=main Nodes=ALL Default=YES MaxTime=60 State=UP PriorityTier=1 GraceTime=20",
      "PartitionName=urgent Nodes=ALL MaxTime=60 State=UP PriorityTier=2 PreemptMode=OFF",
    ];
    writeFileSync(this.#conf, `${lines.join("\n")}\n`);
    const files = join(folder, "gpus", `nvidia[0-${GPUS.length - 1}]`);
    const gpus = NODES.map((node) => `NodeName=${node} Name=gpu Flags=nvidia_gpu_env File=${files}`);
    writeFileSync(join(folder, "gres.conf"), `AutoDetect=off\n${gpus.join("\n")}\n`);
    writeFileSync(join(folder, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
  }
}
