import { resolve } from "node:path";
import {
  type Project,
  type RunPipelineOptions,
  type RunRules,
  type RunWork,
  toRepositoryPath,
} from "@waymark/experiments";
import { UsageError } from "../usage-error.ts";
import type { RunOptions } from "./run-options.ts";

/**
 * Makes the work of a run of what was typed: stages, or the command behind `--`.
 *
 * @throws {@link UsageError} when both are asked for.
 */
export function toWork(
  targets: readonly string[],
  options: RunOptions,
  commandLine: readonly string[] | undefined,
): RunWork {
  if (commandLine === undefined) return { kind: "pipeline", options: toPipelineOptions(targets, options) };
  if (commandLine.length === 0) {
    throw new UsageError("There is no command behind `--`", { hint: "waymark exp run -- python train.py" });
  }
  const [target] = targets;
  if (target !== undefined) {
    throw new UsageError(`'${target}' is a stage, and '${commandLine.join(" ")}' a command: only one of them can run`, {
      hint: "Name stages without `--`, or a command behind it.",
    });
  }
  return { kind: "command", command: commandLine };
}

/** Takes from the options what ends a run early. */
export function toRules({ stop = [], maxTime }: RunOptions): RunRules {
  return { stop, maxTimeMs: maxTime ?? null };
}

/**
 * Makes paths to bring along relative to the repository.
 *
 * @throws {@link UsageError} for one that is not in it.
 */
export function toCopyPaths(project: Project, cwd: string, paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const inside = toRepositoryPath(project.root, resolve(cwd, path));
    if (inside !== undefined && inside !== "") return inside;
    throw new UsageError(`'${path}' is no path inside of the repository`, {
      hint: "Files from elsewhere need not be copied: name them by their absolute path.",
    });
  });
}

function toPipelineOptions(targets: readonly string[], options: RunOptions): RunPipelineOptions {
  const onError = options.ignoreErrors === true ? "ignore" : options.keepGoing === true ? "keep-going" : "stop";
  return {
    targets,
    isAll: options.allPipelines ?? false,
    isPipeline: options.pipeline ?? false,
    isRecursive: options.recursive ?? false,
    isSingle: options.singleItem ?? false,
    isDownstream: options.downstream ?? false,
    force: options.force ?? false,
    forceDownstream: options.forceDownstream ?? false,
    pull: options.pull ?? false,
    allowMissing: options.allowMissing ?? false,
    onError,
  };
}
