import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN } from "../support/cli.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { KilledQueue, makeKilledQueue } from "../support/killed-queue.ts";

/** Who is killed: the command, all of its process group, a command of Git that it runs, or a stage that it runs. */
type Victim = "command" | "group" | "git" | "stage";

interface Scenario {
  /** What is killed. */
  readonly argv: readonly string[];
  readonly victims: readonly Victim[];
  /** The kill comes within so many milliseconds. */
  readonly spanMs: number;
  /** What works afterwards, whatever came of it. Default: the same once more. */
  readonly next?: readonly string[];
  /** A worker is at work meanwhile. */
  readonly hasWorker?: boolean;
  /** Tasks that need not be there, or not have succeeded, in the end. */
  readonly mayLack?: readonly string[];
}

const WORK = ["queue", "work", "--idle", "0.01s"] as const;
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "exp run --queue": {
    argv: ["exp", "run", "--queue", "-n", "more", "-S", "lr=5,6"],
    // With the same params its outputs would be put back, and nothing be run.
    next: ["exp", "run", "--queue", "-n", "other", "-S", "lr=7,8"],
    ...{ victims: ["command", "group", "git"], spanMs: 350 },
  },
  "queue work": { argv: WORK, victims: ["command", "group", "git", "stage"], spanMs: 1200 },
  "queue start": {
    argv: ["queue", "start", "-j", "2"],
    ...{ victims: ["command", "group", "git"], spanMs: 300 },
  },
  "exp run --run-all": {
    argv: ["exp", "run", "--run-all", "-j", "2"],
    ...{ victims: ["command", "group", "git"], spanMs: 1500 },
  },
  "exp run --temp": {
    argv: ["exp", "run", "--temp", "-n", "temp-1", "-S", "lr=7"],
    next: ["exp", "run", "--temp", "-n", "temp-2", "-S", "lr=8"],
    ...{ victims: ["command", "group", "git", "stage"], spanMs: 800 },
  },
  "queue kill": {
    argv: ["queue", "kill", "a-1"],
    next: ["queue", "kill", "a-2"],
    ...{ victims: ["command", "group", "git"], spanMs: 250, hasWorker: true, mayLack: ["a-1", "a-2"] },
  },
  "queue stop": {
    argv: ["queue", "stop", "--kill"],
    ...{ victims: ["command", "group", "git"], spanMs: 250, hasWorker: true },
  },
  "queue retry": { argv: ["queue", "retry", "bad"], victims: ["command", "group", "git"], spanMs: 250 },
  "queue remove": {
    argv: ["queue", "remove", "a-2"],
    ...{ victims: ["command", "group", "git"], spanMs: 250, mayLack: ["a-2"] },
  },
  "queue move": { argv: ["queue", "move", "a-3", "--first"], victims: ["command", "group", "git"], spanMs: 250 },
};
const TRIALS = isLong ? 200 : 2;

const queues: KilledQueue[] = [];
afterAll(() => queues.forEach((queue) => queue.remove()));

let start: KilledQueue;
beforeAll(async () => {
  start = await makeKilledQueue();
  queues.push(start);
}, 120_000);

interface Started {
  readonly pid: number;
  readonly stdout: () => string;
  readonly ended: Promise<void>;
}

/** Starts a command in a process group of its own. */
function startGroup({ root, env }: KilledQueue, argv: readonly string[]): Started {
  const child = spawn(process.execPath, [BIN, ...argv], {
    ...{ cwd: root, detached: true, stdio: ["ignore", "pipe", "ignore"] },
    env: { ...env, NO_COLOR: "1" },
  });
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  // What is left behind may hold the pipe open: the end of the command itself is what counts.
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  return { pid: child.pid ?? 0, stdout: () => stdout, ended };
}

function send(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/** Children of a process whose command line matches. */
function childrenOf(pid: number, pattern: RegExp): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.map(Number).filter((child) => pattern.test(readFileSync(`/proc/${child}/cmdline`, "utf8")));
  } catch {
    return [];
  }
}

/** Kills a victim at its moment, or as soon as there is one. */
async function kill({ pid, ended }: Started, victim: Victim, afterMs: number): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  await Promise.race([ended, sleep(afterMs)]);
  if (victim === "command" || victim === "group") {
    if (!isOver) send(victim === "group" ? -pid : pid);
    await ended;
    return;
  }
  const pattern = victim === "git" ? /^git\0/u : /train\.sh/u;
  while (!isOver) {
    const [child] = childrenOf(pid, pattern);
    if (child !== undefined && send(victim === "stage" ? -child : child)) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.race([ended, sleep(15_000)]);
  send(-pid);
  await ended;
}

