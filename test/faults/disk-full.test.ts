import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDocuments, checkHistories } from "../support/checker.ts";
import { isLong, runScenario } from "../support/fault-run.ts";

const METRICS = ["a", "b", "train/c", "train/d", "e"];
const value = (_: string, step: number): string => `${step}.5`;
const mountPoint = mkdtempSync(join(tmpdir(), "waymark-full-"));

/** Only root may mount; elsewhere the crash-point suite's ENOSPC stands in for a full disk. */
const canMount = process.getuid?.() === 0 && existsSync("/bin/mount");

function remount(sizeKilobytes: number): void {
  execFileSync("mount", ["-o", `remount,size=${sizeKilobytes}k`, mountPoint]);
}

describe.runIf(canMount)("a disk that fills up", () => {
  beforeAll(() => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mountPoint]);
  });

  afterAll(() => {
    execFileSync("umount", [mountPoint]);
    rmdirSync(mountPoint);
  });

  const sizes = isLong ? Array.from({ length: 24 }, (_, index) => 8 + index * 4) : [12, 24, 48];

  test.each(sizes)(
    "with %i kB left never stops training nor leaves half a file",
    { timeout: 120_000 },
    async (size) => {
      const cwd = join(mountPoint, `run-${size}`);
      mkdirSync(cwd);
      writeFileSync(join(mountPoint, "ballast"), Buffer.alloc((1024 - size) * 1024 - 8192));
      const full = await runScenario("logging.mjs", { cwd, args: ["3000"] });
      const isRefused = full.acknowledged.length === 0 && full.stderr.includes("ENOSPC");
      expect(isRefused || full.code === 0, full.stderr).toBe(true);
      expect(full.stderr.split("\n").filter((line) => line.includes("ENOSPC")).length).toBeLessThan(12);
      expect(checkDocuments(cwd)).toEqual([]);
      rmSync(join(mountPoint, "ballast"));
      const again = await runScenario("logging.mjs", { cwd, args: ["4000"] });
      expect(again.code, again.stderr).toBe(0);
      expect(checkDocuments(cwd)).toEqual([]);
      rmSync(cwd, { recursive: true });
    },
  );

  test("that has room again later holds every point", { timeout: 120_000 }, async () => {
    const cwd = join(mountPoint, "later");
    mkdirSync(cwd);
    writeFileSync(join(mountPoint, "ballast"), Buffer.alloc(1024 * 1000 - 16_384));
    const running = runScenario("logging.mjs", { cwd, args: ["2000", "slow"] });
    await new Promise((resolve) => setTimeout(resolve, 900));
    remount(8192);
    const run = await running;
    expect(run.code, run.stderr).toBe(0);
    expect(checkHistories(join(cwd, "live"), { metrics: METRICS, completeSteps: 2000, value })).toEqual([]);
  });
});
