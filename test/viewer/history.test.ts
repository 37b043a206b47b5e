import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { History, HistoryShelf } from "../../viewer/src/server/history/history.ts";
import { parseHistoryHeader } from "../../viewer/src/server/history/layout.ts";
import { parseCell } from "../../viewer/src/server/history/parse-cell.ts";
import { Series } from "../../viewer/src/server/history/series.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-history-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A history file with this content, and what follows it. */
function history(content: string, extension = "tsv"): { path: string; history: History; poll: () => boolean } {
  const path = join(folder, `${(count += 1)}.${extension}`);
  writeFileSync(path, content);
  const followed = new History("loss", path, new HistoryShelf());
  followed.retain();
  let now = 0;
  const poll = (): boolean => {
    let hasChanged = false;
    // Far enough apart that every look compares the path too.
    do hasChanged = followed.poll((now += 2000)) || hasChanged;
    while (followed.isBehind);
    return hasChanged;
  };
  poll();
  return { path, history: followed, poll };
}

const points = (series: Series): [number, number][] =>
  Array.from({ length: series.length }, (_, i) => [series.steps[i] ?? 0, series.values[i] ?? 0]);

describe("parseCell", () => {
  const parse = (text: string): number | undefined =>
    parseCell(Buffer.from(`x${text}\t`), 1, 1 + Buffer.byteLength(text));

  it("reads every number a logger writes exactly as JavaScript does", () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer().map(String),
      fc.bigInt().map(String),
    );
    fc.assert(
      fc.property(number, (text) => {
        expect(parse(text)).toBe(Number(text));
      }),
    );
  });

  it.each([
    ["0.3333333333333333", 1 / 3],
    ["1e-05", 1e-5],
    ["1e+16", 1e16],
    ["-0.0", -0],
    ["1e400", Infinity],
    [".5", 0.5],
    ["5.", 5],
    ["nan", Number.NaN],
    ["-inf", -Infinity],
    ["Infinity", Infinity],
    ["True", 1],
    ["False", 0],
  ])("reads %s", (text, value) => expect(parse(text)).toBe(value));

  it.each(["", "-", ".", "e5", "0x10", "1_000", "1 ", "--1", "1.2.3", "\0", "constructor", "٣"])(
    "takes %j for text",
    (text) => expect(parse(text)).toBeUndefined(),
  );

  it("does not read a megabyte of digits", () => {
    expect(parse("9".repeat(1_000_000))).toBeUndefined();
  });
});

describe("parseHistoryHeader", () => {
  it("knows the layouts of all ages", () => {
    expect(parseHistoryHeader("step\tloss", ".tsv")).toEqual({ separator: 9, step: 0, timestamp: -1, value: 1 });
    expect(parseHistoryHeader("timestamp\tstep\ttrain/loss\r", ".tsv")).toEqual({
      separator: 9,
      step: 1,
      timestamp: 0,
      value: 2,
    });
    expect(parseHistoryHeader("\uFEFFstep,acc", ".csv")).toEqual({ separator: 44, step: 0, timestamp: -1, value: 1 });
    expect(parseHistoryHeader("timestamp\tloss", ".tsv")).toEqual({ separator: 9, step: -1, timestamp: 0, value: 1 });
    expect(parseHistoryHeader('step\t"a\tb"', ".tsv")).toEqual({ separator: 9, step: 0, timestamp: -1, value: 1 });
    expect(parseHistoryHeader("step", ".tsv")).toBeUndefined();
  });
});

