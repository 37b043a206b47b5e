import { InvalidRefNameError } from "./errors.ts";
import { isWellFormed } from "./unicode.ts";

// oxlint-disable-next-line no-control-regex -- control characters are among what Git refuses
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$|(^|\/)\.|\.lock(\/|$)/;

/**
 * Tells whether Git accepts a full ref name (`git check-ref-format`), and it is safe as an argument.
 *
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export function isValidRefName(ref: string): boolean {
  if (ref === "HEAD") return true;
  if (!ref.startsWith("refs/") || ref === "refs/") return false;
  // Lone surrogates have no UTF-8 form: the file name would be another one than the name asked for.
  return !FORBIDDEN.test(ref) && isWellFormed(ref) && ref.split("/").every((part) => Buffer.byteLength(part) <= 250);
}

/** @throws {@link InvalidRefNameError} when `ref` is not a full, valid ref name. */
export function requireRefName(ref: string): void {
  if (!isValidRefName(ref)) throw new InvalidRefNameError(ref);
}
