/** Tells whether text has a UTF-8 form: a lone half of a surrogate pair has none. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
