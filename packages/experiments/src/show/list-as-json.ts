import { RevisionReader } from "@waymark/pipeline/revisions";
import { mayHaveActive } from "../active/may-have-active.ts";
import { openCache } from "../open-cache.ts";
import type { Project } from "../project.ts";
import { collectExperiments, type CollectOptions } from "./collect.ts";
import { formatDvcJsonParts, formatWorkspaceJson } from "./dvc-json.ts";
import { describeListing, readStoredListing, storeListing } from "./stored-listing.ts";
import type { ExperimentsView } from "./view.ts";
import { readWorkspaceState } from "./workspace-state.ts";

/** Fewer experiments than this are listed quickly anyway. */
const MANY = 200;

/**
 * Lists experiments as DVC 3 prints `exp show --json`, in parts. The usual listing of many experiments is kept as it was
 * printed, and holds as long as refs, HEAD and time zone are the same; the workspace is read each time.
 *
 * @throws As {@link collectExperiments}.
 */
export async function listAsJson(project: Project, options: CollectOptions): Promise<Iterable<string>> {
  const settings = describeSettings(options);
  const describe = (): Buffer | undefined =>
    settings === undefined || mayHaveActive(project) ? undefined : describeListing(project, settings);
  const key = describe();
  const stored = key === undefined ? undefined : readStoredListing(project, key);
  if (stored === undefined) {
    const view = await collectExperiments(project, options);
    // Refs that moved meanwhile may or may not be in what was collected.
    return key === undefined || !isStorable(view) || describe()?.equals(key) !== true
      ? formatDvcJsonParts(view, { withLabels: options.withLabels ?? false })
      : formatAndStore(project, key, view);
  }
  if (options.hideWorkspace === true) return ["[", stored, "]"];
  const revisions = new RevisionReader({ cache: openCache(project) });
  const workspace = await readWorkspaceState(project.repo, project.dvcRoot, revisions, false);
  return ["[", formatWorkspaceJson(workspace), ", ", stored, "]"];
}

/** Tells what of the options makes a difference; `undefined` when it is not the usual listing. */
function describeSettings(options: CollectOptions): string | undefined {
  const { allCommits = false, allBranches = false, allTags = false, revisions, count = 1, checkpoints } = options;
  if (allCommits || allBranches || allTags || revisions !== undefined || count !== 1) return undefined;
  const { where, top, sortBy, force = false, paramDeps = false, withLabels = false, withOrphans = false } = options;
  if (where !== undefined || top !== undefined || sortBy !== undefined || checkpoints !== undefined) return undefined;
  if (force || paramDeps || withLabels || withOrphans) return undefined;
  return options.isShaOnly === true ? "sha" : "";
}

function isStorable({ baselines, isFinal = false }: ExperimentsView): boolean {
  const [baseline, ...others] = baselines;
  if (baseline === undefined || others.length > 0 || !isFinal || baseline.active.length > 0) return false;
  return baseline.experiments.length >= MANY && baseline.experiments.every(({ executor }) => executor === null);
}

function* formatAndStore(project: Project, key: Buffer, view: ExperimentsView): Generator<string> {
  const parts: string[] = [];
  if (view.workspace !== undefined) yield `[${formatWorkspaceJson(view.workspace)}, `;
  else yield "[";
  for (const part of formatDvcJsonParts({ ...view, workspace: undefined })) {
    parts.push(part);
    // What begins and ends the whole list is not part of what is kept.
    if (parts.length > 1) yield part;
  }
  storeListing(project, key, parts.slice(1, -1).join(""));
}
