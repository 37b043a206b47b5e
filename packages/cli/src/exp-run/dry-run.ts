import { posix } from "node:path";
import type { Project, RunParam, RunWork } from "@waymark/experiments";
import { openDvcProject, type ProjectStage, projectPrefix, reproduce } from "@waymark/pipeline";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";
import { showRun } from "./show-run.ts";

/** Says what a run would do: which params it sets, which stages it runs. Nothing is written. */
export async function dryRun(
  project: Project,
  work: RunWork,
  params: readonly RunParam[],
  { ui, cwd, env, signal }: CommandContext,
): Promise<void> {
  for (const param of params) ui.note(`Would set ${toPrintable(describeParam(param))}.`);
  if (work.kind === "command") {
    ui.note("Would run:");
    ui.note(`> ${toPrintable(work.command.join(" "))}`);
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
  return value === undefined ? `${file}:${path} to nothing` : `${file}:${path} to ${JSON.stringify(value)}`;
}
