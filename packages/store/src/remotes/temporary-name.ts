import { randomBytes } from "node:crypto";

/** Returns a name for a file that is being written, hidden, of the form DVC gives its own: it passes over them. */
export function temporaryName(): string {
  return `.${randomBytes(11).toString("base64url")}.tmp`;
}

/** Tells whether a name is that of a file that was being written. */
export function isTemporaryName(name: string): boolean {
  return /^\.[\w-]{10,}\.tmp$/.test(name);
}

/** Age from which a file that was being written belongs to a command that ended: nobody needs a day to write one. */
export const ABANDONED_MS = 24 * 3600 * 1000;
