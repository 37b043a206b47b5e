import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/**
 * Returns what asks the user for a password or a passphrase without showing what is typed; `undefined` where nobody
 * is there to answer.
 */
export function secretAsker(): ((prompt: string) => Promise<string>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (prompt) => {
    process.stderr.write(prompt);
    const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input: process.stdin, output: silence, terminal: true });
    try {
      return await reader.question("");
    } finally {
      reader.close();
      process.stderr.write("\n");
    }
  };
}
