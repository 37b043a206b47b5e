import {
  PROTOCOL_VERSION,
  SOCKET_PATH,
  SUBPROTOCOL,
  type ClientMessage,
  type SeriesQuery,
  type ServerMessage,
} from "../../protocol.ts";
import { retryDelayMs } from "./backoff.ts";
import { ServerClock } from "./clock.ts";
import { decodeSeriesFrame } from "./frame.ts";
import { openSession, readToken, type SessionResult } from "./token.ts";
import type { ConnectionStatus, LogListener, SeriesListener, Transport, TransportEvents } from "./transport.ts";

/** Quiet for this long means the connection is dead even if no one said so. */
const SILENCE_MS = 25_000;
const PING_MS = 10_000;

interface ActiveSubscription {
  readonly query: SeriesQuery;
  readonly listener: SeriesListener;
}

interface FollowedLog {
  readonly run: string;
  readonly listener: LogListener;
}

/**
 * The live connection: one WebSocket that comes back by itself, with every subscription made again after each welcome.
 *
 *   idle ─▶ socket opening (and POST /session beside it) ─▶ hello ─▶ welcome ─▶ open
 *              ▲                      │ close, error, silence
 *              └──── wait (backoff) ◀─┘
 */
export class SocketTransport implements Transport {
  readonly #clock = new ServerClock();
  readonly #subscriptions = new Map<number, ActiveSubscription>();
  readonly #logs = new Map<number, FollowedLog>();
  readonly #openSession: () => Promise<SessionResult>;
  #events: TransportEvents | undefined;
  #socket: WebSocket | undefined;
  #nextId = 1;
  #attempt = 0;
  #lostAtMs: number | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #lastHeardMs = 0;
  #isWelcome = false;
  #isVisible = true;
  #isStopped = false;
  #session: string | null = null;
  #version = 0;

  constructor(open: () => Promise<SessionResult> = openSession) {
    this.#openSession = open;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    events.status({ kind: "connecting" });
    this.#connect();
  }

