import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import {
  fetchObjects,
  type GitRepository,
  listRefsSync,
  openRepository,
  readObjectFacts,
  readRef,
  runGitSync,
  updateRefs,
} from "@waymark/git";
import { parseExperimentRef } from "../experiment-ref.ts";
import { ageMs, isFolderInUse, isPidAlive, listDvcRuns, listFolders, type DvcRun } from "./dvc-runs.ts";
import type { Check, Examination, Finding } from "./finding.ts";

/** A clone that nobody is seen to work in, and that nobody changed for so long, is nobody's. */
const IDLE_MS = 3600 * 1000;
const UNSEEN_MS = 7 * 24 * 3600 * 1000;

/**
 * Clones in which DVC ran experiments beside the workspace, and that their runs never cleared away. They can hold
 * results that were never collected; and as long as they are there, DVC shows their runs as running.
 */
export const checkClones: Check = async (examination) => {
  const exps = join(examination.dvcDir, "tmp", "exps");
  const clones = [exps, join(exps, "standalone")].flatMap((folder) =>
    listFolders(folder)
      .filter((name) => /^tmp[\w-]+$/u.test(name))
      .map((name) => join(folder, name)),
  );
  const runs = listDvcRuns(examination.dvcDir);
  const findings: Finding[] = [];
  for (const clone of clones)
    if (isAbandoned(clone, runs, examination)) findings.push(...(await describe(clone, examination)));
  return [...findings, ...ghosts(runs)];
};

function isAbandoned(clone: string, runs: readonly DvcRun[], { nowMs }: Examination): boolean {
  if (runs.some(({ root, pid }) => root === clone && isPidAlive(pid))) return false;
  const isUsed = isFolderInUse(clone);
  return isUsed !== true && (ageMs(clone, nowMs) ?? 0) >= (isUsed === undefined ? UNSEEN_MS : IDLE_MS);
}

async function describe(clone: string, { project: { repo } }: Examination): Promise<readonly Finding[]> {
  const other = openRepository(clone, { env: repo.env });
  const isOwn = other !== undefined && basename(other.root) === basename(clone);
  const lost = isOwn ? await uncollected(repo, other) : [];
  const isClean = isOwn && !hasChanges(other);
  const why = "A run beside the workspace was killed, and DVC shows it as running as long as the folder is there.";
  const recovery: Finding[] = lost.map(({ name: ref }) => ({
    check: "uncollected-experiment",
    severity: "error",
    what: `'${clone}' holds the finished experiment '${parseExperimentRef(ref)?.name ?? ref}', which is not in this repository.`,
    why: "The run was killed, or the disk was full, before its result was collected.",
    repair: "The experiment is brought into this repository.",
    fix: async () => recover(repo, clone, lost),
  }));
  return [
    ...recovery,
    {
      check: "orphaned-clone",
      severity: "leftover",
      what: `'${clone}' was left by a run of DVC that is over.`,
      why,
      repair: isClean
        ? "It is deleted: nothing in it is missing here."
        : `It holds files that are in no commit. Look at them, then: rm -r '${clone}'`,
      fix: isClean && lost.length === 0 ? () => rmSync(clone, { recursive: true, force: true }) : undefined,
    },
  ];
}

/** Finds experiments of a clone that are not here. */
async function uncollected(
  repo: GitRepository,
  clone: GitRepository,
): Promise<readonly { readonly name: string; readonly id: string }[]> {
  const refs = listRefsSync(clone, ["refs/exps"]).filter(({ name }) => parseExperimentRef(name) !== undefined);
  const facts = await readObjectFacts(
    repo,
    refs.map(({ id }) => id),
  );
  return refs.filter(({ name }, at) => facts[at] === undefined && readRef(repo, name) === undefined);
}

async function recover(
  repo: GitRepository,
  clone: string,
  refs: readonly { readonly name: string; readonly id: string }[],
): Promise<void> {
  await fetchObjects(
    repo,
    clone,
    refs.map(({ id }) => id),
  );
  const here = refs.filter(({ name }) => readRef(repo, name) === undefined);
  updateRefs(
    repo,
    here.map(({ name, id }) => ({ ref: name, newId: id, oldId: null })),
  );
}

function hasChanges(clone: GitRepository): boolean {
  const { stdout } = runGitSync(clone, [
    "status",
    "--porcelain",
    "--ignore-submodules=dirty",
    "--untracked-files=normal",
  ]);
  return stdout.length > 0;
}

/** What DVC wrote about runs that never end by themselves, because the process or the clone is gone. */
function ghosts(runs: readonly DvcRun[]): readonly Finding[] {
  return runs.flatMap(({ folder, key, root, status, pid }): readonly Finding[] => {
    if (status === undefined || status >= 3) return [];
    const isGone = key === "workspace" ? !isPidAlive(pid) : root !== undefined && !existsSync(root) && !isPidAlive(pid);
    if (!isGone) return [];
    return [
      {
        check: "ghost-run",
        severity: "leftover",
        what: `'${folder}' says that a run goes on, and it does not.`,
        why: "Its process was killed before it could say that it ended.",
        repair: "The folder is deleted.",
        fix: () => rmSync(folder, { recursive: true, force: true }),
      },
    ];
  });
}
