import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTrackerProvider } from "@waymark/experiments";
import { Live } from "@waymark/live";
import { onTestFinished } from "vitest";
import { INTEROP_ENV, runPython } from "./python.ts";

/** A Git repository that both tools work in. */
export class InteropProject {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], {
      cwd: this.root,
      env: INTEROP_ENV,
      encoding: "utf8",
    }).trimEnd();
  }

  write(path: string, content: string | Uint8Array): void {
    writeFileSync(join(this.root, path), content);
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  /** Trains with a checkpoint per step; answers the name of the experiment. */
  async train(name: string, lr: number, steps: number): Promise<string> {
    const effects = { inform: () => undefined };
    const options = { cwd: this.root, expName: name, env: INTEROP_ENV, effects, tracker: createTrackerProvider() };
    const live = new Live("live", options);
    live.logParams({ lr, layers: [64, 10], nested: { name: "a b", on: true } });
    for (; live.step < steps; live.nextStep()) {
      live.logMetric("train/loss", 1 / (live.step + lr));
      live.logMetric("acc", live.step * lr);
      this.write("model.bin", Buffer.from(`${name} ${lr} ${live.step}`));
      const outcome = await live.checkpoint(this.path("model.bin"));
      if (outcome.kind !== "committed") throw new Error(JSON.stringify(outcome));
    }
    live.end();
    return live.experimentName ?? "";
  }
}

/** Makes a project with one commit. `withDvc` has the real DVC initialise it first. */
export function interopProject(withDvc: boolean): InteropProject {
  const root = mkdtempSync(join(tmpdir(), "waymark-interop-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const project = new InteropProject(root);
  project.git("init", "-q", "-b", "main");
  // In the repository, not the environment: the logger in this process commits too.
  project.git("config", "user.name", "Ada");
  project.git("config", "user.email", "ada@example.org");
  project.write("train.js", "// training\n");
  if (withDvc) runPython(root, ["-m", "dvc", "init", "-q"]);
  project.git("add", "-A");
  project.git("commit", "-q", "-m", "first");
  return project;
}
