import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { slotFolder } from "../../../packages/experiments/src/queue/slot-folder.ts";
import { takeSlot, usableCpus } from "../../../packages/experiments/src/queue/slots.ts";
import { startProgram } from "../../support/cli.ts";

const root = mkdtempSync(join(tmpdir(), "waymark-slots-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  const folder = join(root, String((count += 1)));
  mkdirSync(folder);
  env = { XDG_RUNTIME_DIR: folder };
});

describe("GPUs", () => {
  test("are each had by one task at a time, whatever its project", () => {
    const gpus = ["0", "GPU-8f/1"];
    const [one, two] = [takeSlot({ gpus }, env), takeSlot({ gpus }, env)];
    expect([one?.env, two?.env]).toEqual([{ CUDA_VISIBLE_DEVICES: "0" }, { CUDA_VISIBLE_DEVICES: "GPU-8f/1" }]);
    expect(takeSlot({ gpus }, env)).toBeUndefined();
    one?.release();
    expect(takeSlot({ gpus }, env)?.env).toEqual({ CUDA_VISIBLE_DEVICES: "0" });
  });

  test("of a worker that was killed are free again", async () => {
    const slots = new URL("../../../packages/experiments/dist/queue/slots.js", import.meta.url).href;
    const script = `const { takeSlot } = await import(${JSON.stringify(slots)});
      console.log(takeSlot({ gpus: ["7"] }, process.env) === undefined ? "busy" : "taken"); setInterval(() => {}, 1000);`;
    const holder = startProgram(["--input-type=module", "-e", script], { env: { ...process.env, ...env } });
    await holder.seen(/taken/u);
    expect(takeSlot({ gpus: ["7"] }, env)).toBeUndefined();
    holder.kill("SIGKILL");
    await holder.ended;
    expect(takeSlot({ gpus: ["7"] }, env)?.env).toEqual({ CUDA_VISIBLE_DEVICES: "7" });
  });
});

describe("CPUs", () => {
  test("are given as a number, all or none, and never more than this process may use", () => {
    const all = availableParallelism();
    const whole = takeSlot({ cpus: all }, { ...env, OMP_NUM_THREADS: "3" });
    expect(whole?.env["WAYMARK_CPUS"]?.split(",")).toHaveLength(all);
    expect([whole?.env["OMP_NUM_THREADS"], whole?.env["MKL_NUM_THREADS"]]).toEqual([undefined, String(all)]);
    expect(takeSlot({ cpus: 1, gpus: ["0"] }, env)).toBeUndefined();
    // The GPU was given back with the CPUs that were not to be had.
    expect(takeSlot({ gpus: ["0"] }, env)).toBeDefined();
    whole?.release();
    expect(takeSlot({ cpus: 1 }, env)?.env["WAYMARK_CPUS"]).toBe(usableCpus(1)[0]);
    expect(() => takeSlot({ cpus: all + 1 }, env)).toThrow(`this process may use ${all}`);
  });
});

describe("the folder in which workers agree", () => {
  test("is nobody else's", () => {
    const runtime = env["XDG_RUNTIME_DIR"] ?? "";
    expect(slotFolder(env)).toBe(join(runtime, "waymark", "slots"));
    chmodSync(join(runtime, "waymark"), 0o777);
    expect(() => slotFolder(env)).toThrow("nobody else may write to");
    rmSync(join(runtime, "waymark"), { recursive: true });
    mkdirSync(join(runtime, "elsewhere"));
    symlinkSync("elsewhere", join(runtime, "waymark"));
    expect(() => slotFolder(env)).toThrow("nobody else may write to");
    expect(slotFolder({})).toMatch(/waymark-\d+\/slots$/u);
  });
});
