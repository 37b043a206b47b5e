import { listDvcEntries, type Project } from "@waymark/experiments";
import type { Ui } from "../ui.ts";

/** Says, when tasks wait in DVC's own queue, that our workers leave them to DVC's. */
export function noteDvcQueue(ui: Ui, project: Project): void {
  const waiting = listDvcEntries(project).filter(({ state }) => state === "queued").length;
  if (waiting === 0) return;
  const what = waiting === 1 ? "One more waits" : `${waiting} more wait`;
  ui.note(`${what} in the queue of DVC, for its own workers: dvc queue start`);
}
