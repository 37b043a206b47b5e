import { type CommitTrailers, defaultExperimentMessage, formatCommitMessage } from "@waymark/core";
import { isErrno } from "@waymark/files";
import {
  CollectionWatch,
  GitCommandError,
  type GitRepository,
  ObjectMissingError,
  parseCommit,
  PrivateIndex,
  readObjectsSync,
  readRef,
  RefChangedError,
} from "@waymark/git";
import { suggestFreeName } from "../experiment-names.ts";
import { formatExperimentRef } from "../experiment-ref.ts";
import { ObjectsCollectedError } from "../objects-collected-error.ts";
import type { Project } from "../project.ts";
import { moveFenced, type RunFence } from "./run-fence.ts";

/** A run that is to be saved in one commit. */
export interface RunToSave {
  readonly name: string;
  readonly baseline: string;
  /** Parent of the commit: the baseline, or the checkpoint that the run went on from. */
  readonly parent: string;
  /** What the ref points to, as far as is known; `null` for an experiment that does not exist. */
  readonly oldId: string | null;
  /** Replaces whatever has the name by now. */
  readonly force: boolean;
  readonly message: string | null;
  /** Of the stages that were reproduced. */
  readonly hash: string | undefined;
  readonly trailers: CommitTrailers;
  readonly fence: RunFence | undefined;
  readonly random: () => number;
  /** Takes the content of the experiment into an index. */
  readonly stage: (index: PrivateIndex) => void;
}

/** A run that was saved. */
export interface SavedRun {
  readonly name: string;
  readonly commit: string;
}

/** A save that loses files to a `git gc --prune=now` beside it is made anew so many times. */
const ATTEMPTS = 8;
const COLLECTION_LIMIT_MS = 60_000;

/**
 * Saves a run as an experiment. HEAD, the user's index and the files stay as they are.
 *
 * When somebody has made an experiment of that name meanwhile, with other content, this one gets a name of its own: what
 * took hours to make is not thrown away for a name.
 *
 * @throws `RunTakenOverError` when the fence says so; `IdentityMissingError`; {@link ObjectsCollectedError}.
 */
export async function saveRun(project: Project, run: RunToSave): Promise<SavedRun> {
  const { repo } = project;
  let again: SavedRun | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const watch = new CollectionWatch(repo);
    try {
      const saved = saveOnce(project, again === undefined ? run : { ...run, name: again.name, force: true });
      if (await watch.hasSpared(saved.commit, run.parent, COLLECTION_LIMIT_MS)) return saved;
      again = saved;
    } catch (error) {
      const mayBeCollection =
        error instanceof GitCommandError || error instanceof ObjectMissingError || isErrno(error, "ENOENT");
      if (!mayBeCollection || attempt === ATTEMPTS || !watch.hasSeenOne()) throw error;
      await watch.waitForEnd(COLLECTION_LIMIT_MS);
    }
  }
  throw new ObjectsCollectedError(again?.name ?? run.name);
}

function saveOnce({ repo }: Project, run: RunToSave): SavedRun {
  const index = new PrivateIndex(repo);
  try {
    run.stage(index);
    const text = run.message ?? defaultExperimentMessage(run.hash);
    const message = formatCommitMessage({ text, trailers: run.trailers }).trimEnd();
    const { commit, tree } = index.commit({ parents: [run.parent], message });
    return moveRef(repo, run, commit, tree);
  } finally {
    index[Symbol.dispose]();
  }
}

function moveRef(repo: GitRepository, run: RunToSave, commit: string, tree: string): SavedRun {
  let { name, oldId } = run;
  for (;;) {
    const ref = formatExperimentRef(run.baseline, name);
    try {
      moveFenced(repo, { ref, newId: commit, oldId }, run.fence, name);
      return { name, commit };
    } catch (error) {
      if (!(error instanceof RefChangedError)) throw error;
    }
    const there = readRef(repo, ref) ?? null;
    if (run.force || there === null) oldId = there;
    else if (treeOf(repo, there) === tree) return { name, commit: there };
    else {
      name = suggestFreeName(repo, run.baseline, run.random);
      oldId = null;
    }
  }
}

function treeOf(repo: GitRepository, id: string): string | undefined {
  const [object] = readObjectsSync(repo, [id]);
  return object?.type === "commit" ? parseCommit(object.data)?.tree : undefined;
}
