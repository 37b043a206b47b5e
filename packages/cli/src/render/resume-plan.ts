import { relative } from "node:path";
import type { ResumePlan } from "@waymark/experiments";
import { toPrintable } from "./display-text.ts";

/** Says in a few lines what resuming does, before it happens. */
export function describeResume(plan: ResumePlan, root: string, isRunning: boolean): string[] {
  const { restore, command } = plan;
  const folder = relative(root, plan.cwd);
  const lines = [
    `Resuming ${plan.experimentName}@${plan.step} (${plan.commit.slice(0, 7)}).`,
    plan.summary,
    restore.restored.length === 0 ? "No files are restored." : `Restores ${restore.restored.join(", ")}.`,
  ];
  if (isRunning && command !== undefined) {
    lines.push(`Runs ${command.map(quote).join(" ")}${folder === "" ? "" : ` in ${folder}`}`);
  }
  return lines.map(toPrintable);
}

/** Formats the plan as JSON. */
export function formatResumeJson(plan: ResumePlan): string {
  const { selector, commit, step, continuation, restore, command, cwd, folder } = plan;
  return JSON.stringify(
    {
      ...{ experiment: plan.experimentName, selector, step, commit, folder: folder === "" ? "." : folder },
      continuation: continuation.kind,
      reason: continuation.kind === "fork" ? continuation.reason : null,
      restored: restore.restored,
      command: command ?? null,
      cwd,
    },
    null,
    2,
  );
}

/** Quotes a word as a shell would need it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
