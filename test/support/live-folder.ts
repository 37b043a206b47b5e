import { appendFileSync, closeSync, constants, mkdirSync, mkdtempSync, openSync } from "node:fs";
import { realpathSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { processIdentity } from "@waymark/files";
import type { RunFile } from "@waymark/core";
import { onTestFinished } from "vitest";

/** A project folder that the test removes when it is done. */
export function projectFolder(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-project-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** Writes a live folder byte by byte, the way any logger might: what is under test is who reads it. */
export class FakeRun {
  readonly path: string;

  constructor(root: string, folder = "live") {
    this.path = join(root, folder);
    mkdirSync(join(this.path, "plots", "metrics"), { recursive: true });
  }

  /** Replaces run.json; the process is this one unless told otherwise. */
  status(over: Partial<RunFile> = {}): void {
    const file: RunFile = {
      schema: 1,
      runId: "run-1",
      status: "running",
      reason: null,
      experimentName: null,
      baseline: null,
      ...processIdentity(),
      startedAt: "2026-01-02T03:04:05.000Z",
      endedAt: null,
      command: ["node", "train.js"],
      cwd: dirname(this.path),
      totalSteps: null,
      goals: {},
      ...over,
    };
    this.write(".waymark/run.json", JSON.stringify(file));
  }

  /** Appends rows to a history, with a header if it is new. */
  log(metric: string, rows: readonly (readonly [number, number | string])[]): void {
    const path = join(this.path, "plots", "metrics", `${metric}.tsv`);
    mkdirSync(dirname(path), { recursive: true });
    const text = rows.map(([step, value]) => `${step}\t${value}\n`).join("");
    try {
      writeFileSync(path, `step\t${metric.slice(metric.lastIndexOf("/") + 1)}\n${text}`, { flag: "wx" });
    } catch {
      appendFileSync(path, text);
    }
  }

  /** Says that a step is complete; as the logger does, with one write over what was there, so that it is never empty. */
  step(step: number, timeMs = Date.now()): void {
    mkdirSync(join(this.path, ".waymark"), { recursive: true });
    const file = openSync(join(this.path, ".waymark", "step"), constants.O_WRONLY | constants.O_CREAT);
    writeSync(file, `${`${step} ${timeMs}`.padEnd(31)}\n`, 0);
    closeSync(file);
  }

  /** Replaces a file of the folder. */
  write(path: string, content: string | Uint8Array): void {
    const target = join(this.path, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.tmp`, content);
    renameSync(`${target}.tmp`, target);
  }
}
