import type { LabelledExperiment, LabelledList } from "@waymark/experiments";
import type { Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";

/** Notes are cut so that a list stays one. */
const NOTE_WIDTH = 60;

/** Formats one experiment as DVC lists it, with its tags and the beginning of its note behind. */
export function formatListed(ui: Ui, { name, tip, tags, note }: LabelledExperiment): string {
  const words = [
    `\t${ui.style("yellow", tip.slice(0, 7))} [${toPrintable(name)}]`,
    ...tags.map((tag) => ui.style("cyan", `#${toPrintable(tag)}`)),
    ...(note === undefined ? [] : [ui.style("dim", toPrintable(firstLine(note)))]),
  ];
  return words.join("  ");
}

/** Formats lists as JSON. */
export function formatListJson(lists: readonly LabelledList[]): string {
  const entries = lists.map(({ baseline, baselineName, experiments }) => ({
    ...{ baseline, name: baselineName ?? null },
    experiments: experiments.map(({ name, tip, ref, tags, note }) => ({
      ...{ name, commit: tip, ref, tags, note: note ?? null },
    })),
  }));
  return JSON.stringify(entries, null, 2);
}

/** Cuts a note down to what fits in a row. */
export function firstLine(note: string): string {
  const [line = "", ...more] = note.split("\n");
  const isCut = line.length > NOTE_WIDTH || more.length > 0;
  return isCut ? `${line.slice(0, NOTE_WIDTH).trimEnd()}…` : line;
}
