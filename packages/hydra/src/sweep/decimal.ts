/** A decimal number: `coefficient` times ten to the power of `exponent`. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Digits that Python keeps when it adds decimals. */
const PRECISION = 28;

/** Takes over a finite number exactly, with all the digits its binary form has. */
export function decimalOf(value: number | bigint): Decimal {
  if (typeof value === "bigint") return { coefficient: value, exponent: 0 };
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0] ?? 0n;
  const stored = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = stored === 0 ? fraction : fraction | (1n << 52n);
  const power = (stored === 0 ? 1 : stored) - 1075;
  const signed = value < 0 ? -mantissa : mantissa;
  if (power >= 0) return { coefficient: signed << BigInt(power), exponent: 0 };
  return { coefficient: signed * 5n ** BigInt(-power), exponent: power };
}

/** Adds as Python's decimals do: exactly, then rounded to 28 digits, halves to even. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return round({ coefficient: scaled(a, exponent) + scaled(b, exponent), exponent });
}

/** Negative when `a` is less than `b`, 0 when they are equal. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const [left, right] = [scaled(a, exponent), scaled(b, exponent)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The float nearest to a decimal. */
export function decimalToNumber({ coefficient, exponent }: Decimal): number {
  return Number(`${coefficient}e${exponent}`);
}

function scaled({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient * 10n ** BigInt(exponent - to);
}

function round({ coefficient, exponent }: Decimal): Decimal {
  const magnitude = coefficient < 0n ? -coefficient : coefficient;
  const excess = `${magnitude}`.length - PRECISION;
  if (excess <= 0) return { coefficient, exponent };
  const unit = 10n ** BigInt(excess);
  const [whole, rest] = [magnitude / unit, magnitude % unit];
  const isUp = rest * 2n > unit || (rest * 2n === unit && whole % 2n === 1n);
  const rounded = isUp ? whole + 1n : whole;
  return { coefficient: coefficient < 0n ? -rounded : rounded, exponent: exponent + excess };
}
