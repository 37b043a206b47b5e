import type { CommandOption } from "../command.ts";
import { parseJobs } from "../parse-number.ts";
import { parseGpus } from "./parse-gpus.ts";

/** What each task of a worker is to have for itself. */
export interface SlotOptions {
  readonly gpus?: readonly string[] | undefined;
  readonly cpus?: number | undefined;
}

/**
 * Makes the options for {@link SlotOptions}, the same for every command that starts workers.
 *
 * @param when - Begins each description. Default: nothing.
 */
export function slotOptions(when = ""): readonly CommandOption[] {
  return [
    {
      flags: "--gpus <list>",
      description: `${when}give each task one of these GPUs for itself, such as 0,1`,
      parse: parseGpus,
    },
    {
      flags: "--cpus <number>",
      description: `${when}give each task so many CPUs of this host for itself`,
      parse: parseJobs,
    },
  ];
}

/** The options again, as they are typed. */
export function typeSlotOptions({ gpus, cpus }: SlotOptions): readonly string[] {
  return [
    ...(gpus === undefined ? [] : ["--gpus", gpus.join(",")]),
    ...(cpus === undefined ? [] : ["--cpus", String(cpus)]),
  ];
}
