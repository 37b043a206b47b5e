import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { note, ratioAtMost, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { output, runWorker, timeProgram } from "../worker.ts";
import { git, makeRepository } from "./repository.ts";

/**
 * Row E7: removing what a query finds, all of it kept for an undo. Half of the experiments go; what they hold was listed
 * before, as it is by whoever looks first.
 */
export async function measureRemove(scale: Scale): Promise<Row> {
  const removed = scaled(scale, 1000, 20);
  const source = makeRepository({ experiments: removed * 2 });
  // Params of the repository count up.
  const where = `params.seed < ${removed}`;
  const command = [process.execPath, BIN, "exp", "remove", "-A", "--where", where];
  await output([process.execPath, BIN, "exp", "list", "-A", "--where", where], { cwd: source });
  const list = join(newFolder(), "deletions");
  writeFileSync(list, formatDeletions(source, removed));
  const copy = (): string => {
    const cwd = join(newFolder(), "copy");
    cpSync(source, cwd, { recursive: true });
    return cwd;
  };
  const work = async (way: "waymark" | "plumbing"): Promise<number> => {
    const cwd = copy();
    const { ms } = await runWorker<{ readonly ms: number }>("removes.mjs", { way, where, list }, { cwd });
    const left = countRefs(cwd);
    if (left !== removed) throw new Error(`${left} experiments are left, not ${removed}`);
    return ms;
  };
  const times = await alternate(scale.rounds, {
    bare: async () => work("plumbing"),
    inside: async () => work("waymark"),
    whole: async () => timeProgram(command, copy()),
    undo: async () => {
      const cwd = copy();
      await output(command, { cwd });
      return timeProgram([process.execPath, BIN, "exp", "undo"], cwd);
    },
  });
  const ms = (values: readonly number[]): string => formatQuantity(spreadOf(values), "ms");
  const count = (number: number): string => number.toLocaleString("en-US");
  return {
    id: "E7",
    work: `\`exp remove --where …\` of ${count(removed)} experiments of ${count(removed * 2)}, kept for an undo; Node's start aside`,
    figures: [
      ratioAtMost("against one `update-ref --stdin` of the same refs", 2, ratiosOf(times.inside, times.bare)),
      note("finding and removing them", ms(times.inside)),
      note("`update-ref --stdin`", ms(times.bare)),
      note("the whole command", ms(times.whole)),
      note("`exp undo` of it, the whole command", ms(times.undo)),
    ],
  };
}

function formatDeletions(cwd: string, count: number): string {
  const refs = git(cwd, ["for-each-ref", `--count=${count}`, "--format=delete %(refname) %(objectname)", "refs/exps"]);
  return `${refs.trim()}\n`;
}

function countRefs(cwd: string): number {
  return git(cwd, ["for-each-ref", "--format=%(refname)", "refs/exps"]).trim().split("\n").length;
}
