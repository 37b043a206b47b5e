import { appendFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { JOURNAL } from "./completion.ts";
import { readJournal } from "./journal.ts";
import { type Marks, readMarks } from "./marks.ts";

/**
 * Brings the rows of a killed process from its journal into the histories, up to and including `step`: cuts each
 * history to where the journal starts from, then appends. Doing it twice gives the same.
 *
 * @returns The marks of `step`, or `undefined` when the journal does not reach it.
 */
export function replayJournal(runFolder: string, historiesFolder: string, step: number): Marks | undefined {
  const marks = readMarks(runFolder);
  if (marks === undefined) return undefined;
  const entries = readJournal(join(runFolder, JOURNAL), marks.sequence);
  const last = entries.findLastIndex((entry) => entry.step === step);
  if (last === -1) return undefined;
  const added = new Map<string, string>();
  for (const { rows } of entries.slice(0, last + 1)) {
    for (const one of rows) {
      const name = marks.names[one.index];
      if (name !== undefined) added.set(name, (added.get(name) ?? "") + one.rows);
    }
  }
  const sizes = new Map(marks.sizes);
  for (const [name, rows] of added) {
    const path = join(historiesFolder, name);
    const start = marks.sizes.get(name) ?? 0;
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < start) continue;
    truncateSync(path, start);
    appendFileSync(path, rows);
    sizes.set(name, start + Buffer.byteLength(rows));
  }
  return { step, sizes };
}
