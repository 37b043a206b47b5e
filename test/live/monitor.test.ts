import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { parseGpuLine } from "../../packages/live/src/monitor/gpu.ts";
import { startMonitor } from "../../packages/live/src/monitor/monitor.ts";
import { BUILT_LIVE, workspace } from "./support.ts";

/** Logs with a monitor until it has logged. */
async function untilLogged(live: ReturnType<ReturnType<typeof workspace>["live"]>): Promise<void> {
  while (live.summaryOf("system/ram/usage (%)") === undefined) await sleep(5);
}

describe("the system monitor", () => {
  test("logs how busy the machine is, with the time of each row", async () => {
    const space = workspace();
    const live = space.live({ monitorSystem: { interval: 0.01, samples: 3 } });
    await untilLogged(live);
    live.end();
    const [header, row] = space.history("system/ram/usage (%)").split("\n");
    expect(header).toBe("timestamp\tstep\tusage (%)");
    expect(row).toMatch(/^\d{13}\t0\t\d+\.\d+$/);
    const { system } = space.json("live/metrics.json") as { system: Record<string, Record<string, unknown>> };
    expect(system["cpu"]?.["count"]).toBeGreaterThanOrEqual(1);
    expect(system["disk"]).toMatchObject({ "total (GB)": { main: expect.any(Number) } });
    expect(space.read("live/metrics.json")).toMatch(/"count": \d+\.0/);
    // Totals do not change: they are values, not histories.
    expect(
      space.files("live/plots/metrics").filter((path) => path.includes("total") || path.includes("count")),
    ).toEqual([]);
  });

  test("logs its last window with the run's end", async () => {
    const space = workspace();
    const live = space.live({ monitorSystem: { interval: 0.01, samples: 30 } });
    await sleep(60);
    live.end();
    expect(space.history("system/ram/usage (%)").split("\n")).toHaveLength(3);
  });

  test("a run that ends at once ends only its monitor, also without graphics processors", async () => {
    const space = workspace();
    const script = `import { Live } from ${JSON.stringify(BUILT_LIVE)}; new Live({ monitorSystem: true }).end();`;
    // In a process group of its own: that group is what a signal gone astray would end.
    const options = { cwd: space.root, env: { PATH: "" }, detached: true };
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], options);
    const ending = await new Promise((resolve) => child.on("exit", (...how) => resolve(how)));
    expect(ending).toEqual([0, null]);
  });

  test("is quiet once the run has ended", async () => {
    const space = workspace();
    const live = space.live({ monitorSystem: { interval: 0.01, samples: 1 } });
    await untilLogged(live);
    live.end();
    const before = space.history("system/ram/usage (%)");
    await sleep(40);
    expect(space.history("system/ram/usage (%)")).toBe(before);
    expect(space.warnings).toEqual([]);
  });

  test("a short last window is the mean of the samples it has", async () => {
    const rows: [string, number][] = [];
    const monitor = startMonitor(
      { interval: 0.01, samples: 30 },
      { log: (name, value) => rows.push([name, value.value]), warn: () => {} },
    );
    await sleep(60);
    monitor.stop();
    const usage = rows.filter(([name]) => name === "system/ram/usage (%)");
    expect(usage).toHaveLength(1);
    expect(usage[0]?.[1]).toBeGreaterThan(0);
    expect(usage[0]?.[1]).toBeLessThanOrEqual(100);
  });

  test("a folder that is not there warns once; bounds are kept, and said", async () => {
    const warnings: string[] = [];
    const monitor = startMonitor(
      { interval: 5, samples: 99, directories: { gone: "/no/such/folder" } },
      { log: () => {}, warn: (matter) => warnings.push(matter) },
    );
    while (!warnings.includes("disk gone")) await sleep(5);
    monitor.stop();
    expect(warnings.slice(0, 2)).toEqual(["interval", "samples"]);
  });

  test.for([{ interval: 0 }, { samples: 1.5 }, { directories: { "a/": "/" } }, { directories: { "": "/" } }])(
    "options that cannot be throw: %j",
    (options) => {
      const live = workspace().live();
      expect(() => live.monitorSystem(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});

test("a line of graphics figures is read as use and memory", () => {
  expect(parseGpuLine("1, 37, 2048, 81920")).toEqual({
    index: 1,
    usedPercent: 37,
    usedBytes: 2048 * 1024 ** 2,
    totalBytes: 81920 * 1024 ** 2,
  });
  expect(parseGpuLine("0, [N/A], 1, 2")).toMatchObject({ usedPercent: 0 });
  expect(parseGpuLine("No devices were found")).toBeUndefined();
});
