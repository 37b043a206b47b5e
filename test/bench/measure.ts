/** A figure with its spread over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Middle, lowest and highest of some figures. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("a spread needs at least one value");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  return { median, min: sorted[0] ?? median, max: sorted.at(-1) ?? median };
}

/** Ratio of two measurements in each round: what the machine did at that moment touched both. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/**
 * Measures every variant once a round, in turn, and turns the order around in every other round so that none of them
 * always comes first.
 *
 * @param variants - What to measure, by name.
 * @returns One result per round for every variant, in order of rounds.
 */
export async function alternate<Name extends string, Result>(
  rounds: number,
  variants: Readonly<Record<Name, (round: number) => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(variants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      results[name].push(await variants[name](round));
    }
  }
  return results;
}

/** A ratio as people read it: `1.42 × (1.38–1.51)`. */
export function formatRatio({ median, min, max }: Spread): string {
  return `${formatFigure(median)} × (${formatFigure(min)}–${formatFigure(max)})`;
}

/** A quantity with its unit: `12.4 µs (11.9–14.0)`. */
export function formatQuantity({ median, min, max }: Spread, unit: string): string {
  return `${formatFigure(median)} ${unit} (${formatFigure(min)}–${formatFigure(max)})`;
}

/** Three digits that mean something. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value === 0 ? "0" : value.toPrecision(3);
}
