import { InvalidSweepError, SweepTooLargeError } from "../errors.ts";
import type { Element, GlobSweep, IntervalSweep, Sweep } from "../grammar/element.ts";
import { formatElement } from "../grammar/format-element.ts";
import { formatOverride, type Override, overrideKey, sweepOf } from "../override.ts";
import { drawIntervals } from "./draw-intervals.ts";
import { Random } from "./random.ts";
import { countRange, listRange } from "./range-values.ts";
import { matchesWildcard } from "./wildcard.ts";

/** Options of {@link expandSweep}. */
export interface SweepOptions {
  /** Values drawn from intervals, together: so many points for each combination of everything else. Default: none. */
  readonly trials?: number;
  /** Of all that is drawn or shuffled. Default 0. */
  readonly seed?: number;
  /** Default `quasi-random`. */
  readonly sampling?: "quasi-random" | "random";
  /** Most runs. Default 10,000. */
  readonly maxRuns?: number;
  /** Names of the configurations of a group, sorted, for `glob`; `undefined` for what is no group. Default: none is. */
  readonly listOptions?: (group: string) => readonly string[] | undefined;
}

const MAX_RUNS = 10_000;

/**
 * Spreads out overrides into one list per run, in the order of Hydra's sweeper: the last override varies fastest, a key
 * that is given again takes the place of its first. What is drawn from intervals varies where the first of them stands.
 *
 * @returns Overrides as Hydra writes them.
 * @throws {@link SweepTooLargeError} before anything is spread out; {@link InvalidSweepError}.
 */
export function expandSweep(
  overrides: readonly Override[],
  options: SweepOptions = {},
): readonly (readonly string[])[] {
  return expandSweeps(new Map([["", overrides]]), options).map((run) => run.get("") ?? []);
}

/** As {@link expandSweep} for the overrides of several files; those of the last file vary fastest. */
export function expandSweeps(
  files: ReadonlyMap<string, readonly Override[]>,
  options: SweepOptions = {},
): readonly ReadonlyMap<string, readonly string[]>[] {
  const settings = [...files].flatMap(([file, overrides]) => lastOfEachKey(file, overrides));
  refuseTooMany(settings, options);
  const axes = planAxes(settings, options);
  const limit = options.maxRuns ?? MAX_RUNS;
  const total = axes.reduce((product, { length }) => product * length, 1);
  if (total > limit) throw new SweepTooLargeError(total, limit);
  return Array.from({ length: total }, (_, run) => {
    const texts = new Map<Setting, string>();
    let rest = run;
    for (const axis of axes.toReversed()) {
      for (const [setting, text] of axis[rest % axis.length] ?? []) texts.set(setting, text);
      rest = Math.floor(rest / axis.length);
    }
    const ofFile = (file: string): string[] => {
      return settings.filter((setting) => setting.file === file).map((setting) => texts.get(setting) ?? "");
    };
    return new Map([...files.keys()].map((file) => [file, ofFile(file)]));
  });
}

/** One key of one file, with what it is set to. */
interface Setting {
  readonly file: string;
  readonly key: string;
  readonly override: Override;
  readonly sweep: Sweep | undefined;
}

/** What varies together: per step, the overrides it sets. */
type Axis = readonly (readonly (readonly [Setting, string])[])[];

function lastOfEachKey(file: string, overrides: readonly Override[]): Setting[] {
  const settings = new Map<string, Setting>();
  for (const override of overrides) {
    const key = overrideKey(override);
    settings.set(key, { file, key, override, sweep: sweepOf(override) });
  }
  return [...settings.values()];
}

/** Counts first: a range of a billion is refused, not listed. */
function refuseTooMany(settings: readonly Setting[], options: SweepOptions): void {
  const limit = options.maxRuns ?? MAX_RUNS;
  let runs = settings.some(({ sweep }) => sweep?.kind === "interval") ? (options.trials ?? 1) : 1;
  for (const { sweep } of settings) {
    if (sweep?.kind === "range") runs *= countRange(sweep);
    else if (sweep?.kind === "choice") runs *= sweep.items.length;
  }
  // Floats are counted within one.
  if (runs > limit * 1.01 + 1) throw new SweepTooLargeError(runs, limit);
}

function planAxes(settings: readonly Setting[], options: SweepOptions): Axis[] {
  const random = new Random(options.seed ?? 0);
  const drawn = settings.filter(({ sweep }) => sweep?.kind === "interval");
  return settings.flatMap((setting): Axis[] => {
    const { sweep, override, key } = setting;
    if (sweep === undefined) return [[[[setting, written(override, () => formatOverride(override))]]]];
    if (sweep.kind === "interval") return setting === drawn[0] ? [drawTogether(drawn, options)] : [];
    return [listValues(sweep, override, random, options).map((value) => [[setting, `${key}=${value}`]])];
  });
}

function listValues(
  sweep: Exclude<Sweep, IntervalSweep>,
  override: Override,
  random: Random,
  options: SweepOptions,
): string[] {
  if (sweep.kind === "glob") return listMatching(sweep, override, options);
  const items: readonly Element[] = sweep.kind === "choice" ? sweep.items : listRange(sweep);
  const ordered = sweep.isShuffled ? random.shuffle(items) : items;
  return written(override, () => ordered.map(formatElement));
}

/** Sweeps inside of other values are read, and never spread out. */
function written<T>(override: Override, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidSweepError(`'${override.text}' has ${error.message}`, "Sweep over whole values: key=[1,2],[3,4].");
  }
}

function listMatching({ include, exclude }: GlobSweep, override: Override, options: SweepOptions): string[] {
  const names = options.listOptions?.(override.key);
  if (names === undefined) {
    throw new InvalidSweepError(
      `'${override.text}' looks for options of the config group '${override.key}', and there is no such group`,
      "Groups are folders of the configuration that hydra.enabled composes.",
    );
  }
  const matches = (name: string, patterns: readonly string[]): boolean => {
    return patterns.some((pattern) => matchesWildcard(name, pattern));
  };
  const found = names.filter((name) => matches(name, include) && !matches(name, exclude));
  if (found.length > 0) return found.map(formatElement);
  throw new InvalidSweepError(`'${override.text}' matches none of ${names.join(", ") || "no options"}`);
}

function drawTogether(settings: readonly Setting[], options: SweepOptions): Axis {
  const { trials, seed = 0, sampling = "quasi-random" } = options;
  const typed = settings.map(({ override }) => `'${override.text}'`).join(" and ");
  if (trials === undefined) {
    throw new InvalidSweepError(`${typed} can be drawn from without end`, "Say how often with --trials N.");
  }
  if (!Number.isSafeInteger(trials) || trials < 1) {
    throw new InvalidSweepError(`${trials} is no number of trials`, "Give --trials a number from 1 on.");
  }
  const intervals = settings.map(({ sweep }) => sweep as IntervalSweep);
  return drawIntervals(intervals, { trials, seed, sampling }).map((values) => {
    return values.map((value, at) => {
      const setting = settings[at] as Setting;
      return [setting, `${setting.key}=${formatElement(value)}`] as const;
    });
  });
}
