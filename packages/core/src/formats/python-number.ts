import { TrackerError } from "../errors.ts";

/** A number that is a float in every file, also when it is whole: `1.0`. */
export class FloatValue {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }
}

/** A number that is an integer in every file, of any size. */
export class IntValue {
  readonly value: number | bigint;

  constructor(value: number | bigint) {
    this.value = value;
  }

  valueOf(): number | bigint {
    return this.value;
  }

  toJSON(): number {
    return Number(this.value);
  }
}

/** A value was declared an integer but has a fraction or is not finite. */
export class NotAnIntegerError extends TrackerError {
  override readonly code = "NOT_AN_INTEGER";
  readonly value: number;

  constructor(value: number) {
    super(`${value} is not an integer`, { hint: "Use `float(value)`, or round the value first." });
    this.value = value;
  }
}

/** Marks a number as a float: JavaScript cannot tell 1 from 1.0, the files can. */
export function float(value: number): FloatValue {
  return new FloatValue(value);
}

/**
 * Marks a number as an integer.
 *
 * @throws {@link NotAnIntegerError} for a fraction or a non-finite number.
 */
export function int(value: number | bigint): IntValue {
  if (typeof value === "number" && !Number.isInteger(value)) throw new NotAnIntegerError(value);
  return new IntValue(typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(value) : value);
}

const EXPONENT = /^(-?)(\d)(?:\.(\d+))?e([+-])(\d+)$/;

/**
 * Formats a float the way Python's `repr` does: shortest digits that read back the same, always with a `.0` or an
 * exponent, exponents signed with at least two digits below 1e-4 and from 1e16 on; `nan`, `inf` and `-inf` as words.
 *
 * The digits are those of JavaScript; only the layout differs.
 */
export function formatPythonFloat(value: number): string {
  if (value !== value) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  const magnitude = value < 0 ? -value : value;
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    const text = `${value}`;
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const match = EXPONENT.exec(value.toExponential());
  if (match === null) return `${value}`;
  const [, sign = "", first = "", rest, exponentSign = "", exponent = ""] = match;
  const fraction = rest === undefined ? "" : `.${rest}`;
  return `${sign}${first}${fraction}e${exponentSign}${exponent.padStart(2, "0")}`;
}

/**
 * Formats any number of ours as Python would print it: a bigint, an {@link IntValue} and a whole JavaScript number as
 * an integer, everything else as a float.
 */
export function formatPythonNumber(value: number | bigint | FloatValue | IntValue): string {
  if (value instanceof FloatValue) return formatPythonFloat(value.value);
  if (value instanceof IntValue) return `${BigInt(value.value)}`;
  if (typeof value === "bigint") return `${value}`;
  if (Number.isInteger(value) && !Object.is(value, -0)) {
    return Number.isSafeInteger(value) ? `${value}` : `${BigInt(value)}`;
  }
  return formatPythonFloat(value);
}
