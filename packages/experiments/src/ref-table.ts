import { type GitRef, type GitRepository, type Head, type PeeledRef, readRefFiles, runGit } from "@waymark/git";
import { EXPERIMENT_NAMESPACE, type ExperimentRef, parseExperimentRef } from "./experiment-ref.ts";
import { QUEUE_REFS } from "./queue/task-refs.ts";
import { NOTE_NAMESPACE, TAG_NAMESPACE } from "./labels/label-refs.ts";

/** Experiments, and names for commits, as refs give them. */
export interface RefTable {
  /** In the order of their refs. Foreign refs and DVC's own are left out. */
  readonly experiments: readonly ExperimentRef[];
  /** First tag, or else first branch, of each commit that has one. */
  readonly names: ReadonlyMap<string, string>;
  /** Every tag and branch of each commit that has one. */
  readonly allNames: ReadonlyMap<string, readonly string[]>;
  /** Refs of tags and notes on experiments. */
  readonly labels: readonly GitRef[];
  /** Refs of tasks of our queue. */
  readonly tasks: readonly GitRef[];
}

const LABELS = [TAG_NAMESPACE, NOTE_NAMESPACE];
const TASKS = ["waiting", "active", "done"].map((place) => `${QUEUE_REFS}/${place}/`);
/** Where refs stand that matter for listings. */
export const LISTED_REFS: readonly string[] = [
  ...["refs/exps", "refs/heads", "refs/tags"],
  ...[...LABELS, ...TASKS].map((namespace) => namespace.slice(0, -1)),
].toSorted();

/** Reads all refs that matter for listings: from their files where these tell, otherwise in one process. */
export async function readRefTable(repo: GitRepository): Promise<RefTable> {
  const experiments: ExperimentRef[] = [];
  const labels: GitRef[] = [];
  const tasks: GitRef[] = [];
  const allNames = new Map<string, string[]>();
  const tags = new Map<string, string>();
  const branches = new Map<string, string>();
  const parseExperiment = experimentParser();
  for (const { name: ref, id, peeledId } of readRefFiles(repo, LISTED_REFS) ?? (await askForRefs(repo))) {
    if (ref.startsWith(EXPERIMENT_NAMESPACE)) {
      const parsed = parseExperiment(ref);
      if (parsed !== undefined) experiments.push({ ref, tip: id, name: parsed.name, baseline: parsed.baseline });
      continue;
    }
    if (LABELS.some((namespace) => ref.startsWith(namespace))) labels.push({ name: ref, id });
    if (TASKS.some((namespace) => ref.startsWith(namespace))) tasks.push({ name: ref, id });
    const isTag = ref.startsWith("refs/tags/");
    if (!isTag && !ref.startsWith("refs/heads/")) continue;
    // An annotated tag names a commit through an object of its own.
    const commit = peeledId ?? id;
    const names = isTag ? tags : branches;
    const name = ref.slice(isTag ? "refs/tags/".length : "refs/heads/".length);
    if (!names.has(commit)) names.set(commit, name);
    allNames.set(commit, [...(allNames.get(commit) ?? []), name]);
  }
  return { experiments, names: new Map([...branches, ...tags]), allNames, labels, tasks };
}

async function askForRefs(repo: GitRepository): Promise<PeeledRef[]> {
  const format = "%(refname)%00%(objectname)%00%(*objectname)";
  const { stdout } = await runGit(repo, ["for-each-ref", `--format=${format}`, ...LISTED_REFS]);
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [name, id, peeledId] = line.split("\0");
      if (name === undefined || id === undefined) return [];
      return [{ name, id, peeledId: peeledId === "" ? undefined : peeledId }];
    });
}

/** As `parseExperimentRef`, quicker for refs in their order: those of one baseline stand together. */
function experimentParser(): typeof parseExperimentRef {
  let prefix = "";
  let baseline = "";
  return (ref) => {
    if (prefix !== "" && ref.startsWith(prefix) && ref.length > prefix.length && !ref.includes("/", prefix.length)) {
      return { name: ref.slice(prefix.length), baseline };
    }
    const parsed = parseExperimentRef(ref);
    if (parsed !== undefined) {
      prefix = ref.slice(0, ref.length - parsed.name.length);
      baseline = parsed.baseline;
    }
    return parsed;
  };
}

/** Names a commit as DVC does: the current branch for HEAD, otherwise a tag, otherwise a branch. */
export function describeCommit(table: RefTable, head: Head, commit: string): string | undefined {
  return commit === head.commit && head.branch !== undefined ? head.branch : table.names.get(commit);
}
