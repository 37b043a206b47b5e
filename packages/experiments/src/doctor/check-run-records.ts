import { statSync } from "node:fs";
import { isProcessAlive } from "@waymark/files";
import { findRunFiles } from "../active/own-runs.ts";
import { endRunCommand, isRunCommandAlive } from "../places/end-run-command.ts";
import { isRunGoingOn, listRunRecords, type RunRecord, runLogPath, writeRunRecord } from "../run/run-record.ts";
import type { Project } from "../project.ts";
import type { Check, Finding } from "./finding.ts";

const GOING_ON: ReadonlySet<string> = new Set(["preparing", "running", "saving"]);

/** Runs that say they go on, although their processes are gone; and commands that they left running in the workspace. */
export const checkRunRecords: Check = ({ project }) =>
  listRunRecords(project)
    .filter((record) => GOING_ON.has(record.state) && !isRunGoingOn(record))
    .flatMap((record): readonly Finding[] => [...orphaned(project, record), stale(project, record)]);

/** Processes in work trees of the pool are found by where they are; in the workspace only the record knows them. */
function orphaned(project: Project, { id, name, root }: RunRecord): readonly Finding[] {
  const isBeside = root !== project.root && findRunFiles(project, { id, root }) !== undefined;
  if (isBeside || !isRunCommandAlive(project, id)) return [];
  return [
    {
      check: "orphaned-processes",
      severity: "error",
      what: `The command of the run '${name}' still runs, and the run is gone.`,
      why: "The run was killed. Nobody saves what its command makes, and it goes on writing into the workspace.",
      repair: "It is asked to end, with all that it has started.",
      fix: () => endRunCommand(project, id),
    },
  ];
}

function stale(project: Project, record: RunRecord): Finding {
  return {
    check: "stale-run",
    severity: "leftover",
    what: `The run '${record.name}' says that it goes on, and its process is gone.`,
    why: "It was killed before it could say that it ended. Its checkpoints are there, and so is what it printed.",
    repair: "Its record says that it was killed.",
    fix: () => settle(project, record.id),
  };
}

/** The task of the run may have been taken up again since it was looked at. */
function settle(project: Project, id: string): void {
  const record = listRunRecords(project).find((each) => each.id === id);
  if (record === undefined || !GOING_ON.has(record.state) || isProcessAlive(record)) return;
  const lastMs = statSync(runLogPath(project, id), { throwIfNoEntry: false })?.mtimeMs ?? Date.parse(record.startedAt);
  writeRunRecord(project, {
    ...record,
    ...{ state: "killed", reason: "its process was killed", endedAt: new Date(lastMs).toISOString() },
  });
}
