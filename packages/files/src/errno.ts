/** Returns the `code` of a system error (`ENOENT`, `EEXIST`, ...), or `undefined` for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Tells whether `error` is a system error with one of `codes`. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  const code = errorCode(error);
  return code !== undefined && codes.includes(code);
}
