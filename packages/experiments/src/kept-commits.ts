import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { type GitRef, type GitRepository, listRefs, ObjectReader, readCommitChains, runGit } from "@waymark/git";
import { parseExperimentRef } from "./experiment-ref.ts";
import { listOperations } from "./operations/list-operations.ts";
import { operationId, restorableType } from "./operations/operation.ts";
import { type Project, stateFolder } from "./project.ts";

const NAMESPACES = ["refs/exps", "refs/waymark"];
const STASH = /^refs\/exps\/(?:.+\/)?(?:stash|failed)$/;

/**
 * Lists the commits whose data experiments need: every checkpoint of every experiment, those that can still be brought
 * back with `exp undo`, and whatever else the two tools keep in refs of their own (queued work, what `apply` replaced).
 */
export async function listKeptCommits(repo: GitRepository): Promise<readonly string[]> {
  const refs = await listRefs(repo, NAMESPACES);
  if (refs.length === 0) return [];
  const reader = new ObjectReader(repo);
  try {
    const removed = refs.some(({ name }) => operationId(name) !== undefined) ? await listRemoved(repo) : [];
    const named = [...refs, ...removed];
    const requests = named.map(({ name, id }) => ({ tip: id, stop: parseExperimentRef(name)?.baseline }));
    // What is no experiment has no known beginning: it is the tip alone that holds something.
    const [experiments, others] = [requests.filter(({ stop }) => stop), requests.filter(({ stop }) => !stop)];
    const chains = [
      ...(await readCommitChains(reader, experiments)),
      ...(await readCommitChains(reader, others, { limit: 1 })),
    ];
    const kept = new Set(chains.flatMap(({ commits }) => commits.map(({ id }) => id)));
    for (const { name } of refs) if (STASH.test(name)) for (const id of await listStash(repo, name)) kept.add(id);
    return [...kept];
  } finally {
    await reader.close();
  }
}

/** What operations took away and an undo may bring back. */
async function listRemoved(repo: GitRepository): Promise<GitRef[]> {
  const operations = await listOperations(repo);
  return operations.flatMap(({ changes }) =>
    changes.flatMap(({ ref, oldId }) =>
      oldId === null || restorableType(ref) === "blob" ? [] : [{ name: ref, id: oldId }],
    ),
  );
}

/** DVC keeps queued and failed experiments in stashes: the ref names the newest, its log all of them. */
async function listStash(repo: GitRepository, ref: string): Promise<readonly string[]> {
  const { stdout } = await runGit(repo, ["rev-list", "--walk-reflogs", ref], { allowedExitCodes: [0, 128] });
  return stdout.toString().split("\n").filter(Boolean);
}

/** Lists the objects that runs have put into the cache which go on, or were killed: no commit may name them yet. */
export function listRunObjects(project: Project): readonly string[] {
  const folder = join(stateFolder(project), "objects");
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
  return names.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean));
}
