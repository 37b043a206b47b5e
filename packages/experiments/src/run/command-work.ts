import { statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { shellCommand } from "@waymark/core";
import { runProgram } from "@waymark/pipeline";
import { toRepositoryPath } from "../project.ts";
import { listUntracked } from "../save-content.ts";
import { findLiveFolders } from "./live-folders.ts";
import type { RunContent } from "./run-content.ts";
import type { RunContext } from "./run-context.ts";
import { RunCommandError, RunCommandMissingError } from "./run-errors.ts";

/**
 * Runs the command of a run that has no stages.
 *
 * @throws {@link RunCommandError}, {@link RunCommandMissingError}; the signal's reason when it was aborted.
 */
export async function runRunCommand(context: RunContext, command: readonly string[]): Promise<void> {
  const { place, spec, journal, effects, stopper, env, signal } = context;
  const stop = stopper.signalOf("command");
  const signals = [stop, signal].filter((one) => one !== undefined);
  const [program = "", ...args] = command;
  const cwd = join(place.project.root, spec.cwd);
  if (!isThere(program, cwd, env["PATH"])) throw new RunCommandMissingError(program);
  journal.log(`> ${shellCommand(command)}\n`);
  signal?.throwIfAborted();
  stopper.begin("command");
  try {
    const end = await runProgram([program, ...args], {
      ...{ cwd, env, signal: AbortSignal.any(signals), isGuarded: true },
      onStart: (pid) => journal.noteCommand(pid),
      onOutput: (data, stream) => {
        journal.log(data);
        effects.onOutput?.(data, stream);
      },
    });
    signal?.throwIfAborted();
    if (end.exitCode !== 0 && !stop.aborted) throw new RunCommandError(command, end.exitCode, end.signal);
  } finally {
    stopper.end("command");
  }
}

/** Looks a program up as a shell does. */
function isThere(program: string, cwd: string, path: string | undefined): boolean {
  // Windows adds endings of its own.
  if (process.platform === "win32") return true;
  if (program.includes("/")) return isFile(resolve(cwd, program));
  return (path ?? "/usr/bin:/bin").split(":").some((folder) => isFile(resolve(cwd, folder, program)));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Lists what belongs to the experiment of a command beside what Git tracks: the files it names, params, what dvc.yaml
 * shows, and the folders it has logged into.
 */
export function listCommandContent(context: RunContext, command: readonly string[], shown: RunContent): RunContent {
  const { place, spec, env, startedMs } = context;
  const { project } = place;
  const cwd = spec.cwd === "." ? "" : spec.cwd;
  const folder = join(project.root, cwd);
  const untracked = listUntracked(project);
  const given = env["WAYMARK_DIR"];
  const live = findLiveFolders({
    ...{ root: project.root, cwd, startedMs, untracked },
    given: given === undefined || given === "" ? undefined : toRepositoryPath(project.root, resolve(folder, given)),
  });
  // Folders are too much to take for one word of a command line.
  const named = command.flatMap((word) => toRepositoryPath(project.root, resolve(folder, word)) ?? []);
  return {
    wanted: [...shown.wanted, ...context.include, posix.join(cwd, "params.yaml"), ...named, ...live],
    cached: [...shown.cached, ...(place.brought ?? [])],
    takesDefinitions: true,
    untracked,
  };
}