  subscribe(query: SeriesQuery, listener: SeriesListener): () => void {
    const subscription: ActiveSubscription = { query, listener };
    let id = this.#add(subscription);
    return () => {
      // A reconnect gives every subscription a new id.
      for (const [current, active] of this.#subscriptions) if (active === subscription) id = current;
      this.#subscriptions.delete(id);
      if (this.#isWelcome) this.#send({ type: "unsubscribe", id });
    };
  }

  followLog(run: string, listener: LogListener): () => void {
    const followed: FollowedLog = { run, listener };
    this.#addLog(followed);
    return () => {
      for (const [id, active] of this.#logs) {
        if (active !== followed) continue;
        this.#logs.delete(id);
        if (this.#isWelcome) this.#send({ type: "unsubscribe", id });
      }
    };
  }

  setVisible(visible: boolean): void {
    this.#isVisible = visible;
    if (this.#isWelcome) this.#send({ type: "visibility", visible });
    if (visible) this.retryNow();
  }

  retryNow(): void {
    if (this.#retryTimer === undefined) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#attempt = 0;
    this.#connect();
  }

  toServerMs(pageMs: number): number {
    return this.#clock.toServerMs(pageMs);
  }

  setCursor(session: string | null, version: number): void {
    this.#session = session;
    this.#version = version;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#heartbeat);
    this.#socket?.close(1000);
  }

  #add(subscription: ActiveSubscription): number {
    const id = this.#nextId++;
    this.#subscriptions.set(id, subscription);
    if (this.#isWelcome) this.#send({ type: "subscribe", id, query: subscription.query });
    return id;
  }

  #addLog(followed: FollowedLog): void {
    const id = this.#nextId++;
    this.#logs.set(id, followed);
    if (this.#isWelcome) this.#send({ type: "follow-log", id, run: followed.run });
  }

  #connect(): void {
    if (this.#isStopped) return;
    // The cookie is for pictures and data files. The socket brings the token itself and need not wait for it.
    const session = this.#openSession();
    void session.then(() => this.#events?.mediaReady());
    const token = readToken();
    const url = new URL(SOCKET_PATH, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, token === null ? [SUBPROTOCOL] : [SUBPROTOCOL, `token.${token}`]);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    let hasOpened = false;
    socket.addEventListener("open", () => {
      hasOpened = true;
      this.#lastHeardMs = performance.now();
      // The greeting comes before anything else.
      this.#send({ type: "hello", protocol: PROTOCOL_VERSION, session: this.#session, version: this.#version });
      this.#startHeartbeat(socket);
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => this.#receive(event.data));
    socket.addEventListener("close", () => {
      if (this.#socket === socket) void this.#closed(hasOpened, session);
    });
  }

  async #closed(hadOpened: boolean, session: Promise<SessionResult>): Promise<void> {
    this.#socket = undefined;
    this.#isWelcome = false;
    clearInterval(this.#heartbeat);
    if (this.#isStopped) return;
    // A refused upgrade says nothing to the page; a server that still answers plain requests is one that refuses.
    const isRefusal = !hadOpened && (await session) !== "unreachable";
    if (!this.#isStopped) this.#wait({ kind: isRefusal ? "denied" : "waiting" });
  }

  #wait({ kind }: { readonly kind: "waiting" | "denied" }): void {
    const now = performance.now();
    this.#lostAtMs ??= now;
    const delay = retryDelayMs(this.#attempt);
    this.#attempt++;
    const status: ConnectionStatus =
      kind === "denied" ? { kind } : { kind, sinceMs: this.#lostAtMs, retryAtMs: now + delay };
    this.#events?.status(status);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#connect();
    }, delay);
  }

  #startHeartbeat(socket: WebSocket): void {
    clearInterval(this.#heartbeat);
    this.#send({ type: "ping", sentMs: Date.now() });
    this.#heartbeat = setInterval(() => {
      // A sleeping machine wakes up with a long silence that only one unanswered ping can tell from a dead server.
      if (performance.now() - this.#lastHeardMs > SILENCE_MS) socket.close(4000, "silence");
      else this.#send({ type: "ping", sentMs: Date.now() });
    }, PING_MS);
  }

  #receive(data: unknown): void {
    this.#lastHeardMs = performance.now();
    if (data instanceof ArrayBuffer) {
      const frame = decodeSeriesFrame(data);
      const { id, seq } = frame.header;
      const acknowledge = (): void => {
        if (this.#isWelcome && this.#subscriptions.has(id)) this.#send({ type: "ack", id, seq });
      };
      this.#subscriptions.get(id)?.listener.frame(frame, acknowledge);
      return;
    }
    if (typeof data === "string") this.#dispatch(JSON.parse(data) as ServerMessage);
  }

  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        this.#welcome(message.protocol);
        break;
      case "pong":
        this.#clock.observe(message.sentMs, message.serverMs, Date.now());
        break;
      case "series-error":
        this.#subscriptions.get(message.id)?.listener.error(message.message);
        this.#logs.get(message.id)?.listener.error(message.message);
        break;
      case "log":
        this.#logs.get(message.id)?.listener.piece(message.text, message.isReset, message.skippedBytes);
        this.#send({ type: "ack", id: message.id, seq: message.seq });
        return;
      case "catalog":
      case "catalog-patch":
      case "error":
        break;
    }
    this.#events?.message(message);
  }

  #welcome(serverProtocol: number): void {
    if (serverProtocol !== PROTOCOL_VERSION) {
      this.#events?.status({ kind: "incompatible", serverProtocol });
      this.stop();
      return;
    }
    this.#attempt = 0;
    this.#lostAtMs = undefined;
    this.#isWelcome = true;
    this.#events?.status({ kind: "open" });
    if (!this.#isVisible) this.#send({ type: "visibility", visible: false });
    const again = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of again) this.#add(subscription);
    const logs = [...this.#logs.values()];
    this.#logs.clear();
    for (const followed of logs) this.#addLog(followed);
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
