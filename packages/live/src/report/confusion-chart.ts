import { type ChartPlace, drawText, round, WIDTH, wrapChart } from "./svg.ts";

/** Samples counted by what they are and what they were taken for. */
export interface ConfusionCounts {
  readonly classes: readonly string[];
  /** `counts[actual][predicted]`, by index into `classes`. */
  readonly counts: readonly (readonly number[])[];
}

/** Beyond this many classes a cell is smaller than anyone can see. */
const MAX_CLASSES = 80;
const LEFT = 76;
const TOP = 72;

/** Counts the samples of a confusion matrix; classes are ordered by name, numbers by value. */
export function countConfusion(samples: readonly (readonly [actual: string, predicted: string])[]): ConfusionCounts {
  const order = new Intl.Collator("en", { numeric: true });
  const classes = [...new Set(samples.flat())].toSorted((a, b) => order.compare(a, b));
  const places = new Map(classes.map((name, index) => [name, index]));
  const counts = classes.map(() => classes.map(() => 0));
  for (const [actual, predicted] of samples) {
    const row = counts[places.get(actual) ?? -1];
    const column = places.get(predicted) ?? -1;
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  return { classes, counts };
}

/** Draws a confusion matrix as an SVG element: a row per true class, shaded by the share of its samples. */
export function drawConfusionChart(
  { classes, counts }: ConfusionCounts,
  options: { readonly title: string; readonly isNormalized: boolean },
  place: ChartPlace,
): string {
  const { title, isNormalized } = options;
  if (classes.length === 0 || classes.length > MAX_CLASSES) {
    const note = classes.length === 0 ? "no samples" : `${classes.length} classes are too many to draw`;
    return wrapChart(title, 90, [drawText(note, WIDTH / 2, 60, { anchor: "middle" })], place);
  }
  const cell = Math.min(40, (WIDTH - LEFT - 14) / classes.length);
  const parts = [
    drawText("predicted", LEFT, TOP - 26),
    drawText("actual", LEFT - 8, TOP - 8, { anchor: "end" }),
    ...drawNames(classes, cell),
  ];
  counts.forEach((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    row.forEach((count, predicted) => {
      const share = total === 0 ? 0 : count / total;
      const text = isNormalized ? formatShare(share) : String(count);
      parts.push(drawCell(LEFT + predicted * cell, TOP + actual * cell, cell, share, count === 0 ? "" : text));
    });
  });
  return wrapChart(title, round(TOP + classes.length * cell + 14), parts, place);
}

function drawNames(classes: readonly string[], cell: number): string[] {
  const every = Math.ceil(12 / cell);
  const limit = Math.max(2, Math.floor(cell / 6));
  return classes.flatMap((name, index) => {
    if (index % every !== 0) return [];
    const middle = (index + 0.5) * cell;
    return [
      drawText(name, LEFT - 8, TOP + middle + 4, { className: "wm-ink", anchor: "end", limit: 10 }),
      drawText(name, LEFT + middle, TOP - 8, {
        className: "wm-ink",
        anchor: "middle",
        limit: Math.min(8, limit * every),
      }),
    ];
  });
}

function drawCell(x: number, y: number, size: number, share: number, text: string): string {
  const side = round(size - 1);
  const shade =
    share === 0 ? `fill="var(--line)" fill-opacity=".4"` : `fill="#058dfa" fill-opacity="${round(share * 9 + 1) / 10}"`;
  const rect = `<rect x="${round(x)}" y="${round(y)}" width="${side}" height="${side}" rx="2" ${shade}/>`;
  const fontSize = Math.min(11, (size * 1.5) / Math.max(2, text.length));
  if (text === "" || fontSize < 6) return rect;
  const ink = share > 0.5 ? ` style="fill:#fff"` : "";
  const attributes = `font-size="${round(fontSize)}"${ink}`;
  return (
    rect +
    drawText(text, x + size / 2, y + size / 2 + fontSize * 0.36, { className: "wm-ink", anchor: "middle", attributes })
  );
}

function formatShare(share: number): string {
  return share === 1 ? "1" : share.toFixed(2).replace(/^0/, "");
}
