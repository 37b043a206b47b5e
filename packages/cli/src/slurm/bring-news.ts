import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";

/** A remote that does not answer keeps nobody longer from what is known anyway, in milliseconds. */
const PATIENCE_MS = 10_000;
/** Between two looks of a command that goes on looking. */
const PACE_MS = 10_000;

/**
 * Brings what jobs of Slurm without a shared file system have made since: checkpoints, what they logged, what they printed.
 * Whoever reads sees it then as if they ran here. Costs a look at a folder where nothing was ever submitted.
 *
 * @returns What went wrong, one sentence; `undefined` when nothing did.
 */
export async function bringSlurmNews(
  project: Pick<Project, "dvcRoot">,
  { env, signal }: Pick<CommandContext, "env" | "signal">,
): Promise<string | undefined> {
  if (!existsSync(join(project.dvcRoot, ".dvc", "tmp", "waymark", "slurm"))) return undefined;
  const { bringSlurmResults, openProject } = await import("@waymark/experiments");
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const [trouble] = await bringSlurmResults(openProject(project.dvcRoot, env), AbortSignal.any([signal, patience]));
    return trouble;
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted) return `no answer within ${PATIENCE_MS / 1000} seconds`;
    return error instanceof Error ? error.message : String(error);
  }
}

/** As {@link bringSlurmNews}; what could not be brought is warned of. */
export async function showSlurmNews(
  project: Pick<Project, "dvcRoot">,
  context: Pick<CommandContext, "env" | "signal" | "ui">,
): Promise<void> {
  const trouble = await bringSlurmNews(project, context);
  if (trouble !== undefined) warn(trouble, context);
}

/**
 * Goes on bringing news at a gentle pace, and warns once of what keeps them away.
 *
 * @param paceMs - Between two looks. Default 10 seconds.
 */
export function followSlurmNews(
  project: Pick<Project, "dvcRoot">,
  context: Pick<CommandContext, "env" | "signal" | "ui">,
  paceMs: number = PACE_MS,
): { readonly stop: () => Promise<void> } {
  const end = new AbortController();
  const signal = AbortSignal.any([context.signal, end.signal]);
  let hasWarned = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    const trouble = await bringSlurmNews(project, { env: context.env, signal }).catch(() => undefined);
    if (trouble !== undefined && !hasWarned) warn(trouble, context);
    hasWarned ||= trouble !== undefined;
    if (!signal.aborted) timer = setTimeout(next, paceMs).unref();
  };
  const next = (): void => {
    looking = look();
  };
  next();
  return {
    stop: async () => {
      end.abort();
      clearTimeout(timer);
      await looking;
    },
  };
}

function warn(trouble: string, { ui }: Pick<CommandContext, "ui">): void {
  ui.warn(`What jobs of Slurm have made since could not be brought: ${toPrintable(trouble)}`);
}
