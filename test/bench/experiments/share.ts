import { cpSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, type Figure, note, ratioAtLeast, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { runWorker, timeProgram } from "../worker.ts";
import { git, makeRepository } from "./repository.ts";

const ALL = "refs/exps/*:refs/exps/*";

/** Row E6: pushing and pulling many experiments over a bare repository on this machine. */
export async function measureShare(scale: Scale): Promise<Row> {
  const experiments = scaled(scale, 1000, 20);
  const places = makePlaces(experiments);
  const dvc = dvcProgram();
  const figures: Figure[] = [];
  for (const verb of ["push", "pull"] as const) {
    const start = (): string => copyPlaces(places, verb);
    const cwd = (folder: string): string => join(folder, verb === "push" ? "source" : "clone");
    const checked = (folder: string): void =>
      checkArrived(join(folder, verb === "push" ? "hub.git" : "clone"), experiments);
    const program = async (command: readonly string[]): Promise<number> => {
      const folder = start();
      const ms = await timeProgram(command, cwd(folder));
      checked(folder);
      return ms;
    };
    const plumbing = ["git", verb === "push" ? "push" : "fetch", "-q", "../hub.git", ALL];
    const { bare, inside, whole, theirs } = await alternate(scale.rounds, {
      bare: async () => program(plumbing),
      inside: async () => {
        const folder = start();
        const { ms } = await runWorker<{ readonly ms: number }>("shares.mjs", { verb }, { cwd: cwd(folder) });
        checked(folder);
        return ms;
      },
      whole: async () => program([process.execPath, BIN, "exp", verb, "../hub.git", "-A"]),
      theirs: async () =>
        dvc === undefined ? Number.NaN : program([dvc, "exp", verb, "../hub.git", "-A", "--no-cache"]),
    });
    const name = verb === "push" ? "git push" : "git fetch";
    figures.push(ratioAtMost(`${verb}, against one \`${name}\` of the same refs`, 1.5, ratiosOf(inside, bare)));
    figures.push(
      dvc === undefined
        ? absent(`\`dvc exp ${verb}\` against the whole command`, "≥ 5 ×", "DVC is not installed")
        : ratioAtLeast(`\`dvc exp ${verb}\` against the whole command`, 5, ratiosOf(theirs, whole)),
    );
    figures.push(note(verb, formatQuantity(spreadOf(inside), "ms")));
    figures.push(note(`${verb}, the whole command`, formatQuantity(spreadOf(whole), "ms")));
    figures.push(note(`\`${name}\``, formatQuantity(spreadOf(bare), "ms")));
  }
  const count = experiments.toLocaleString("en-US");
  return {
    id: "E6",
    work: `push and pull of ${count} experiments over a bare repository here; Node's start aside`,
    figures,
  };
}

interface Places {
  /** Has the experiments. */
  readonly source: string;
  /** A bare repository with the branch alone, and a clone of it. */
  readonly empty: string;
  readonly clone: string;
  /** A bare repository with the experiments. */
  readonly full: string;
}

function makePlaces(experiments: number): Places {
  const source = makeRepository({ experiments });
  const folder = newFolder();
  const [empty, clone, full] = [join(folder, "empty.git"), join(folder, "clone"), join(folder, "full.git")];
  git(folder, ["init", "-q", "--bare", "-b", "main", empty]);
  git(source, ["push", "-q", empty, "main"]);
  git(folder, ["clone", "-q", "--no-hardlinks", empty, clone]);
  cpSync(empty, full, { recursive: true });
  git(source, ["push", "-q", full, ALL]);
  return { source, empty, clone, full };
}

function copyPlaces({ source, empty, clone, full }: Places, verb: "push" | "pull"): string {
  const folder = newFolder();
  if (verb === "push") cpSync(source, join(folder, "source"), { recursive: true });
  else cpSync(clone, join(folder, "clone"), { recursive: true });
  cpSync(verb === "push" ? empty : full, join(folder, "hub.git"), { recursive: true });
  return folder;
}

function checkArrived(repository: string, experiments: number): void {
  const refs = git(repository, ["for-each-ref", "--format=%(refname)", "refs/exps"]).trim().split("\n");
  const arrived = refs.filter((ref) => /^refs\/exps\/[0-9a-f]{2}\//u.test(ref)).length;
  if (arrived !== experiments) throw new Error(`${arrived} of ${experiments} experiments arrived`);
}
