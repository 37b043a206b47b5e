import type { OutputStream } from "../../packages/cli/src/ui.ts";

/** A stream that keeps what is written to it. */
export interface CollectedOutput extends OutputStream {
  readonly text: () => string;
}

/** Makes a stream that keeps what is written, as a pipe or as a terminal would take it. */
export function collectOutput(terminal: { readonly isTTY?: boolean; readonly columns?: number } = {}): CollectedOutput {
  let text = "";
  return { ...terminal, write: (part) => (text += part), text: () => text };
}
