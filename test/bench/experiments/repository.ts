import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newFolder } from "../folders.ts";

/** How many experiments a repository gets, and of how many commits each consists. */
export interface RepositorySize {
  readonly experiments: number;
  /** Default 1. */
  readonly checkpoints?: number;
}

const IDENTITY = "Bench <bench@example.org>";
const START_SECONDS = 1_700_000_000;

/** Files of the baseline: a project as DVC makes it, with params, metrics and one stage. */
const BASELINE: Readonly<Record<string, string>> = {
  ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  ".dvc/config": "",
  ".dvcignore": "",
  ".gitignore": "/model.bin\n",
  "README.md": "# Benchmark\n",
  "dvc.yaml":
    "stages:\n  train:\n    cmd: python src/train.py\n    deps:\n    - src/train.py\n    params:\n    - lr\n    - layers\n" +
    "    metrics:\n    - metrics.json:\n        cache: false\n",
  "metrics.json": formatMetrics(0, 0),
  "params.yaml": formatParams(0),
  "src/train.py": "print('training')\n",
};

/** Runs Git in a folder with a fixed identity, and returns what it prints. */
export function git(cwd: string, args: readonly string[], input = ""): string {
  const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"];
  const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], { cwd, input, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

/**
 * Makes a repository with many experiments of one baseline, objects in a pack and refs packed, as after Git's own
 * maintenance. Every commit has params and metrics of its own.
 *
 * @returns Its folder.
 */
export function makeRepository({ experiments, checkpoints = 1 }: RepositorySize): string {
  const cwd = newFolder();
  git(cwd, ["init", "-q", "-b", "main"]);
  for (const [path, text] of Object.entries(BASELINE)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  git(cwd, ["add", "-A", "-f"]);
  git(cwd, ["commit", "-q", "-m", "start"]);
  const baseline = git(cwd, ["rev-parse", "HEAD"]).trim();
  git(cwd, ["fast-import", "--quiet"], formatImport(baseline, experiments, checkpoints));
  git(cwd, ["repack", "-adq"]);
  git(cwd, ["pack-refs", "--all"]);
  return cwd;
}

/** The ref of an experiment of a repository that {@link makeRepository} made. */
export function experimentRef(baseline: string, index: number): string {
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/exp-${String(index).padStart(5, "0")}`;
}

function formatImport(baseline: string, experiments: number, checkpoints: number): string {
  const lines: string[] = [];
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`;
  for (let index = 0; index < experiments; index += 1) {
    const ref = experimentRef(baseline, index);
    for (let step = 0; step < checkpoints; step += 1) {
      const time = START_SECONDS + index * checkpoints + step;
      const trailers = checkpoints === 1 ? "" : `\nWaymark-Step: ${step}\nWaymark-Status: running\n`;
      lines.push(
        `commit ${ref}`,
        `committer ${IDENTITY} ${time} +0000`,
        data(`dvc: commit experiment ${index}\n${trailers}`),
        ...(step === 0 ? [`from ${baseline}`] : []),
        "M 100644 inline params.yaml",
        data(formatParams(index)),
        "M 100644 inline metrics.json",
        data(formatMetrics(index, step)),
        "",
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function formatParams(index: number): string {
  return `lr: ${(index + 1) / 100_000}\nlayers: ${(index % 7) + 1}\noptimizer: adam\nseed: ${index}\n`;
}

function formatMetrics(index: number, step: number): string {
  const loss = 1 / (1 + index + step);
  return `${JSON.stringify({ step, loss, accuracy: 1 - loss, val: { loss: loss * 1.1 } }, null, 4)}\n`;
}
