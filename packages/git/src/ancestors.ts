import { readObjectFacts } from "./object-facts.ts";
import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/** Asks whether one commit is among the ancestors of another. */
export interface AncestorQuestion {
  readonly ancestor: string;
  readonly descendant: string;
  /** A commit that both are likely to stand on; only makes the answer quicker. */
  readonly base: string;
}

/**
 * Tells of many pairs of commits whether the first leads to the second, with one process for all of them in the common
 * case. A commit that is not here leads nowhere.
 *
 * @returns One answer per question, in order.
 */
export async function areAncestors(
  repo: GitRepository,
  questions: readonly AncestorQuestion[],
): Promise<readonly boolean[]> {
  if (questions.length === 0) return [];
  const parents = await readParents(repo, questions);
  const found = questions.map((question) => search(parents, question));
  const open = questions.filter((_, at) => found[at] === undefined);
  // Most often what nobody has met is not here at all.
  const facts = await readObjectFacts(
    repo,
    open.map(({ ancestor }) => ancestor),
  );
  const here = new Set(facts.flatMap((fact) => (fact?.type === "commit" ? [fact.id] : [])));
  const answers: boolean[] = [];
  for (const [at, question] of questions.entries()) {
    answers.push(found[at] ?? (here.has(question.ancestor) && (await isAncestor(repo, question))));
  }
  return answers;
}

/** Reads the commits between descendants and bases, each with its parents. */
async function readParents(
  repo: GitRepository,
  questions: readonly AncestorQuestion[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const tips = new Set(questions.flatMap(({ ancestor, descendant }) => [ancestor, descendant]));
  const bases = new Set(questions.map(({ base }) => `^${base}`));
  const { stdout } = await runGit(repo, ["rev-list", "--parents", "--ignore-missing", "--stdin"], {
    input: `${[...tips, ...bases].join("\n")}\n`,
    // History that is cut off, in a shallow clone, say, ends the list; what was listed before stands.
    allowedExitCodes: [0, 128],
  });
  const parents = new Map<string, readonly string[]>();
  for (const line of stdout.toString().split("\n")) {
    const [commit, ...rest] = line.split(" ");
    if (commit !== undefined && commit !== "") parents.set(commit, rest);
  }
  return parents;
}

/** @returns `undefined` when the commits that were read do not tell. */
function search(
  parents: ReadonlyMap<string, readonly string[]>,
  { ancestor, descendant }: AncestorQuestion,
): boolean | undefined {
  const seen = new Set<string>();
  const open = [descendant];
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    if (commit === ancestor) return true;
    if (seen.has(commit)) continue;
    seen.add(commit);
    open.push(...(parents.get(commit) ?? []));
  }
  // What was listed stands below no base, and neither does anything on a way to it: it would have been met.
  return parents.has(ancestor) ? false : undefined;
}

async function isAncestor(repo: GitRepository, { ancestor, descendant }: AncestorQuestion): Promise<boolean> {
  const { exitCode } = await runGit(repo, ["merge-base", "--is-ancestor", ancestor, descendant], {
    allowedExitCodes: [0, 1, 128],
  });
  return exitCode === 0;
}
