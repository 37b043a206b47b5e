import { posix } from "node:path";
import { shellCommand } from "@waymark/core";
import type { OverrideSet, Project, RunParam, RunWork } from "@waymark/experiments";
import { openDvcProject, type ProjectStage, projectPrefix, reproduce } from "@waymark/pipeline";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";
import { showRun } from "./show-run.ts";

/** Runs of a sweep are named up to this many. */
const SHOWN = 20;

/**
 * Says what a run would do: which params it sets, which stages it runs; of a sweep, which runs there would be. Nothing is
 * written.
 */
export async function dryRun(
  project: Project,
  work: RunWork,
  sets: readonly Pick<OverrideSet, "params">[],
  { ui, cwd, env, signal }: CommandContext,
): Promise<void> {
  if (sets.length > 1) {
    ui.note(`${sets.length} runs would be queued:`);
    for (const set of sets.slice(0, SHOWN)) ui.note(`  ${set.params.map(describeParam).map(toPrintable).join(", ")}`);
    if (sets.length > SHOWN) ui.note(`  and ${sets.length - SHOWN} more`);
    return;
  }
  const params = sets[0]?.params ?? [];
  for (const param of params) ui.note(`Would set: ${toPrintable(describeParam(param))}`);
  if (work.kind === "command") {
    ui.note("Would run:");
    ui.note(`> ${toPrintable(shellCommand(work.command))}`);
    return;
  }
  const dvc = openDvcProject(cwd, env, { repo: project.repo });
  const prefix = projectPrefix(project.repo, dvc.root);
  const { onStage, onWarning = () => undefined } = showRun(ui, false);
  const { stages } = await reproduce(
    dvc,
    {
      ...{ ...work.options, isDry: true, signal },
      // The files still hold what the params were before.
      settingsOf: (stage) => ({ isForced: params.some((param) => readsParam(stage, param, prefix)) }),
    },
    { onEvent: (stage, event) => onStage?.(stage, event, dvc.folder), onWarning },
  );
  if (stages.length === 0) ui.note("No stage would run: the experiment would be the commit as it is.");
}

function readsParam(stage: ProjectStage, param: RunParam, prefix: string): boolean {
  return stage.params.some(({ path, keys }) => {
    if (posix.join(prefix, path) !== param.file) return false;
    return keys.length === 0 || keys.some((key) => isSameOrBelow(key, param.path) || isSameOrBelow(param.path, key));
  });
}

function isSameOrBelow(path: string, other: string): boolean {
  return path === other || other === "" || path.startsWith(`${other}.`);
}

function describeParam({ file, path, value }: RunParam): string {
  const name = file === "params.yaml" ? path : `${file}:${path}`;
  return value === undefined ? `${name} removed` : `${name}=${JSON.stringify(value)}`;
}
