import { createInterface } from "node:readline/promises";
import type { Ui } from "./ui.ts";

/**
 * Asks a question that is answered by yes or no. Without a terminal nobody is there to answer, which is a no.
 *
 * @param question - A sentence with a question mark.
 */
export async function confirm(ui: Ui, question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    ui.note(`${question} Nobody is here to answer: pass \`--force\` to go on.`);
    return false;
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/iu.test((await reader.question(`${question} [y/n] `)).trim());
  } finally {
    reader.close();
  }
}
