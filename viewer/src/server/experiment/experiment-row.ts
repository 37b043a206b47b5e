import { parsePythonJson } from "@waymark/core";
import type { CheckpointInfo, MetricInfo, RunInfo, RunState } from "../../protocol.ts";
import { groupImages } from "../live-folder/images.ts";
import { metricNameOf } from "../live-folder/metric-name.ts";
import { showValue } from "../live-folder/metric-rows.ts";
import { parseParamValues, type ParamValues } from "../live-folder/params.ts";
import { parsePlotSettings, type FileSettings } from "../live-folder/plot-settings.ts";
import { collectPlots } from "../live-folder/plots.ts";
import { flattenSummaryValues, type SummaryValues } from "../live-folder/summary.ts";
import type { LiveTree } from "./live-tree.ts";
import type { ObjectStore, ViewedCommit } from "./object-store.ts";

/** What Git says of one experiment. */
export interface ViewedExperiment {
  readonly ref: string;
  readonly name: string;
  readonly baseline: string;
  readonly baselineName: string | undefined;
  /** Newest first, without the baseline. */
  readonly chain: readonly ViewedCommit[];
}

/** The checkpoints of an experiment, oldest first, with what the command line calls them. */
export function listCheckpoints({ name, chain }: ViewedExperiment): CheckpointInfo[] {
  return chain.toReversed().flatMap(({ id, trailers, timeMs }) => {
    const { step, status } = trailers;
    if (step === undefined) return [];
    const selector = `${name}@${step}`;
    return [{ step, commit: id, selector, isoTime: isoOf(timeMs), status: status ?? "running" }];
  });
}

/**
 * Builds the row of an experiment that no live folder shows.
 *
 * @param rowsOf - Rows of a history that has been read already; for the others the last step tells.
 */
export async function buildExperimentRow(
  experiment: ViewedExperiment,
  tree: LiveTree | undefined,
  store: ObjectStore,
  rowsOf: (metric: string) => number | undefined,
): Promise<RunInfo> {
  const [tip] = experiment.chain;
  const problems: { path: string; message: string }[] = [];
  const parse = async <T>(
    path: string,
    id: string | undefined,
    parser: (text: string) => T,
  ): Promise<T | undefined> => {
    const blob = id === undefined ? undefined : await store.blob(id);
    if (blob === undefined) return undefined;
    try {
      return parser(Buffer.from(blob).toString("utf8"));
    } catch (error) {
      problems.push({
        path,
        message: error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error),
      });
      return undefined;
    }
  };
  const params: ParamValues = (await parse("params.yaml", tree?.params, parseParamValues)) ?? {};
  const summary = await parse("metrics.json", tree?.summary, (text) =>
    flattenSummaryValues(parsePythonJson(text, { path: "metrics.json" })),
  );
  const settings: FileSettings[] = [];
  for (const { path, id } of tree?.settings ?? []) {
    const parsed = await parse(path.slice(1), id, (text) => parsePlotSettings(text, path));
    if (parsed !== undefined) settings.push(parsed);
  }
  const first = experiment.chain.findLast(({ trailers }) => trailers.runId === tip?.trailers.runId);
  const hasEnded = tip !== undefined && tip.trailers.status !== "running";
  return {
    id: `exp:${experiment.ref}`,
    name: experiment.name,
    kind: "experiment",
    ...judgeExperiment(tip),
    folder: tree?.folder ?? null,
    baseline: experiment.baseline,
    baselineName: experiment.baselineName ?? null,
    commit: tip?.id ?? null,
    isoStartedAt: first === undefined ? null : isoOf(first.timeMs),
    isoEndedAt: hasEnded ? isoOf(tip.timeMs) : null,
    step: summary?.step ?? tip?.trailers.step ?? null,
    totalSteps: null,
    params,
    metrics: listMetrics(tree, summary, rowsOf),
    checkpoints: listCheckpoints(experiment),
    images: groupImages(versioned(tree?.images ?? []), "plots/images", false),
    plots: collectPlots(
      (tree?.plots ?? []).map(({ path, id }) => ({ ...splitFolder(path), version: id })),
      tree?.folder === "" ? "." : (tree?.folder ?? "."),
      (path) => settings.map((one) => one.get(`/${path}`)).find((one) => one !== undefined),
    ),
    problems,
  };
}

/** An experiment without a live folder runs nowhere we can see, whatever its last word was. */
function judgeExperiment(tip: ViewedCommit | undefined): { readonly state: RunState; readonly reason: string | null } {
  // Other tools save experiments when they are done, and do not say so.
  const { status = "finished", reason = null } = tip?.trailers ?? {};
  return status === "running"
    ? { state: "interrupted", reason: "no process is known to go on with it" }
    : { state: status, reason };
}

function listMetrics(
  tree: LiveTree | undefined,
  summary: SummaryValues | undefined,
  rowsOf: (metric: string) => number | undefined,
): MetricInfo[] {
  const lastStep = summary?.step ?? null;
  const rows = new Map<string, MetricInfo>();
  for (const { path } of tree?.metrics ?? []) {
    const name = metricNameOf(path);
    if (name === undefined) continue;
    const last = summary?.values.get(name);
    const points = rowsOf(name) ?? Math.max(1, Math.floor(lastStep ?? 1) + 1);
    rows.set(name, { name, points, last: last === undefined ? null : showValue(last), lastStep, hasTimestamp: false });
  }
  for (const [name, value] of summary?.values ?? []) {
    if (!rows.has(name)) rows.set(name, { name, points: 1, last: showValue(value), lastStep, hasTimestamp: false });
  }
  return [...rows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function versioned(files: LiveTree["images"]): { path: string; version: string }[] {
  return files.map(({ path, id }) => ({ path, version: id }));
}

/** `plots/custom/a/b.json` lies in `plots/custom` as `a/b.json`. */
function splitFolder(path: string): { folder: string; path: string } {
  const parts = path.split("/");
  return { folder: parts.slice(0, 2).join("/"), path: parts.slice(2).join("/") };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
