import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTrackerProvider, openProject, type Project } from "@waymark/experiments";
import { Live, type LiveOptions } from "@waymark/live";
import { afterAll } from "vitest";
import { GIT_TEST_ENV, GitRepo } from "../support/git-repo.ts";

// DVC prints commit times in the zone of the process; both sides are to have the same one.
process.env["TZ"] = "UTC";

// Hooks only count while a file is collected: what a test makes later is listed here.
const roots: string[] = [];
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true, force: true })));

/** A repository with one commit that lives as long as the tests of a file. */
export function interopRepo(files: Readonly<Record<string, string>> = { "train.js": "// trains\n" }): GitRepo {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-interop-")));
  roots.push(root);
  const repo = new GitRepo(root);
  repo.git("init", "--quiet", "--initial-branch", "main");
  // DVC asks the configuration, not the environment.
  repo.git("config", "user.name", "Ada");
  repo.git("config", "user.email", "ada@example.org");
  repo.git("config", "gc.auto", "0");
  for (const [path, content] of Object.entries(files)) repo.write(path, content);
  repo.commitAll("start");
  return repo;
}

/** Opens a repository as the command does. */
export function projectOf(repo: GitRepo): Project {
  return openProject(repo.root, GIT_TEST_ENV);
}

/** Starts a run in a repository, with its checkpoints committed. */
export function liveIn(repo: GitRepo, options: LiveOptions = {}): Live {
  return new Live({
    ...{ cwd: repo.root, env: {}, tracker: createTrackerProvider({ env: GIT_TEST_ENV }) },
    effects: { warn: (message) => void process.stderr.write(`${message}\n`), inform: () => undefined },
    ...options,
  });
}

/** Trains a run: a metric, params, a custom plot, and a checkpoint of the model in every step. */
export async function trainIn(repo: GitRepo, name: string, steps: number, options: LiveOptions = {}): Promise<void> {
  const live = liveIn(repo, { expName: name, ...options });
  live.logParams({ lr: 0.1, layers: [64, 10], optimizer: { name: "sgd", momentum: 0.9 } });
  for (; live.step < steps; live.nextStep()) {
    live.logMetrics({ "train/loss": 1 / (live.step + 1.5), "val/accuracy": 1 - 1 / (live.step + 2.5) });
    live.logPlot("importance", [{ feature: "x", weight: live.step + 0.5 }], {
      ...{ x: "weight", y: "feature", template: "bar_horizontal" },
    });
    writeFileSync(repo.path("model.bin"), modelOf(name, live.step));
    const made = await live.checkpoint("model.bin");
    if (made.kind !== "committed") throw new Error(`No checkpoint: ${JSON.stringify(made)}`);
  }
  live.end();
}

/** The model that {@link trainIn} saves in a step. */
export function modelOf(name: string, step: number): string {
  return `weights of ${name} after step ${step}\n`;
}
