import type { CommandOption } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";

/** Decimals of floats in tables, as in DVC. */
const DEFAULT_DECIMALS = 5;

/** The option that says how floats are rounded in tables; JSON has all digits. */
export const PRECISION_OPTION: CommandOption = {
  flags: "--precision <n>",
  description: "round to so many digits after the decimal point (default: 5)",
  parse: (text) => {
    if (!/^\d{1,3}$/u.test(text)) throw new UsageError("Expected a number from 0 to 999.");
    return Number(text);
  },
};

/** Returns the decimals to round to; zero is the default, as in DVC. */
export function toDecimals(precision: number | undefined): number {
  return precision === undefined || precision === 0 ? DEFAULT_DECIMALS : precision;
}
