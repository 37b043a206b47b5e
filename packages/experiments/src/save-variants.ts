import { defaultExperimentMessage, isValidExperimentName, suggestExperimentName } from "@waymark/core";
import { type CommitToImport, importCommits, PrivateIndex, RefChangedError } from "@waymark/git";
import { ExperimentExistsError, InvalidExperimentNameError, NoCommitsError } from "./errors.ts";
import { readTakenNames } from "./experiment-names.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import type { Project } from "./project.ts";

/** One of many experiments that differ in a few files. */
export interface Variant {
  /** Default: two words drawn at random. */
  readonly name?: string;
  /** Default: DVC's message. */
  readonly message?: string;
  /** Files that differ from the workspace, by path relative to the repository; `null` is one it does not have. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

/** Options of {@link saveVariants}. */
export interface SaveVariantsOptions {
  /** Numbers in [0, 1) for names. Default `Math.random`. */
  readonly random?: () => number;
}

/** A variant that was saved. */
export interface SavedVariant {
  readonly name: string;
  readonly ref: string;
  readonly commit: string;
}

/**
 * Saves many experiments at once: tracked files of the workspace with their changes, with some files replaced in each.
 * The cost is that of what differs. All of them are saved, or none. HEAD, the index and the files stay as they are.
 *
 * @returns One per variant, in their order.
 * @throws {@link NoCommitsError}, {@link InvalidExperimentNameError}, {@link ExperimentExistsError} when a name is taken
 *   or given twice; `InvalidTreePathError`, `IdentityMissingError`.
 */
export function saveVariants(
  project: Project,
  variants: readonly Variant[],
  options: SaveVariantsOptions = {},
): readonly SavedVariant[] {
  const { repo, root } = project;
  const baseline = repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(root);
  repo.requireSha1();
  const names = chooseNames(project, baseline, variants, options.random ?? Math.random);
  const index = new PrivateIndex(repo);
  try {
    index.stageTracked();
    const tree = index.writeTree();
    const commits = variants.map(({ files, message }, at): CommitToImport => ({
      ref: formatExperimentRef(baseline, names[at] ?? ""),
      ...{ parent: baseline, tree, files, message: message ?? defaultExperimentMessage() },
    }));
    const ids = importCommits(repo, commits);
    return commits.map(({ ref }, at) => ({ name: names[at] ?? "", ref, commit: ids[at] ?? "" }));
  } catch (error) {
    if (error instanceof RefChangedError) throw new ExperimentExistsError(nameOf(error.ref), baseline);
    throw error;
  } finally {
    index[Symbol.dispose]();
  }
}

function chooseNames(
  project: Project,
  baseline: string,
  variants: readonly Variant[],
  random: () => number,
): readonly string[] {
  const { here, everywhere } = readTakenNames(project.repo, baseline);
  const taken = new Set(everywhere);
  const given = new Set<string>();
  for (const { name } of variants) {
    if (name === undefined) continue;
    if (!isValidExperimentName(name)) throw new InvalidExperimentNameError(name);
    if (here.has(name) || given.has(name)) throw new ExperimentExistsError(name, baseline);
    given.add(name);
    taken.add(name);
  }
  return variants.map(({ name }) => {
    if (name !== undefined) return name;
    const words = suggestExperimentName(random);
    let drawn = words;
    for (let number = 2; taken.has(drawn); number += 1) drawn = `${words}-${number}`;
    taken.add(drawn);
    return drawn;
  });
}

function nameOf(ref: string | undefined): string {
  return ref?.split("/").at(-1) ?? "";
}
