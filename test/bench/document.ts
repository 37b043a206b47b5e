import { fileURLToPath } from "node:url";
import { replaceFileSync } from "@waymark/files";
import type { BenchRecord } from "./history.ts";
import type { Figure, Row, Verdict } from "./row.ts";
import type { Section } from "./section.ts";

const PATH = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));
const MARKS: Readonly<Record<Verdict, string>> = { met: "met", missed: "**missed**", absent: "absent", note: "" };

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; \`npm run bench -- logger\` measures one section. Every figure is a ratio of two measurements
of the same run, or a count: absolute times move twofold on a shared machine and are for orientation only. What is
compared is measured in turn, round by round; shown is the median of the rounds with the lowest and the highest in
brackets. A folder is new in every round, and a logger that is not installed is absent, never guessed.
`;

/** Writes docs/benchmarks.md from the newest record of each section. */
export function writeDocument(sections: readonly Section[], records: readonly BenchRecord[]): void {
  const parts = sections.flatMap((section) => {
    const newest = records.findLast((record) => record.section === section.name);
    return newest === undefined ? [] : [formatSection(section, newest)];
  });
  replaceFileSync(PATH, [INTRODUCTION, ...parts].join("\n"));
}

function formatSection(section: Section, record: BenchRecord): string {
  const lines = [
    `## ${section.title}`,
    "",
    `\`npm run bench -- ${section.name}\`, ${record.rounds} rounds, ${record.at.slice(0, 10)}, commit \`${record.commit}\`.`,
    ...(record.updates ?? []).map(
      ({ at, commit, ids }) => `Measured again: ${ids.join(", ")}, ${at.slice(0, 10)}, commit \`${commit}\`.`,
    ),
    `Machine: ${record.machine}.`,
    ...(record.caveat === undefined ? [] : ["", `**${record.caveat}**`]),
    "",
    `Bare: ${section.bare}.`,
    "",
    ...formatTable(record.rows),
    "",
  ];
  return lines.join("\n");
}

function formatTable(rows: readonly Row[]): string[] {
  const cells = [
    ["Row", "Measured", "Target", "Figure", "Verdict"],
    ...rows.flatMap(({ id, work, figures }) => [
      [id, `_${work}_`, "", "", ""],
      ...figures.map(({ what, target, value, verdict }) => ["", what, target, value, MARKS[verdict]]),
    ]),
  ].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? "").length)));
  const format = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [format(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body.map(format)];
}

/** A row as it is printed while the next one is measured. */
export function formatRow({ id, work, figures }: Row): string {
  const shown = (figure: Figure): string => {
    const target = figure.target === "" ? "" : `  [${figure.target}]`;
    const verdict = figure.verdict === "note" ? "" : `  ${figure.verdict}`;
    return `    ${figure.what}: ${figure.value}${target}${verdict}`;
  };
  return [`${id}  ${work}`, ...figures.map(shown)].join("\n");
}
