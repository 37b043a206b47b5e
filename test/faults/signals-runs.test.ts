import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN } from "../support/cli.ts";
import { isLong } from "../support/fault-run.ts";
import { KilledQueue, makeQueueProject } from "../support/killed-queue.ts";

/** Starts a child in its group, a grandchild, and a daemon in a session of its own, which do not listen to Ctrl-C. */
const FAMILY = `trap '' TRAPS
(trap '' TRAPS; sh -c 'echo grandchild; while :; do sleep 0.1; done') &
setsid sh -c 'trap "" TRAPS; while :; do sleep 0.1; done' &
setsid setsid sh -c '(trap "" TRAPS; while :; do sleep 0.1; done) &'
echo ready
while :; do sleep 0.1; done
`;
/** Those that a stage leaves running end when they are asked to. */
const DEAF = FAMILY.replace("trap '' TRAPS\n", "").replaceAll("TRAPS", "INT HUP");
/** Nothing but force ends any of it. */
const STUBBORN = FAMILY.replaceAll("TRAPS", "INT HUP TERM");

const WAYS: Readonly<Record<string, readonly string[]>> = {
  "exp run": ["exp", "run"],
  "exp run --temp": ["exp", "run", "--temp"],
  "queue work": ["queue", "work", "--idle", "0.01s"],
  repro: ["repro"],
};

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Started {
  readonly queue: KilledQueue;
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

const queues: KilledQueue[] = [];
afterAll(() => queues.forEach((queue) => queue.remove()));

let deaf: KilledQueue;
let stubborn: KilledQueue;
beforeAll(async () => {
  for (const train of [DEAF, STUBBORN]) {
    const queue = await makeQueueProject(train);
    await queue.run("exp", "run", "--queue", "-n", "task");
    queues.push(queue);
  }
  [deaf, stubborn] = queues as [KilledQueue, KilledQueue];
}, 60_000);

/** Starts a command in a group of its own, and waits until all of its processes run. */
async function start(project: KilledQueue, way: string): Promise<Started> {
  const queue = project.copy();
  queues.push(queue);
  const child = spawn(process.execPath, [BIN, ...(WAYS[way] ?? [])], {
    ...{ cwd: queue.root, detached: true, stdio: "ignore" },
    env: { ...queue.env, NO_COLOR: "1" },
  });
  const ended = new Promise<Ended>((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  const isReady = (): boolean => queue.listRunning(/train\.sh|while/u).length >= 5;
  // Some are there for a moment only, while others begin: what is counted is what stays.
  let looks = 0;
  for (let attempt = 0; attempt < 800 && looks < 4; attempt += 1) {
    looks = isReady() ? looks + 1 : 0;
    await sleep(25);
  }
  if (looks < 4) throw new Error(`'${way}' does not start its stage`);
  return { queue, pid: child.pid ?? 0, ended };
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** In the short form each way and each signal comes once. */
const SHORT = ["SIGHUP alone exp run --temp", "SIGTERM group queue work", "SIGINT alone repro"];
const CASES = Object.keys(WAYS).flatMap((way) =>
  SIGNALS.flatMap((signal) =>
    (["alone", "group"] as const).flatMap((who) =>
      isLong || SHORT.includes(`${signal} ${who} ${way}`) ? [{ way, signal, who }] : [],
    ),
  ),
);

describe("a signal", () => {
  test.each(CASES)("$signal to $way ($who) ends all that it has started, and loses nothing", async (each) => {
    const { way, signal, who } = each;
    const { queue, pid, ended } = await start(deaf, way);
    const before = queue.ofTheUser();
    process.kill(who === "group" ? -pid : pid, signal);
    const { code } = await ended;
    expect(code).toBe(130);
    expect(queue.listRunning()).toEqual([]);
    expect(queue.findDamage(before)).toEqual([]);
    const tasks = (await queue.tasks()).map(({ name, status }) => `${name} ${status}`);
    expect(tasks).toEqual(["task Queued"]);
    expect(await queue.findBroken()).toEqual([]);
  });

  test.each(isLong ? Object.keys(WAYS) : ["exp run", "repro"])(
    "that comes twice ends %s at once, with what listens to nothing",
    // Shorter than what is waited for programs that do not end.
    { timeout: 20_000 },
    async (way) => {
      const { queue, pid, ended } = await start(stubborn, way);
      const before = queue.ofTheUser();
      process.kill(-pid, "SIGINT");
      await sleep(300);
      expect(queue.listRunning().length).toBeGreaterThan(4);
      process.kill(-pid, "SIGINT");
      expect(await ended).toEqual({ code: 130, signal: null });
      expect(await queue.findOrphans()).toEqual([]);
      expect(queue.findDamage(before)).toEqual([]);
    },
  );

  test.each(isLong ? ["exp run", "exp run --temp", "queue work"] : ["exp run --temp"])(
    "that kills %s does not let what it has started go on",
    { timeout: 60_000 },
    async (way) => {
      const { queue, pid, ended } = await start(deaf, way);
      process.kill(pid, "SIGKILL");
      await ended;
      expect(await queue.findOrphans()).toEqual([]);
    },
  );
});
