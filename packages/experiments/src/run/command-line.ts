import type { RunPipelineOptions, RunSpec } from "./run-spec.ts";

/** Options of the command line by those of a pipeline. */
const FLAGS: readonly (readonly [keyof RunPipelineOptions, string])[] = [
  ["isSingle", "--single-item"],
  ["isPipeline", "--pipeline"],
  ["isAll", "--all-pipelines"],
  ["isRecursive", "--recursive"],
  ["isDownstream", "--downstream"],
  ["forceDownstream", "--force-downstream"],
  ["pull", "--pull"],
  ["allowMissing", "--allow-missing"],
];

/** What `exp resume` looks for: an experiment that `exp run` made goes on through `exp run`. */
const PREFIX = ["waymark", "exp", "run"] as const;

/** Formats what to type to do the same work again. */
export function formatRunCommand({ work }: Pick<RunSpec, "work">): readonly string[] {
  if (work.kind === "command") return [...PREFIX, "--", ...work.command];
  const { options } = work;
  const flags = FLAGS.flatMap(([key, flag]) => (options[key] === true ? [flag] : []));
  return [...PREFIX, ...flags, ...(options.targets ?? [])];
}

/** Takes the arguments of `exp run` out of a command line; `undefined` when it is that of something else. */
export function parseRunCommand(command: readonly string[]): readonly string[] | undefined {
  return PREFIX.every((word, at) => command[at] === word) ? command.slice(PREFIX.length) : undefined;
}
