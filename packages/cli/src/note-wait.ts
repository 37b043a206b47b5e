import type { OpenDvcProjectOptions } from "@waymark/pipeline";
import type { Ui } from "./ui.ts";

/** Says on stderr that another command is waited for, so that a silent minute is no riddle. */
export function noteWait(ui: Ui): OpenDvcProjectOptions {
  return {
    onWait: (pid) => {
      ui.note(
        `Waiting for another command${pid === undefined ? "" : ` (process ${pid})`} to finish with this project.`,
      );
    },
  };
}
