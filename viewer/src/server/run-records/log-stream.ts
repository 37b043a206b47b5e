import type { ServerMessage } from "../../protocol.ts";
import type { LogTail } from "./log-tail.ts";

/** The log of one run on one page: what was sent of it, and whether the page has taken it in. */
export class LogStream {
  readonly #id: number;
  readonly #tail: LogTail;
  #seq = 0;
  #acknowledged = 0;

  constructor(id: number, tail: LogTail) {
    this.#id = id;
    this.#tail = tail;
  }

  /** @returns Whether a message was waiting for this. */
  acknowledge(seq: number): boolean {
    if (seq !== this.#seq || this.#acknowledged === seq) return false;
    this.#acknowledged = seq;
    return true;
  }

  /** Makes the next message; `undefined` when the page has everything, or has not taken in what it was sent. */
  next(): Extract<ServerMessage, { type: "log" }> | undefined {
    if (this.#acknowledged !== this.#seq) return undefined;
    const chunk = this.#tail.read();
    if (chunk === undefined) return undefined;
    this.#seq++;
    return { type: "log", id: this.#id, seq: this.#seq, ...chunk };
  }
}
