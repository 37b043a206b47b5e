import type { ExperimentRef, PulledExperiments, PushedExperiments, SharedData } from "@waymark/experiments";
import { CommandError } from "../command-error.ts";
import type { Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";
import { transferError, warnOfMissing, warnOfSkipped } from "./transfer-report.ts";

/** More names than this are counted, not listed. */
const SHOWN = 20;

/** Joins names as DVC does: a, b and c. */
export function joinExperiments(experiments: readonly Pick<ExperimentRef, "name">[]): string {
  const names = experiments.slice(0, SHOWN).map(({ name }) => toPrintable(name));
  if (experiments.length > SHOWN) names.push(`${experiments.length - SHOWN} more`);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** Prints what became of experiments that were pushed, in DVC's words where it has any. */
export function printPush(ui: Ui, remote: string, result: PushedExperiments, isDry: boolean): void {
  const name = `Git remote '${toPrintable(remote)}'`;
  const { pushed, upToDate, behind, diverged, divergedLabels, data } = result;
  if (diverged.length > 0) {
    const has = diverged.length > 1 ? "have" : "has";
    ui.warn(
      `Local experiment ${joinExperiments(diverged)} ${has} diverged from remote experiment with the same name.\n` +
        "To override the remote experiment re-run with '--force'; to have its commits, pull it first.",
    );
  }
  if (behind.length > 0) ui.warn(`${name} has newer commits of ${joinExperiments(behind)}: pull them first.`);
  warnOfLabels(ui, divergedLabels, "there");
  if (upToDate.length > 0) {
    ui.line(`Experiment ${joinExperiments(upToDate)} ${upToDate.length > 1 ? "are" : "is"} up to date on ${name}.`);
  }
  if (pushed.length > 0)
    ui.line(`${isDry ? "Would push" : "Pushed"} experiment ${joinExperiments(pushed)} to ${name}.`);
  if (pushed.length + upToDate.length === 0) ui.line("No experiments to push.");
  printData(ui, data, "uploaded");
}

/** Prints what became of experiments that were pulled. */
export function printPull(ui: Ui, remote: string, result: PulledExperiments, isDry: boolean): void {
  const name = `Git remote '${toPrintable(remote)}'`;
  const { pulled, upToDate, behind, diverged, broken, divergedLabels, data } = result;
  if (diverged.length > 0) {
    const has = diverged.length > 1 ? "have" : "has";
    ui.warn(
      `Local experiment ${joinExperiments(diverged)} ${has} diverged from remote experiment with the same name.\n` +
        "To override the local experiment re-run with '--force'.",
    );
  }
  if (behind.length > 0)
    ui.warn(`${joinExperiments(behind)} ${behind.length > 1 ? "have" : "has"} newer commits here.`);
  if (broken.length > 0) ui.warn(`${name} has no commit under the name ${joinExperiments(broken)}.`);
  warnOfLabels(ui, divergedLabels, "here");
  if (upToDate.length > 0) ui.note(`Experiment ${joinExperiments(upToDate)} was here already.`);
  if (pulled.length > 0)
    ui.line(`${isDry ? "Would pull" : "Pulled"} experiment ${joinExperiments(pulled)} from ${name}.`);
  else ui.line("No experiments to pull.");
  printData(ui, data, "downloaded");
}

/** The error of what was not shared; `undefined` when all of it was. */
export function shareError(
  result: {
    readonly refused?: readonly { readonly experiment: ExperimentRef; readonly reason: string }[];
    readonly data: SharedData | undefined;
  },
  verb: "pushed" | "pulled",
): CommandError | undefined {
  const { refused = [], data } = result;
  if (data !== undefined && data.failed.length > 0) {
    const { message, hint } = transferError(data.failed, verb, "");
    const left = data.incomplete.length === 0 ? "" : `\nSo these were not ${verb}: ${joinExperiments(data.incomplete)}`;
    return new CommandError(255, message + left, hint);
  }
  if (refused.length === 0) return undefined;
  const lines = refused.slice(0, SHOWN).map(({ experiment, reason }) => {
    return `  ${toPrintable(experiment.name)}: ${toPrintable(reason)}`;
  });
  if (refused.length > SHOWN) lines.push(`  and ${refused.length - SHOWN} more`);
  return new CommandError(255, `The Git remote did not take these experiments:\n${lines.join("\n")}`);
}

/** Describes a push or pull as JSON. */
export function shareJson(result: PushedExperiments | PulledExperiments, isDry: boolean): unknown {
  const list = (experiments: readonly ExperimentRef[]): unknown =>
    experiments.map(({ name, ref, tip, baseline }) => ({ name, commit: tip, ref, baseline }));
  const { data } = result;
  return {
    dry: isDry,
    ...("pushed" in result ? { pushed: list(result.pushed) } : { pulled: list(result.pulled) }),
    ...{ up_to_date: list(result.upToDate), behind: list(result.behind), diverged: list(result.diverged) },
    ...("refused" in result
      ? { refused: result.refused.map(({ experiment, reason }) => ({ name: experiment.name, reason })) }
      : { broken: list(result.broken) }),
    labels: { moved: result.labels, diverged: list(result.divergedLabels) },
    data:
      data === undefined
        ? null
        : {
            files: data.transferred,
            failed: data.failed.map(({ name, path }) => ({ object: name, path: path ?? null })),
            missing: data.missing.map(({ name, path }) => ({ object: name, path: path ?? null })),
            unreadable: data.skipped,
          },
  };
}

function warnOfLabels(ui: Ui, experiments: readonly ExperimentRef[], side: "here" | "there"): void {
  if (experiments.length === 0) return;
  ui.warn(
    `Tags or notes of ${joinExperiments(experiments)} were changed here and there: they stay as they are ${side}, ` +
      "or are replaced with '--force'.",
  );
}

function printData(ui: Ui, data: SharedData | undefined, word: string): void {
  if (data === undefined) return;
  warnOfSkipped(ui, data.skipped);
  warnOfMissing(ui, data.missing, "");
  if (data.transferred > 0) ui.line(`${data.transferred} file${data.transferred === 1 ? "" : "s"} ${word}`);
}
