import { shellWord } from "@waymark/core";
import type { RunResult, RunSpec } from "@waymark/experiments";
import { toPrintable } from "../render/display-text.ts";
import type { Ui } from "../ui.ts";

/** How a run is spoken of. */
export interface ReportOptions {
  readonly spec: RunSpec;
  /** What it made lies in the workspace. */
  readonly isInWorkspace: boolean;
}

/**
 * Says how a run ended.
 *
 * @throws What ended it, when it was not saved as it should.
 */
export function reportRun(ui: Ui, result: RunResult, { spec, isInWorkspace }: ReportOptions): void {
  ui.progress("");
  const name = toPrintable(result.name);
  switch (result.state) {
    case "finished":
    case "stopped":
      if (result.reason !== null) ui.note(`Stopped: ${toPrintable(result.reason)}.`);
      ui.line(`Ran experiment: ${name}`);
      ui.note(
        isInWorkspace
          ? "Its results are in the workspace."
          : `To put its results into the workspace: waymark exp apply ${name}`,
      );
      return;
    default:
      sayWhatIsLeft(ui, result, spec);
      throw result.error;
  }
}

/** Without a checkpoint there is nothing to go on from, and nothing was saved. */
function sayWhatIsLeft(ui: Ui, result: RunResult, spec: RunSpec): void {
  const why = result.state === "failed" ? "failed" : "was interrupted";
  // The error says it all.
  if (result.isUnbegun === true && result.state === "failed") return;
  if (result.commit === null) {
    ui.note(`The run ${why} and is not saved: it made no checkpoint.`);
    return;
  }
  const name = toPrintable(result.name);
  const kept = spec.resume === null ? "Its checkpoints are kept" : "Its checkpoints so far are kept";
  ui.note(`The run ${why}. ${kept} as ${name}. To go on: waymark exp resume ${shellWord(name)}`);
}
