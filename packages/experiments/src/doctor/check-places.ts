import { existsSync } from "node:fs";
import { listPoolWorktrees, removeIdlePlaces } from "../places/idle-places.ts";
import { listMarked } from "../places/left-processes.ts";
import { listPlaceNumbers, placePath, poolFolder, tryLockPlace } from "../places/pool.ts";
import type { Check, Finding } from "./finding.ts";

/** What killed runs beside the workspace left: processes that nobody waits for, and work trees without their folders. */
export const checkPlaces: Check = ({ project }) => {
  const pool = poolFolder(project);
  const findings: Finding[] = [];
  for (const number of listPlaceNumbers(pool)) {
    const lock = tryLockPlace(pool, number);
    if (lock === undefined) continue;
    lock.release();
    const path = placePath(pool, number);
    const left = listMarked(path);
    if (left.length === 0) continue;
    findings.push({
      check: "orphaned-processes",
      severity: "leftover",
      what: `${left.length === 1 ? "A process" : `${left.length} processes`} of a run in '${path}' still ${left.length === 1 ? "runs" : "run"}: ${left.join(", ")}.`,
      why: "The run was killed, and nobody saves what they make.",
      repair: "They are ended, and the work tree is removed.",
      fix: async () => void (await removeIdlePlaces(project)),
    });
  }
  const gone = listPoolWorktrees(project).filter((path) => !existsSync(path));
  for (const path of gone) {
    findings.push({
      check: "orphaned-worktree",
      severity: "leftover",
      what: `The work tree '${path}' is registered, and its folder is gone.`,
      why: "Somebody deleted the folder of a run by hand. Git keeps it locked, so its own clean-up passes it by.",
      repair: "Git forgets it.",
      fix: async () => void (await removeIdlePlaces(project)),
    });
  }
  return findings;
};
