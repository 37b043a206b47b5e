// The program behind `npm run bench`. It measures sections of the targets and writes what it found.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { formatRow, writeDocument } from "./document.ts";
import { removeFolders } from "./folders.ts";
import { addRecord, updateRecord } from "./history.ts";
import { type Machine, readMachine } from "./machine.ts";
import type { Row } from "./row.ts";
import type { Scale, Section } from "./section.ts";
import { checkpoint } from "./sections/checkpoint.ts";
import { command } from "./sections/command.ts";
import { data } from "./sections/data.ts";
import { experiments } from "./sections/experiments.ts";
import { logger } from "./sections/logger.ts";
import { run } from "./sections/run.ts";

const SECTIONS: readonly Section[] = [logger, checkpoint, experiments, run, command, data];
/** Ratios of a machine that does other things at the same time are printed, but are no record. */
const BUSY_SHARE = 0.15;

const HELP = `Usage: npm run bench -- [section...] [options]

Sections: ${SECTIONS.map(({ name }) => name).join(", ")} (default: all of them)

  --rounds <n>   rounds of every comparison (default: 5)
  --trial        a little of everything, to see that it runs; writes nothing
  --rows <ids>   print these rows only, such as L1,L8; nothing is written
  --update       with --rows: write them in place of those rows of the section's last record
  --files <n>    files of the data sets of many files (default: 100000); nothing is written
  --record       write docs/benchmarks.md even though the machine is busy, and say so there
  --help         this text`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    trial: { type: "boolean", default: false },
    rows: { type: "string" },
    update: { type: "boolean", default: false },
    files: { type: "string" },
    record: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
else process.exitCode = await main();

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !SECTIONS.some((section) => section.name === name));
  const rounds = Number(values.rounds);
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(
      `error: ${unknown.length > 0 ? `No section '${unknown.join("', '")}'` : "Rounds are a whole number above 0"}\n`,
    );
    process.stderr.write("hint: See `npm run bench -- --help`.\n");
    return 2;
  }
  const scale: Scale = {
    rounds: values.trial ? Math.min(rounds, 2) : rounds,
    isTrial: values.trial,
    rows: values.rows?.split(","),
    files: values.files === undefined ? undefined : Number(values.files),
  };
  const machine = await readMachine();
  process.stdout.write(`${machine.text}\n`);
  const chosen = SECTIONS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  try {
    let hasMissed = false;
    for (const section of chosen) {
      const rows = await measure(section, scale);
      hasMissed ||= rows.some(({ figures }) => figures.some(({ verdict }) => verdict === "missed"));
      if (isRecord(machine, scale)) record(section, machine, scale, rows);
    }
    return hasMissed && !values.trial ? 1 : 0;
  } finally {
    removeFolders();
  }
}

async function measure(section: Section, scale: Scale): Promise<readonly Row[]> {
  process.stdout.write(`\n${section.title}\n`);
  const wanted = values.rows?.split(",");
  const rows: Row[] = [];
  for await (const row of section.measure(scale)) {
    rows.push(row);
    if (wanted === undefined || wanted.includes(row.id)) process.stdout.write(`${formatRow(row)}\n`);
  }
  return rows.toSorted((a, b) => a.id.localeCompare(b.id));
}

function isRecord({ busyShare }: Machine, { isTrial, rounds, files }: Scale): boolean {
  const isPart = values.rows !== undefined && !values.update;
  if (isTrial || isPart || files !== undefined || rounds < 5) return false;
  if (busyShare <= BUSY_SHARE || values.record) return true;
  const share = Math.round(busyShare * 100);
  process.stderr.write(`The machine was ${share} % busy before the start: nothing is recorded.\n`);
  process.stderr.write(
    "hint: Measure again when it is idle, or pass --record to have it written down with that remark.\n",
  );
  return false;
}

function record(section: Section, machine: Machine, { rounds }: Scale, rows: readonly Row[]): void {
  const isBusy = machine.busyShare > BUSY_SHARE;
  const moment = { at: new Date().toISOString(), commit: readCommit() };
  const wanted = values.rows?.split(",");
  if (wanted !== undefined) {
    const measured = rows.filter(({ id }) => wanted.includes(id));
    const updated = measured.length === 0 ? undefined : updateRecord(section.name, measured, moment);
    if (updated !== undefined) writeDocument(SECTIONS, updated);
    return;
  }
  const records = addRecord({
    ...moment,
    machine: machine.text,
    ...(isBusy ? { caveat: "The machine did other work at the same time; measure again on an idle one." } : {}),
    ...{ rounds, section: section.name, rows },
  });
  writeDocument(SECTIONS, records);
}

function readCommit(): string {
  const cwd = import.meta.dirname;
  const git = (...args: readonly string[]): string =>
    execFileSync("git", [...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short", "HEAD") + (isChanged ? "+" : "");
  } catch {
    return "unknown";
  }
}
