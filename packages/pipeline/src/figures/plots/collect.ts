import { TrackerError } from "@waymark/core";
import { plotSourcePaths, type PlotProperties, type PlotSource, type RevisionPlots } from "@waymark/core/plot-data";
import type { FigureProject } from "../figure-project.ts";
import { nameRevision, withRevisions, WORKSPACE, type OpenRevision } from "../named-revisions.ts";
import { joinProjectPath } from "../../project/posix-path.ts";
import { describeProblem } from "../../project/problem.ts";
import type { ProjectStage } from "../../project/project.ts";
import { RevisionReader } from "../../project/revision.ts";
import { collectDefinitions, type DefinitionRequest, type Definitions } from "./definitions.ts";
import { readPlotSource } from "./read-source.ts";

/** What {@link collectPlots} reads. */
export interface CollectPlotsOptions {
  /** As typed; the workspace always comes first. Default: only the workspace. */
  readonly revisions?: readonly string[];
  /** Ids, or paths relative to the current folder. Default: every plot of the project. */
  readonly targets?: readonly string[];
  /** Properties that win over those written. Default: none. */
  readonly properties?: PlotProperties;
}

/**
 * Reads the definitions and the data of plots in one or several revisions.
 *
 * @returns Revisions that have plots, or whose definitions cannot be read, the workspace first.
 * @throws `RevisionNotFoundError`, `NoGitError`
 */
export async function collectPlots(
  project: FigureProject,
  options: CollectPlotsOptions = {},
): Promise<readonly RevisionPlots[]> {
  const { revisions = [WORKSPACE], targets = [], properties = {} } = options;
  const ordered = [...new Set(revisions)].toSorted((a, b) => Number(b === WORKSPACE) - Number(a === WORKSPACE));
  const named = await Promise.all(ordered.map((revision) => nameRevision(project, revision)));
  const reader = new RevisionReader({ cache: project.dvc?.cache });
  return withRevisions(project, named, async (opened) => {
    const collected: RevisionPlots[] = [];
    for (const revision of opened) {
      const plots = await readRevision(reader, revision, { folder: project.folder, targets, properties });
      if (plots.definitions.size > 0 || plots.problem !== undefined) collected.push(plots);
    }
    return collected;
  });
}

async function readRevision(
  reader: RevisionReader,
  { label, source }: OpenRevision,
  request: DefinitionRequest,
): Promise<RevisionPlots> {
  try {
    const { project, content } = await reader.view(source);
    const definitions = await collectDefinitions(project, content, request);
    const headers = headersOf(project.stages);
    const sources = new Map<string, PlotSource>();
    for (const name of sourceNames(definitions)) {
      const path = joinProjectPath(request.folder, name);
      const { header = headers.get(path) } = request.properties;
      sources.set(name, await readPlotSource(content, { path, name, hasHeader: header !== false }));
    }
    return { revision: label, definitions, sources, problem: undefined };
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    return { revision: label, definitions: new Map(), sources: new Map(), problem: describeProblem(error) };
  }
}

/** Only a stage can say that a file has no header. */
function headersOf(stages: readonly ProjectStage[]): ReadonlyMap<string, unknown> {
  return new Map(
    stages.flatMap((stage) =>
      stage.outs.filter(({ role }) => role === "plot").map((out) => [out.path, out.properties["header"]] as const),
    ),
  );
}

function sourceNames(definitions: Definitions): ReadonlySet<string> {
  return new Set(
    [...definitions.values()].flatMap((plots) =>
      [...plots].flatMap(([id, properties]) => plotSourcePaths(id, properties)),
    ),
  );
}
