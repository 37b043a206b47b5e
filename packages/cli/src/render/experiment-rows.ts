import type {
  ActiveExperiment,
  BaselineState,
  CheckpointState,
  ExperimentState,
  ExperimentsView,
} from "@waymark/experiments";
import { type Cell, readCell, type ValueColumn } from "./experiment-columns.ts";

/** What a row of the listing stands for. */
export type RowKind = "workspace" | "baseline" | "experiment" | "checkpoint" | "more" | "origin";

/** One row of the listing, before it becomes text. */
export interface ExperimentRow {
  readonly kind: RowKind;
  /** First column, with the branches of the tree drawn. */
  readonly label: string;
  /** Name of the experiment, in its own row. */
  readonly experimentName?: string;
  /** ISO 8601 in local time, or null. */
  readonly timestamp: string | null;
  readonly state: string | undefined;
  /** What carries it out, or has. */
  readonly executor?: string | undefined;
  /** Short commit id. */
  readonly commit: string | undefined;
  /** Those of the experiment, in its own row. */
  readonly tags: readonly string[];
  readonly note: string | undefined;
  /** One per value column. */
  readonly cells: readonly Cell[];
}

/** How {@link buildRows} draws. */
export interface RowOptions {
  /** Older checkpoints shown under each experiment; `Infinity` shows all. */
  readonly checkpoints: number;
  /** Show commit ids of baselines instead of branches and tags. */
  readonly isShaOnly: boolean;
}

const SHORT = 7;
/** Labels belong to experiments. */
const UNLABELLED = { tags: [], note: undefined };

/**
 * Lays out a view as rows: the workspace, each baseline, its experiments under it (what runs first, what waits or came to
 * nothing last), and their checkpoints under them.
 *
 * ```
 * main
 * ├─ brave-bat
 * │  ├─ @199
 * │  └─ @99
 * └─ calm-cod
 *    └─ from brave-bat@199
 * ```
 */
export function buildRows(
  view: ExperimentsView,
  columns: readonly ValueColumn[],
  options: RowOptions,
): ExperimentRow[] {
  const rows: ExperimentRow[] = [];
  const cells = (state: Pick<CheckpointState, "data">): Cell[] => columns.map((column) => readCell(state.data, column));
  if (view.workspace !== undefined) {
    rows.push({
      kind: "workspace",
      label: "workspace",
      timestamp: null,
      state: view.workspace.error === null ? undefined : "unreadable",
      commit: undefined,
      ...UNLABELLED,
      cells: cells(view.workspace),
    });
  }
  for (const baseline of view.baselines) {
    rows.push({ ...describeBaseline(baseline, options), cells: cells(baseline) });
    const { experiments, active } = baseline;
    const running = active.filter(({ status }) => status === "running");
    const others = active.filter(({ status }) => status !== "running");
    const last = others.at(-1) ?? experiments.at(-1) ?? running.at(-1);
    for (const experiment of running) rows.push(...activeRows(experiment, experiment === last, cells));
    for (const experiment of experiments) rows.push(...experimentRows(experiment, experiment === last, options, cells));
    for (const experiment of others) rows.push(...activeRows(experiment, experiment === last, cells));
  }
  return rows;
}

function describeBaseline(baseline: BaselineState, options: RowOptions): Omit<ExperimentRow, "cells"> {
  const short = baseline.rev.slice(0, SHORT);
  return {
    kind: "baseline",
    label: options.isShaOnly || baseline.name === null ? short : baseline.name,
    timestamp: baseline.data?.timestamp ?? null,
    state: baseline.error === null ? undefined : "unreadable",
    commit: short,
    ...UNLABELLED,
  };
}

function activeRows(
  { name, status, states, executor }: ActiveExperiment,
  isLast: boolean,
  cells: (state: Pick<CheckpointState, "data">) => Cell[],
): ExperimentRow[] {
  const [state] = states;
  if (state === undefined) return [];
  const short = state.rev.slice(0, SHORT);
  const shown = name === null || name === "" ? short : name;
  return [
    {
      kind: "experiment",
      label: `${isLast ? "└─" : "├─"} ${shown}`,
      experimentName: name ?? "",
      timestamp: state.data?.timestamp ?? null,
      state: status,
      executor: executor.name ?? undefined,
      // What runs in the workspace has no commit that stands for it.
      commit: state.rev === "workspace" ? state.rev : short,
      ...UNLABELLED,
      cells: cells(state),
    },
  ];
}

function experimentRows(
  experiment: ExperimentState,
  isLast: boolean,
  options: RowOptions,
  cells: (state: Pick<CheckpointState, "data">) => Cell[],
): ExperimentRow[] {
  const [tip, ...older] = experiment.checkpoints.slice(0, Math.max(1, experiment.ownCount));
  if (tip === undefined) return [];
  const rows: ExperimentRow[] = [
    {
      kind: "experiment",
      label: `${isLast ? "└─" : "├─"} ${experiment.name}`,
      experimentName: experiment.name,
      timestamp: tip.data?.timestamp ?? null,
      state: tip.error === null ? (experiment.status ?? experiment.executor?.state) : "unreadable",
      executor: experiment.executor?.name ?? undefined,
      commit: tip.rev.slice(0, SHORT),
      ...experiment.labels,
      cells: cells(tip),
    },
  ];
  const shown = older.slice(0, options.checkpoints);
  const hidden = options.checkpoints === 0 ? 0 : experiment.ownCount - 1 - shown.length;
  const { origin } = experiment;
  const branches = shown.length + (hidden > 0 ? 1 : 0) + (origin === undefined ? 0 : 1);
  const draw = (index: number): string => `${isLast ? "   " : "│  "}${index === branches - 1 ? "└─" : "├─"} `;
  for (const [index, checkpoint] of shown.entries()) {
    rows.push({
      kind: "checkpoint",
      label: draw(index) + (checkpoint.step === undefined ? checkpoint.rev.slice(0, SHORT) : `@${checkpoint.step}`),
      timestamp: checkpoint.data?.timestamp ?? null,
      state: checkpoint.error === null ? undefined : "unreadable",
      commit: checkpoint.rev.slice(0, SHORT),
      ...UNLABELLED,
      cells: cells(checkpoint),
    });
  }
  const bare = (kind: RowKind, text: string, index: number): ExperimentRow => ({
    ...{ kind, label: draw(index) + text, timestamp: null, state: undefined, commit: undefined },
    ...UNLABELLED,
    cells: [],
  });
  if (hidden > 0) rows.push(bare("more", `${hidden} older`, shown.length));
  if (origin !== undefined) rows.push(bare("origin", `from ${origin}`, branches - 1));
  return rows;
}
