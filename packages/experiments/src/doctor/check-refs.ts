import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "@waymark/core";
import { type GitRepository, listRefs, readObjectFacts, runGit } from "@waymark/git";
import { parseExperimentRef } from "../experiment-ref.ts";
import type { Check, Finding } from "./finding.ts";

/** More refs in files of their own than this make every listing slower. */
const MANY = 500;
/** What DVC keeps below `refs/exps/` beside experiments. */
const INTERNAL = /^refs\/exps\/(?:apply|celery|exec|temp)(?:\/|$)|^refs\/exps\/stash$/u;

/** Refs of experiments: that they name commits, that DVC can read them, and that they are packed. */
export const checkRefs: Check = async ({ project: { repo } }) => {
  const refs = await listRefs(repo, ["refs/exps"]);
  const experiments = refs.filter(({ name }) => parseExperimentRef(name) !== undefined);
  const facts = await readObjectFacts(
    repo,
    experiments.map(({ id }) => id),
  );
  const broken = experiments.filter((_, at) => facts[at]?.type !== "commit");
  const foreign = refs.filter(({ name }) => parseExperimentRef(name) === undefined && !INTERNAL.test(name));
  return [
    ...broken.map(({ name }): Finding => ({
      check: "broken-experiment",
      severity: "error",
      what: `The experiment '${parseExperimentRef(name)?.name ?? name}' names a commit that is not here.`,
      why: "Objects were lost, by a damaged disk or a clean-up with refs left out.",
      repair: `Pull it again: \`waymark exp pull REMOTE ${shellWord(parseExperimentRef(name)?.name ?? "")} --force\`, or remove it: git update-ref -d ${shellWord(name)}`,
    })),
    ...foreign.map(({ name }): Finding => ({
      check: "foreign-ref",
      severity: "note",
      what: `'${name}' is no experiment.`,
      why: "Another program put it below refs/exps/. Waymark passes over it; DVC's `exp list` and `exp push -A` fail on such refs.",
      repair: `If nobody needs it: git update-ref -d ${shellWord(name)}`,
    })),
    ...looseRefs(repo),
  ];
};

function looseRefs(repo: GitRepository): readonly Finding[] {
  if (existsSync(join(repo.commonDir, "reftable"))) return [];
  const count = ["exps", "waymark"].reduce((sum, name) => sum + countFiles(join(repo.commonDir, "refs", name)), 0);
  if (count < MANY) return [];
  return [
    {
      check: "loose-refs",
      severity: "note",
      what: `${count} refs of experiments have a file each.`,
      why: "Listings read every file. Packed, they are one file.",
      repair: "`git pack-refs --all` packs them; no ref changes.",
      fix: async () => void (await runGit(repo, ["pack-refs", "--all"])),
    },
  ];
}

function countFiles(folder: string): number {
  let count = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      count += entry.isDirectory() ? countFiles(join(folder, entry.name)) : 1;
    }
  } catch {
    // It went away meanwhile, or was never there.
  }
  return count;
}
