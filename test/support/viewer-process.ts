import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const SERVER = fileURLToPath(new URL("../../viewer/dist/server/index.js", import.meta.url));

/** What a process holds of the system. */
export interface Holdings {
  /** Resident memory in megabytes. */
  readonly rss: number;
  readonly descriptors: number;
  /** Files and folders that the system watches for the process. */
  readonly watches: number;
}

/** The built viewer in a process of its own, which the test ends when it is done. */
export class ViewerProcess {
  readonly url: string;
  readonly #pid: number;

  private constructor(url: string, pid: number) {
    this.url = url;
    this.#pid = pid;
  }

  /** Starts the viewer of a project on a free port. */
  static async start(root: string): Promise<ViewerProcess> {
    const state = mkdtempSync(join(tmpdir(), "waymark-state-"));
    const program = `
      import { startViewer } from ${JSON.stringify(SERVER)};
      const { url } = await startViewer({ root: ${JSON.stringify(root)}, port: 0 });
      console.log(url);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, XDG_STATE_HOME: state },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = new Promise((resolve) => child.once("close", resolve));
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await closed;
      rmSync(state, { recursive: true, force: true });
    });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`The viewer ended with ${String(code)}`)));
    });
    return new ViewerProcess(url, child.pid ?? 0);
  }

  /** Looks up what the process holds; `undefined` where the system does not say. */
  holdings(): Holdings | undefined {
    if (process.platform !== "linux") return undefined;
    const folder = `/proc/${this.#pid}`;
    const status = readFileSync(join(folder, "status"), "utf8");
    let descriptors = 0;
    let watches = 0;
    for (const fd of readdirSync(join(folder, "fd"))) {
      try {
        const isWatch = readlinkSync(join(folder, "fd", fd)).includes("inotify");
        const info = isWatch ? readFileSync(join(folder, "fdinfo", fd), "utf8") : "";
        watches += info.split("\n").filter((line) => line.startsWith("inotify wd:")).length;
        descriptors++;
      } catch {
        // Closed since the folder was listed.
      }
    }
    return { rss: Number(/VmRSS:\s*(\d+)/u.exec(status)?.[1] ?? Number.NaN) / 1024, descriptors, watches };
  }
}
