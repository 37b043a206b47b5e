import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { BIN } from "../../support/cli.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, ratioAtLeast, ratioAtMost, type Figure, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { timeProgram } from "../worker.ts";
import { makeSmallFiles } from "./small-files.ts";

/** DVC takes minutes for what is measured here: its time for a file is taken from fewer, alternating with ours of as many. */
const PEER_FILES = 5000;

/** A way to do the work of a row: ours or a peer's. */
type Command = (...args: readonly string[]) => readonly string[];

const ours: Command = (...args) => [process.execPath, BIN, ...args];

/** Rows D1, D3 and D4: a folder of many small files. */
export async function* measureManyFiles(scale: Scale): AsyncIterable<Row> {
  const count = scale.files ?? scaled(scale, 100_000, 1000);
  const rounds = Math.min(scale.rounds, 3);
  if (isWanted(scale, "D1")) yield await measureAdd(count, rounds);
  if (isWanted(scale, "D3")) yield await measureStatus(count, rounds);
  if (isWanted(scale, "D4")) yield await measureCheckout(count, rounds);
}

/** Tells whether a row was asked for. */
export function isWanted({ rows }: Scale, id: string): boolean {
  return rows === undefined || rows.includes(id);
}

async function measureAdd(count: number, rounds: number): Promise<Row> {
  const add = async (files: number, command: Command, type: string): Promise<number> => {
    const cwd = await makeSmallFiles(files, type);
    const ms = await timeProgram(command("add", "-q", "data"), cwd);
    rmSync(cwd, { recursive: true });
    return ms;
  };
  const bare = async (copy: string): Promise<number> => {
    const cwd = await makeSmallFiles(count, "copy");
    const copyLine = `${copy} data copy && sync -f copy`;
    const ms = (await timeProgram(shell(HASH_ALL), cwd)) + (await timeProgram(shell(copyLine), cwd));
    rmSync(cwd, { recursive: true });
    return ms;
  };
  const { copied, bareCopied, linked, bareLinked } = await alternate(rounds, {
    copied: async () => add(count, ours, "copy"),
    bareCopied: async () => bare("cp -r"),
    linked: async () => add(count, ours, "hardlink"),
    bareLinked: async () => bare("cp -al"),
  });
  const peer = await againstPeer(count, rounds, 5, async (files, command) => add(files, command, "copy"));
  return {
    id: "D1",
    work: `\`add\` of ${count.toLocaleString("en-US")} files of 10 kB`,
    figures: [
      ratioAtMost("by copy, against `md5sum` on all cores, `cp -r` and `sync`", 2, ratiosOf(copied, bareCopied)),
      ratioAtMost("by hard links, against `md5sum` on all cores, `cp -al` and `sync`", 2, ratiosOf(linked, bareLinked)),
      peer,
      note("by copy", seconds(copied)),
      note("by hard links", seconds(linked)),
    ],
  };
}

async function measureStatus(count: number, rounds: number): Promise<Row> {
  const prepare = async (files: number, command: Command): Promise<string> => {
    const cwd = await makeSmallFiles(files, "copy");
    await timeProgram(command("add", "-q", "data"), cwd);
    // What was touched a moment ago is looked at once more.
    await timeProgram(command("status", "-q"), cwd);
    return cwd;
  };
  const cwd = await prepare(count, ours);
  const { status, find } = await alternate(rounds, {
    status: async () => timeProgram(ours("status"), cwd),
    find: async () => timeProgram(shell("find data -printf '%p %i %s %T@ %C@\\n' > ../listing"), cwd),
  });
  rmSync(cwd, { recursive: true });
  const peer = await againstPeer(count, rounds, 10, async (files, command) => {
    const folder = await prepare(files, command);
    const ms = await timeProgram(command("status"), folder);
    rmSync(folder, { recursive: true });
    return ms;
  });
  return {
    id: "D3",
    work: `\`status\` with ${count.toLocaleString("en-US")} unchanged tracked files`,
    figures: [
      ratioAtMost("against `find -printf`", 2, ratiosOf(status, find), "the start of the command included"),
      peer,
      note("`status`", seconds(status)),
    ],
  };
}

async function measureCheckout(count: number, rounds: number): Promise<Row> {
  const checkout = async (files: number, command: Command): Promise<number> => {
    const cwd = await makeSmallFiles(files, "hardlink");
    await timeProgram(command("add", "-q", "data"), cwd);
    rmSync(join(cwd, "data"), { recursive: true });
    const ms = await timeProgram(command("checkout", "-q"), cwd);
    rmSync(cwd, { recursive: true });
    return ms;
  };
  const { placed, bare } = await alternate(rounds, {
    placed: async () => checkout(count, ours),
    bare: async () => {
      const cwd = await makeSmallFiles(count, "copy");
      const ms = await timeProgram(["cp", "-al", "data", "copy"], cwd);
      rmSync(cwd, { recursive: true });
      return ms;
    },
  });
  const peer = await againstPeer(count, rounds, 5, checkout);
  return {
    id: "D4",
    work: `\`checkout\` of ${count.toLocaleString("en-US")} files by hard links, every object verified`,
    figures: [ratioAtMost("against `cp -al`", 2, ratiosOf(placed, bare)), peer, note("`checkout`", seconds(placed))],
  };
}

const HASH_ALL = `find data -type f -print0 | xargs -0 -n 500 -P ${availableParallelism()} md5sum > ../sums`;

function shell(line: string): readonly string[] {
  return ["/bin/sh", "-c", line];
}

/** The same work by DVC and by us, on as many files as DVC can be waited for. */
async function againstPeer(
  count: number,
  rounds: number,
  limit: number,
  work: (files: number, command: Command) => Promise<number>,
): Promise<Figure> {
  const files = Math.min(count, PEER_FILES);
  const what = `DVC against ours, ${files.toLocaleString("en-US")} files`;
  const dvc = dvcProgram();
  if (dvc === undefined) return absent(what, `≥ ${limit} ×`, "DVC is not installed");
  const { own, theirs } = await alternate(Math.min(rounds, 2), {
    own: async () => work(files, ours),
    theirs: async () => work(files, (...args) => [dvc, ...args]),
  });
  return ratioAtLeast(what, limit, ratiosOf(theirs, own));
}

function seconds(ms: readonly number[]): string {
  return formatQuantity(spreadOf(ms.map((value) => value / 1000)), "s");
}
