import { readHead } from "@waymark/git";
import type { ExperimentRef } from "../experiment-ref.ts";
import type { Labels } from "../labels/labels.ts";
import { readLabelRefs } from "../labels/read-labels.ts";
import type { Project } from "../project.ts";
import type { RefTable } from "../ref-table.ts";
import { RowSession } from "../show/row-session.ts";
import { ExperimentQueryRow, type RowContext } from "./experiment-row.ts";

/** Fields that refs alone answer. */
const REF_FIELDS = new Set(["name", "tag", "note", "baseline", "rev"]);

/** Reads experiments as a query sees them, as far as it looks. */
export async function readQueryRows(
  project: Project,
  table: RefTable,
  experiments: readonly ExperimentRef[],
  fields: readonly string[],
): Promise<ExperimentQueryRow[]> {
  const session = new RowSession(project);
  try {
    const hasLabels = fields.some((field) => field === "tag" || field === "note");
    const labels = hasLabels ? await readLabelRefs(session.objects, table.labels) : new Map<string, Labels>();
    const context: RowContext = { project, table, head: readHead(project.repo), labels };
    const hasRows = fields.some((field) => !REF_FIELDS.has(field));
    if (hasRows) await session.loader.load(experiments.map(({ tip }) => tip));
    return experiments.map((experiment) => {
      return new ExperimentQueryRow(experiment, session.loader.get(experiment.tip), context);
    });
  } finally {
    await session.close();
  }
}