describe("History", () => {
  it("reads what is there, then only what is appended, and keeps a partial last row for later", () => {
    const { path, history: followed, poll } = history("step\tloss\n0\t1.5\n1\t1.2");
    expect(points(followed.series)).toEqual([[0, 1.5]]);
    appendFileSync(path, "5\n2\t");
    expect(poll()).toBe(true);
    expect(points(followed.series)).toEqual([
      [0, 1.5],
      [1, 1.25],
    ]);
    expect(poll()).toBe(false);
    appendFileSync(path, "nan\n");
    poll();
    expect(points(followed.series).at(-1)).toEqual([2, Number.NaN]);
    expect(followed.series.nonFinite).toEqual([2]);
    expect(followed.series.generation).toBe(1);
  });

  it("ends up with the same points however a file is cut into appends", () => {
    const rows = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 9 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
      ),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(rows, fc.array(fc.nat(700), { maxLength: 6 }), (data, cuts) => {
        const text = `step\tv\n${data.map(([gap, value], i) => `${i * 10 + gap}\t${value}\n`).join("")}`;
        const { path, history: followed, poll } = history("");
        const places = [...cuts.map((cut) => cut % (text.length + 1)), 0, text.length].toSorted((a, b) => a - b);
        for (const [i, place] of places.entries()) {
          appendFileSync(path, text.slice(places[i - 1] ?? 0, place));
          poll();
        }
        expect(points(followed.series)).toEqual(data.map(([gap, value], i) => [i * 10 + gap, value]));
        followed.close();
      }),
      { numRuns: 40 },
    );
  });

  it("starts over when the file is cut, replaced, or deleted and made again", () => {
    const { path, history: followed, poll } = history("step\tv\n0\t1\n1\t2\n2\t3\n");
    truncateSync(path, "step\tv\n0\t1\n".length);
    poll();
    expect(points(followed.series)).toEqual([[0, 1]]);
    writeFileSync(`${path}.new`, "step\tv\n7\t7\n8\t8\n9\t9\n");
    renameSync(`${path}.new`, path);
    poll();
    expect(points(followed.series).map(([step]) => step)).toEqual([7, 8, 9]);
    unlinkSync(path);
    poll();
    expect(followed.series.length).toBe(0);
    writeFileSync(path, "step\tv\n0\t0\n");
    poll();
    expect(points(followed.series)).toEqual([[0, 0]]);
  });

  it("notices a file that was cut and grew past its old size between two looks", () => {
    const { path, history: followed, poll } = history("step\tv\n0\t1\n1\t2\n2\t3\n");
    writeFileSync(path, "step\tv\n0\t9\n1\t8\n2\t7\n3\t6\n4\t5\n");
    poll();
    expect(points(followed.series)).toEqual([
      [0, 9],
      [1, 8],
      [2, 7],
      [3, 6],
      [4, 5],
    ]);
  });

  it("keeps the newest value of every step, and what a lower step superseded apart", () => {
    const { path, history: followed, poll } = history("step\tv\n0\t1\n1\t2\n1\t2.5\n2\t3\n3\t4\n");
    expect(points(followed.series)).toEqual([
      [0, 1],
      [1, 2.5],
      [2, 3],
      [3, 4],
    ]);
    expect(followed.series.rewoundSteps).toEqual([]);
    const cursor = followed.series.openCursor();
    cursor.kept = 4;
    appendFileSync(path, "2\t30\n3\t40\n");
    poll();
    expect(points(followed.series)).toEqual([
      [0, 1],
      [1, 2.5],
      [2, 30],
      [3, 40],
    ]);
    expect([followed.series.rewoundSteps, followed.series.rewoundValues]).toEqual([
      [2, 3],
      [3, 4],
    ]);
    expect(cursor.kept).toBe(2);
    expect(followed.series.rows).toBe(7);
  });

  it("reads timestamps, carriage returns, quoted names and text values", () => {
    const legacy = history('timestamp\tstep\t"a\tb"\r\n1000\t0\t1.0\r\n2000\t1\t2.0\r\n').history.series;
    expect([...legacy.times.subarray(0, legacy.length)]).toEqual([1000, 2000]);
    expect(points(legacy)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const text = history('step\tnote\n0\tgood\n1\t"a\n""b"""\n2\t3\n').history.series;
    expect(points(text)).toEqual([[2, 3]]);
    expect([text.rows, text.malformedRows]).toEqual([3, 0]);
  });

  it("numbers the rows of files without steps", () => {
    expect(points(history("loss\n3\n2\n1\n").history.series)).toEqual([
      [0, 3],
      [1, 2],
      [2, 1],
    ]);
  });

  it("leaves out what it cannot read, says how much, and goes on", () => {
    const bad = "step\tv\n0\t1\nx\t2\n\0\0\0\n1\n\xFF\t\xFE\n2\t3\n\n";
    const path = join(folder, "bad.tsv");
    writeFileSync(path, Buffer.from(bad, "latin1"));
    const followed = new History("bad", path, new HistoryShelf());
    followed.retain();
    expect(points(followed.series)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(followed.problem).toBe("4 rows cannot be read and are left out");
  });

  it("skips a row without an end, and reads on after it, without holding it in memory", () => {
    const { path, history: followed, poll } = history("step\tv\n0\t1\n");
    const noise = "9".repeat(1024 * 1024);
    for (let i = 0; i < 5; i++) appendFileSync(path, noise);
    poll();
    appendFileSync(path, "\n1\t2\n");
    poll();
    expect(points(followed.series)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(followed.series.malformedRows).toBe(1);
  });

  it("survives a million columns", () => {
    const wide = `${"c\t".repeat(1_000_000)}end`;
    const { history: followed } = history(`step\t${wide}\n0\t${"1\t".repeat(1_000_000)}2\n1\t5\n`);
    expect(followed.series.length).toBeLessThanOrEqual(2);
  });

  it("never waits for a named pipe and never follows a link", () => {
    const pipe = join(folder, "pipe.tsv");
    execFileSync("mkfifo", [pipe]);
    const link = join(folder, "link.tsv");
    symlinkSync("/etc/passwd", link);
    const problems = [pipe, link].map((path) => {
      const followed = new History("x", path, new HistoryShelf());
      followed.retain();
      expect(followed.series.rows).toBe(0);
      return followed.problem;
    });
    expect(problems).toEqual([undefined, "cannot be read (ELOOP)"]);
  });

  it("only counts the rows that nobody draws, and has the points when somebody does", () => {
    const path = join(folder, "counted.tsv");
    writeFileSync(path, "step\tv\n0\t1\n1\t2\n");
    const shelf = new HistoryShelf(0);
    const followed = new History("v", path, shelf);
    followed.poll(0);
    expect(followed.summary).toEqual({ rows: 2, last: 2, lastStep: 1, hasTimestamps: false });
    expect([followed.series.length, followed.series.sizeBytes]).toEqual([0, 0]);
    followed.retain();
    expect(points(followed.series)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    followed.release();
    expect(followed.series.sizeBytes).toBe(0);
    appendFileSync(path, "2\t3\n");
    followed.poll(1);
    expect(followed.summary).toMatchObject({ rows: 3, last: 3, lastStep: 2 });
  });
});

describe("Series", () => {
  it("never lets time run backwards, and holds no time column where nothing was timed", () => {
    const series = new Series();
    series.row(0, 1, Number.NaN);
    expect(series.times.length).toBe(0);
    series.row(1, 1, 5000);
    series.row(2, 1, 4000);
    series.row(3, 1, Number.NaN);
    expect([...series.times.subarray(0, 4)]).toEqual([Number.NaN, 5000, 5000, Number.NaN]);
  });
});
