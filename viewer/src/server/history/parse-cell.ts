/** 10 ** 0 to 10 ** 22: the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const EXACT_INTEGERS = 2 ** 53;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Longer cells are text, never numbers: a megabyte of digits is not worth reading. */
const MAX_NUMBER_LENGTH = 400;

/** What writers of histories print for values that are not decimal numbers. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["NaN", Number.NaN],
  ["inf", Infinity],
  ["Infinity", Infinity],
  ["-inf", -Infinity],
  ["-Infinity", -Infinity],
  ["True", 1],
  ["true", 1],
  ["False", 0],
  ["false", 0],
]);

/**
 * Reads the cell `bytes[start..end)` as a number, correctly rounded, without making a string in the usual case.
 *
 * @returns The number (`NaN` for a logged `nan`), or `undefined` when the cell is text.
 */
export function parseCell(bytes: Buffer, start: number, end: number): number | undefined {
  let i = start;
  const isNegative = bytes[i] === 0x2d;
  if (isNegative) i++;
  let mantissa = 0;
  let scale = 0;
  let digits = 0;
  let isFraction = false;
  for (; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + (byte - 0x30);
      digits++;
      if (isFraction) scale++;
    } else if (byte === 0x2e && !isFraction) {
      isFraction = true;
    } else {
      return parseRareCell(bytes, start, end);
    }
  }
  // Both operands are exact below these limits, so that one division rounds correctly.
  if (digits === 0 || mantissa >= EXACT_INTEGERS || scale > 22) return parseRareCell(bytes, start, end);
  const value = scale === 0 ? mantissa : mantissa / (POWERS_OF_TEN[scale] ?? 1);
  return isNegative ? -value : value;
}

/** Exponents, 17 digits, words. */
function parseRareCell(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start > MAX_NUMBER_LENGTH) return undefined;
  const text = bytes.toString("latin1", start, end);
  if (DECIMAL.test(text)) return Number(text);
  return WORDS.get(text);
}
