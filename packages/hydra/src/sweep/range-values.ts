import { FloatValue } from "@waymark/core";
import { InvalidSweepError } from "../errors.ts";
import type { ElementNumber, RangeSweep } from "../grammar/element.ts";
import { numberOf } from "../values.ts";
import { addDecimals, compareDecimals, decimalOf, decimalToNumber } from "./decimal.ts";

/**
 * Counts the numbers of a range; of floats about, within one.
 *
 * @returns `Infinity` for a range without end.
 * @throws {@link InvalidSweepError} for a step of zero and for NaN.
 */
export function countRange(range: RangeSweep): number {
  const [start, stop, step] = endsOf(range).map(Number) as [number, number, number];
  if (step === 0 || [start, stop, step].some(Number.isNaN) || !Number.isFinite(start)) {
    throw new InvalidSweepError(
      `range(${start},${stop},${step}) cannot be counted through`,
      "Give it a step other than 0.",
    );
  }
  const count = Math.ceil((stop - start) / step);
  return Number.isNaN(count) ? 1 : Math.max(0, count);
}

/**
 * Lists the numbers of a range: integers when all three parts are, else floats that were added up as Python's decimals
 * are, which is what Hydra does: `range(0,1,0.1)` ends at 0.9.
 */
export function listRange(range: RangeSweep): ElementNumber[] {
  countRange(range);
  const isWhole = [range.start, range.stop, range.step].every((part) => !(part instanceof FloatValue));
  return isWhole ? listIntegers(endsOf(range).map(BigInt) as [bigint, bigint, bigint]) : listFloats(range);
}

function listIntegers([start, stop, step]: readonly [bigint, bigint, bigint]): ElementNumber[] {
  const values: ElementNumber[] = [];
  for (let at = start; step > 0n ? at < stop : at > stop; at += step) {
    values.push(Number.isSafeInteger(Number(at)) ? Number(at) : at);
  }
  return values;
}

function listFloats(range: RangeSweep): ElementNumber[] {
  const [first, last, by] = endsOf(range);
  if (!Number.isFinite(Number(by))) return [new FloatValue(Number(first))];
  if (!Number.isFinite(Number(last))) return [];
  const [stop, step] = [decimalOf(last), decimalOf(by)];
  const values: ElementNumber[] = [];
  for (let at = decimalOf(first); (step.coefficient > 0n ? -1 : 1) === compareDecimals(at, stop);) {
    // The first is what was given: decimals here know no negative zero.
    values.push(new FloatValue(values.length === 0 ? Number(first) : decimalToNumber(at)));
    at = addDecimals(at, step);
  }
  return values;
}

function endsOf({ start, stop, step }: RangeSweep): [number | bigint, number | bigint, number | bigint] {
  return [numberOf(start) ?? 0, numberOf(stop) ?? 0, numberOf(step) ?? 1];
}
