import type { RunEffects } from "@waymark/experiments";
import type { ProjectStage, StageEvent } from "@waymark/pipeline";
import { confirm } from "../confirm.ts";
import { showData } from "../data-progress.ts";
import { toPrintable } from "../render/display-text.ts";
import { ReproNarration } from "../render/repro-narration.ts";
import type { Ui } from "../ui.ts";

/** Tells on the terminal how a run goes on; what its commands print goes where they would print it. */
export function showRun(ui: Ui, isAsking: boolean): RunEffects {
  let narration: ReproNarration | undefined;
  return {
    onStage: (stage: ProjectStage, event: StageEvent, folder: string) => {
      narration ??= new ReproNarration({ ui, project: { folder }, isInterleaved: false });
      narration.tell(stage, event);
    },
    onOutput: (data, stream) => {
      // Byte for byte: it may be anything.
      const bytes = Buffer.from(data);
      if (stream === "stdout") ui.write(bytes);
      else ui.writeError(bytes);
    },
    onNote: (text) => ui.note(toPrintable(text)),
    onWarning: (text) => ui.warn(toPrintable(text)),
    onCheckpoint: ({ name, step, commit }) => {
      const what = step === undefined ? name : `${name}@${step}`;
      ui.note(`Checkpoint ${toPrintable(what)}: ${commit.slice(0, 7)}`);
    },
    onProgress: showData(ui, "Hashing"),
    confirm: isAsking ? async (stage) => confirm(ui, `Reproduce '${toPrintable(stage)}'?`) : undefined,
  };
}
