import type { SeriesQuery, ServerMessage } from "../../protocol.ts";
import type { SeriesFrame } from "./frame.ts";

/** What the page knows about its connection. */
export type ConnectionStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Lost, and tried again at `retryAtMs`; both are `performance.now()` times. */
  | { readonly kind: "waiting"; readonly sinceMs: number; readonly retryAtMs: number }
  /** The server is there and refuses this page's token. */
  | { readonly kind: "denied" }
  /** The server speaks another version of the protocol: the page must be loaded again. */
  | { readonly kind: "incompatible"; readonly serverProtocol: number };

/** What arrives apart from series. */
export interface TransportEvents {
  status(status: ConnectionStatus): void;
  message(message: ServerMessage): void;
  /** Pictures and data files may be asked for: the exchange of the token for a cookie has ended, one way or the other. */
  mediaReady(): void;
}

/** Receives the frames of one subscription. */
export interface SeriesListener {
  /** @param acknowledge - To be called once the frame is on screen: the next one is sent after it. */
  frame(frame: SeriesFrame, acknowledge: () => void): void;
  error(message: string): void;
}

/** Receives the pieces of a console log. */
export interface LogListener {
  /** @param isReset - In place of all that came before; `skippedBytes` of the log then stand before it. */
  piece(text: string, isReset: boolean, skippedBytes: number): void;
  error(message: string): void;
}

/** Where the page's data comes from: a live server, or a file that carries it. */
export interface Transport {
  start(events: TransportEvents): void;
  /** @returns A function that ends the subscription. It is made again by itself whenever the connection returns. */
  subscribe(query: SeriesQuery, listener: SeriesListener): () => void;
  /** Follows the console log of a run. @returns A function that ends it; it is followed again when the connection returns. */
  followLog(run: string, listener: LogListener): () => void;
  setVisible(visible: boolean): void;
  /** Tries at once, if it is waiting. */
  retryNow(): void;
  /** Server time for a page time, both epoch milliseconds. */
  toServerMs(pageMs: number): number;
  /** What the page holds of the catalog, for the greeting after a reconnect. */
  setCursor(session: string | null, version: number): void;
  stop(): void;
}