/** Runs what a scenario says and kills it; answers everything that is wrong then, and after the next commands. */
async function runTrial(name: string, victim: Victim, afterMs: number): Promise<readonly string[]> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no scenario '${name}'`);
  const queue = start.copy();
  const before = queue.ofTheUser();
  const found: string[] = [];
  const worker = scenario.hasWorker === true ? startGroup(queue, ["queue", "work", "--idle", "5s"]) : undefined;
  if (worker !== undefined) await sleep(450);
  const started = startGroup(queue, scenario.argv);
  await kill(started, victim, afterMs);
  found.push(...(await checkAfter(queue, before, scenario)));
  const printed = [...started.stdout().matchAll(/Queued experiment '(\S+)'/gu)].map(([, task = ""]) => task);
  const names = (await queue.tasks()).map((task) => task.name);
  found.push(...printed.filter((task) => !names.includes(task)).map((task) => `${task} was queued, and is lost`));
  const made = names.filter((task) => task.startsWith("more-")).length;
  if (made !== 0 && made !== 2) found.push(`${made} tasks of a sweep of 2 are queued`);
  if (worker !== undefined) send(-worker.pid);
  await worker?.ended;
  found.push(...(await finish(queue, before, scenario)));
  queue.remove();
  return found.map((problem) => `${name}, ${victim} killed after ${afterMs.toFixed(0)} ms: ${problem}`);
}

/** Right after the kill: nothing is damaged, everything can be looked at, and the next command works. */
async function checkAfter(queue: KilledQueue, before: string, scenario: Scenario): Promise<readonly string[]> {
  const found = [...queue.findDamage(before), ...(await queue.findBroken())];
  for (const argv of [["queue", "status"], ["exp", "show", "--json"], scenario.next ?? scenario.argv]) {
    const { code, stderr } = await queue.run(...argv);
    // It may have been done before the kill: then there is nothing to be done again, which is said.
    const isDone = code === 255 && /does not run|has no task|waits|finished/u.test(stderr);
    if (code !== 0 && !isDone) found.push(`then 'waymark ${argv.join(" ")}' ends with ${code}: ${stderr}`);
  }
  return found;
}

/** Has everything done that is to be done, and looks whether anything is lost, done twice, or left. */
async function finish(queue: KilledQueue, before: string, scenario: Scenario): Promise<readonly string[]> {
  const found: string[] = [];
  const stop = await queue.run("queue", "stop", "--kill");
  if (stop.code !== 0) found.push(`queue stop: ${stop.stderr}`);
  const isAtWork = (): boolean => queue.listRunning().length > 0;
  for (let attempt = 0; attempt < 400 && isAtWork(); attempt += 1) await sleep(25);
  const work = await queue.run(...WORK);
  if (work.code !== 0) found.push(`queue work: ${work.stderr}`);
  found.push(...(await queue.findOrphans()), ...(await queue.findUnrepaired()), ...queue.findDamage(before));
  const tasks = new Map((await queue.tasks()).map(({ name, status }) => [name, status]));
  const wanted = ["a-1", "a-2", "a-3"].filter((name) => scenario.mayLack?.includes(name) !== true);
  for (const name of wanted) {
    const status = tasks.get(name) ?? "lost";
    const mayFail = scenario.victims.includes("stage") && status === "Failed";
    if (status !== "Success" && !mayFail) found.push(`${name} is ${status}`);
  }
  for (const [name, status] of tasks) if (/Queued|Running/u.test(status)) found.push(`${name} is still ${status}`);
  return [...found, ...(await queue.findWrongResults()), ...queue.findLocks()];
}

const PAIRS = Object.entries(SCENARIOS).flatMap(([name, { victims }]) => victims.map((victim) => ({ name, victim })));

test(
  "SIGKILL at a random moment of what works with the queue loses no task, and runs none twice",
  { timeout: isLong ? 3_600_000 : 120_000 },
  async () => {
    const random = seededRandom(31);
    const problems: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const at = isLong ? trial % PAIRS.length : Math.floor(random() * PAIRS.length);
      const pair = PAIRS[at];
      if (pair === undefined) continue;
      const { spanMs } = SCENARIOS[pair.name] ?? { spanMs: 0 };
      problems.push(...(await runTrial(pair.name, pair.victim, random() * spanMs)));
    }
    expect(problems).toEqual([]);
  },
);

test(
  "notices a queue that loses a task, an orphan, a name that is kept, a lock, and a stash",
  { timeout: 60_000 },
  async () => {
    const queue = start.copy();
    queues.push(queue);
    const before = queue.ofTheUser();
    const [waiting = ""] = queue.git("for-each-ref", "--format=%(refname)", "refs/waymark/queue/waiting").split("\n");
    queue.git("update-ref", "-d", waiting);
    queue.git("stash", "push", "--quiet");
    writeFileSync(join(queue.root, ".git/refs/heads/main.lock"), "");
    const orphan = spawn("sleep", ["30"], { env: { ...process.env, ...queue.env }, stdio: "ignore" });
    expect(queue.findDamage(before).join()).toContain("what is the user's has changed");
    expect(queue.findLocks()).toEqual(["a lock is left: refs/heads/main.lock"]);
    expect(queue.listRunning()).toEqual([orphan.pid]);
    orphan.kill("SIGKILL");
    queue.git("stash", "pop", "--quiet", "--index");
    expect((await queue.findWrongResults()).join()).toContain("names are kept");
    const found = await finish(queue, before, { argv: [], victims: [], spanMs: 0 });
    expect(found.join("\n")).toContain("a-1 is lost");
  },
);
