import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { acquireDvcLock, DvcLockedError } from "@waymark/store";
import { startProgram, waymark, BIN } from "../support/cli.ts";
import { interopProject, type InteropProject } from "../support/interop-project.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../support/python.ts";

const HOLD = `
import sys
from dvc.repo import Repo
with Repo(".").lock:
    print("held", flush=True)
    sys.stdin.read()
`;

/** A project whose `core.hardlink_lock` is set, with DVC's own lock file of before. */
function lockedByLinks(): InteropProject {
  const project = interopProject(true);
  dvc(project.root, "config", "core.hardlink_lock", "true");
  project.write("a.txt", "a");
  return project;
}

/** Has the real DVC hold its lock until it is told to go on. */
async function dvcHolds(root: string): Promise<() => Promise<void>> {
  const child = spawn(PYTHON, ["-c", HOLD], { cwd: root, env: INTEROP_ENV, stdio: "pipe" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let trouble = "";
  child.stderr.on("data", (data: Buffer) => (trouble += data.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("close", () => reject(new Error(trouble)));
  });
  const release = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  onTestFinished(release);
  return release;
}

describe("core.hardlink_lock", { timeout: 120_000 }, () => {
  it("keeps us out while DVC works, and lets us in afterwards", async () => {
    const project = lockedByLinks();
    const lockFile = project.path(".dvc/tmp/lock");
    const release = await dvcHolds(project.root);
    const held = readFileSync(lockFile, "utf8");
    expect(() => acquireDvcLock(project.path(".dvc"), { usesHardlinkLock: true, waitMs: 500 })).toThrow(DvcLockedError);
    const add = startProgram([BIN, "add", "a.txt"], { cwd: project.root });
    await add.seen(/Waiting for another command/);
    // What is DVC's stays DVC's, and nothing was done meanwhile.
    expect(readFileSync(lockFile, "utf8")).toBe(held);
    expect(existsSync(project.path("a.txt.dvc"))).toBe(false);
    await release();
    expect((await add.ended).code).toBe(0);
    expect(existsSync(project.path("a.txt.dvc"))).toBe(true);
    expect(readdirSync(project.path(".dvc/tmp")).filter((name) => /^lock|\.lock$/.test(name))).toEqual([]);
    expect(dvc(project.root, "status").trim()).toBe("Data and pipelines are up to date.");
  });

  it("keeps DVC out while we work, and lets it in afterwards", async () => {
    const project = lockedByLinks();
    const lock = acquireDvcLock(project.path(".dvc"), { usesHardlinkLock: true });
    if (lock.kind !== "held") throw new Error(lock.reason);
    expect(() => dvc(project.root, "add", "a.txt")).toThrow(/Unable to acquire lock/);
    lock.release();
    dvc(project.root, "add", "a.txt");
    expect((await waymark(["status"], { cwd: project.root })).stdout.trim()).toBe("Data and pipelines are up to date.");
  });

  it("holds the paths of stages apart, too", async () => {
    const project = lockedByLinks();
    const guard = acquireDvcLock(project.path(".dvc"), { usesHardlinkLock: true, file: "rwlock.lock" });
    if (guard.kind !== "held") throw new Error(guard.reason);
    dvc(project.root, "stage", "add", "-n", "one", "-o", "out.txt", "cp a.txt out.txt");
    expect(() => dvc(project.root, "repro")).toThrow(/Unable to acquire lock|lock/);
    guard.release();
    const { code, stderr } = await waymark(["repro"], { cwd: project.root });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(dvc(project.root, "status").trim()).toBe("Data and pipelines are up to date.");
  });
});
