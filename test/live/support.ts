import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { onTestFinished } from "vitest";
import type {
  CheckpointOutcome,
  CheckpointRequest,
  EndRequest,
  RunFile,
  RunOpening,
  RunStart,
  TrackerProvider,
} from "@waymark/core";
import { Live, type LiveOptions } from "@waymark/live";

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "waymark-live-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder to log in, with everything the logger said. */
export class Workspace {
  readonly root = temporaryFolder();
  readonly warnings: string[] = [];
  readonly messages: string[] = [];

  /** Starts a run here; the environment is empty unless given. */
  live(options: LiveOptions = {}): Live {
    const live = new Live({
      cwd: this.root,
      env: {},
      ...options,
      effects: {
        warn: (message) => this.warnings.push(message),
        inform: (message) => this.messages.push(message),
        ...options.effects,
      },
    });
    onTestFinished(() => live.end());
    return live;
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  read(...parts: readonly string[]): string {
    return readFileSync(this.path(...parts), "utf8");
  }

  json(...parts: readonly string[]): unknown {
    return JSON.parse(this.read(...parts));
  }

  exists(...parts: readonly string[]): boolean {
    return existsSync(this.path(...parts));
  }

  history(name: string): string {
    return this.read("live", "plots", "metrics", `${name}.tsv`);
  }

  run(): RunFile {
    return JSON.parse(this.read("live", ".waymark", "run.json")) as RunFile;
  }

  /** Every file below a folder except our own state, as POSIX paths. */
  files(...parts: readonly string[]): string[] {
    const folder = this.path(...parts);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => statSync(join(folder, path)).isFile() && !path.includes(".waymark"))
      .toSorted();
  }

  shown(path: string): string {
    return relative(this.root, path);
  }
}

export function workspace(): Workspace {
  return new Workspace();
}

/** A tracker that commits nothing and remembers everything. */
export class RecordingProvider implements TrackerProvider {
  readonly starts: RunStart[] = [];
  readonly checkpoints: CheckpointRequest[] = [];
  readonly ends: EndRequest[] = [];
  opening: ((start: RunStart) => Partial<Extract<RunOpening, { kind: "tracked" }>>) | undefined;
  outcome: ((request: CheckpointRequest) => CheckpointOutcome) | undefined;

  committed(request: CheckpointRequest): CheckpointOutcome {
    return {
      kind: "committed",
      commit: "c".repeat(40),
      experimentName: "brave-bat",
      ref: `refs/exps/aa/${"b".repeat(38)}/brave-bat`,
      step: request.step,
      forkedFrom: undefined,
    };
  }

  open(start: RunStart): RunOpening {
    this.starts.push(start);
    const commit = (request: CheckpointRequest): CheckpointOutcome =>
      this.outcome?.(request) ?? this.committed(request);
    return {
      kind: "tracked",
      resumed: undefined,
      tracker: {
        experimentName: start.experimentName ?? "brave-bat",
        baseline: "b".repeat(40),
        root: start.cwd,
        checkpoint: (request) => {
          this.checkpoints.push(request);
          return commit(request);
        },
        end: (request) => {
          this.ends.push(request);
          return commit({ ...request, step: request.step ?? 0 });
        },
      },
      ...this.opening?.(start),
    };
  }
}

/** How a script ended, and what it said. */
export interface ScriptResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built logger, as a URL to import. */
export const BUILT_LIVE = new URL("../../packages/live/dist/index.js", import.meta.url).href;

/** Starts a script in a process of its own. `live` is the built logger; the script is an ES module. */
export function startScript(
  cwd: string,
  source: string,
  env: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly result: Promise<ScriptResult>; line(text: string): Promise<void> } {
  const path = join(cwd, "train.mjs");
  writeFileSync(path, `import { Live } from ${JSON.stringify(BUILT_LIVE)};\n${source}\n`);
  const child = spawn(process.execPath, [path], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  const waiting = new Map<string, () => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const [line, resolve] of waiting) if (stdout.includes(line)) resolve();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const result = new Promise<ScriptResult>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const line = async (text: string): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      waiting.set(text, resolve);
      if (stdout.includes(text)) resolve();
    });
    await Promise.race([seen, result.then(() => undefined)]);
  };
  return { child, result, line };
}

/** Runs a script to its end. */
export async function runScript(
  cwd: string,
  source: string,
  env?: Readonly<Record<string, string>>,
): Promise<ScriptResult> {
  return await startScript(cwd, source, env).result;
}
