import { performance } from "node:perf_hooks";
import type { WebSocket } from "ws";
import { PROTOCOL_VERSION, type ServerMessage } from "../../protocol.ts";
import type { Catalog } from "../catalog.ts";
import { LogStream } from "../run-records/log-stream.ts";
import type { LogTail } from "../run-records/log-tail.ts";
import type { FindSource } from "../stream/source.ts";
import { Subscription } from "../stream/subscription.ts";
import { parseClientMessage } from "./parse-message.ts";

/** What one page's connection serves. */
export interface PageBackend {
  readonly catalog: Catalog;
  readonly findSource: FindSource;
  /** Opens the console log of a run; `undefined` for one that has none. */
  readonly openLog: (run: string) => LogTail | undefined;
  /** What the greeting says. */
  readonly welcome: () => Extract<ServerMessage, { type: "welcome" }>;
}

/** A frame follows the event that caused it this soon: a step's other histories are read meanwhile. */
const LEAD_MS = 4;
/** Two frames of one chart are at least this far apart: the more charts, the longer, for a page draws them all. */
const FRAME_GAP = { leastMs: 80, mostMs: 250, charts: 12 };
const CATALOG_GAP_MS = { visible: 200, hidden: 1000 };
/** A page that does not greet in time, or is not heard of for so long, is gone. */
const GREETING_MS = 10_000;
const PING_MS = 10_000;
const SILENCE_MS = 25_000;
/** Making frames gives way to everything else after this long. */
const WORK_MS = 12;
/** Nothing more is sent while this much waits to go out. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const MAX_SUBSCRIPTIONS = 500;
const MAX_LOGS = 8;
/** How often logs are looked at while somebody reads them. */
const LOG_MS = 150;
/** Messages per second a page may send, on average and at once: scrolling a long board makes many. */
const MESSAGES = { perSecond: 500, atOnce: 2000 };

/** Close codes, of RFC 6455 and our own. */
const CLOSE = { policy: 1008, unsupported: 1003, protocol: 4000 } as const;

/** One page: what it shows, what it was sent, and how fast it takes it in. */
export class PageConnection {
  readonly #socket: WebSocket;
  readonly #backend: PageBackend;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #logs = new Map<number, LogStream>();
  #logTimer: NodeJS.Timeout | undefined;
  #isGreeted = false;
  #isVisible = true;
  #catalogVersion: number | undefined;
  #catalogAt = -Infinity;
  #heardAt = performance.now();
  #allowance = MESSAGES.atOnce;
  #allowanceAt = performance.now();
  #flushAt = Infinity;
  #flushTimer: NodeJS.Timeout | undefined;
  readonly #pinger: NodeJS.Timeout;
  readonly #greetingTimer: NodeJS.Timeout;

  constructor(socket: WebSocket, backend: PageBackend, onClose: () => void) {
    this.#socket = socket;
    this.#backend = backend;
    socket.on("message", (data, isBinary) => this.#onFrame(data, isBinary));
    socket.on("pong", () => this.#hear());
    socket.on("ping", () => this.#hear());
    // A broken frame: ws closes the connection with the right code by itself.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#end();
      onClose();
    });
    this.#pinger = setInterval(() => this.#checkSilence(), PING_MS);
    this.#pinger.unref();
    this.#greetingTimer = setTimeout(() => socket.close(CLOSE.policy, "no greeting"), GREETING_MS);
    this.#greetingTimer.unref();
  }

  /** Says that points of a run changed. */
  notePoints(run: string): void {
    for (const subscription of this.#subscriptions.values()) subscription.touch(run);
    this.#flushIn(LEAD_MS);
  }

  /** Says that the catalog changed: lines of runs that came or went are looked up again. */
  noteCatalog(run: string): void {
    this.notePoints(run);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends the connection without the courtesy of a closing handshake. */
  terminate(): void {
    this.#socket.terminate();
  }

  #end(): void {
    clearInterval(this.#pinger);
    clearTimeout(this.#greetingTimer);
    clearTimeout(this.#flushTimer);
    clearInterval(this.#logTimer);
    this.#logs.clear();
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  #hear(): void {
    this.#heardAt = performance.now();
  }

  #checkSilence(): void {
    if (performance.now() - this.#heardAt > SILENCE_MS) this.terminate();
    else this.#socket.ping();
  }

  #onFrame(data: WebSocket.RawData, isBinary: boolean): void {
    this.#hear();
    if (!this.#mayTalk()) return this.close(CLOSE.policy, "too many messages");
    if (isBinary || !Buffer.isBuffer(data)) return this.close(CLOSE.unsupported, "text frames only");
    const message = parseClientMessage(data.toString("utf8"));
    if (message === undefined) return this.#send({ type: "error", message: "A message was not understood." });
    if (message.type === "hello") return this.#greet(message);
    if (!this.#isGreeted) return this.close(CLOSE.policy, "no greeting");
    switch (message.type) {
      case "subscribe":
        return this.#subscribe(message);
      case "refused":
        return this.#send({ type: "series-error", id: message.id, message: message.message });
      case "follow-log":
        return this.#followLog(message);
      case "unsubscribe":
        this.#logs.delete(message.id);
        if (this.#logs.size === 0) clearInterval(this.#logTimer);
        this.#subscriptions.get(message.id)?.close();
        this.#subscriptions.delete(message.id);
        return;
      case "ack":
        if (this.#logs.get(message.id)?.acknowledge(message.seq) === true) {
          this.#allowance++;
          return this.#sendLogs();
        }
        // Frames that were sent are answered at their own pace, which is not the page's to choose.
        if (this.#subscriptions.get(message.id)?.acknowledge(message.seq) === true) this.#allowance++;
        return this.#flushIn(0);
      case "visibility":
        this.#isVisible = message.visible;
        return this.#flushIn(0);
      case "ping":
        return this.#send({ type: "pong", sentMs: message.sentMs, serverMs: Date.now() });
    }
  }

  #mayTalk(): boolean {
    const now = performance.now();
    const earned = ((now - this.#allowanceAt) / 1000) * MESSAGES.perSecond;
    this.#allowanceAt = now;
    this.#allowance = Math.min(MESSAGES.atOnce, this.#allowance + earned) - 1;
    return this.#allowance > 0;
  }

  #greet(hello: { readonly protocol: number; readonly session: string | null; readonly version: number }): void {
    if (hello.protocol !== PROTOCOL_VERSION)
      return this.close(CLOSE.protocol, `protocol ${PROTOCOL_VERSION} is spoken here`);
    clearTimeout(this.#greetingTimer);
    this.#isGreeted = true;
    const welcome = this.#backend.welcome();
    this.#send(welcome);
    this.#catalogVersion = hello.session === welcome.session ? hello.version : undefined;
    this.#sendCatalog(performance.now(), true);
  }

  #subscribe({
    id,
    query,
  }: {
    readonly id: number;
    readonly query: ConstructorParameters<typeof Subscription>[1];
  }): void {
    this.#subscriptions.get(id)?.close();
    if (!this.#subscriptions.has(id) && this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      return this.#send({ type: "series-error", id, message: `More than ${MAX_SUBSCRIPTIONS} charts at once.` });
    }
    this.#subscriptions.set(id, new Subscription(id, query));
    this.#flushIn(0);
  }

  #followLog({ id, run }: { readonly id: number; readonly run: string }): void {
    const tail = this.#logs.size < MAX_LOGS ? this.#backend.openLog(run) : undefined;
    if (tail === undefined) return this.#send({ type: "series-error", id, message: "This run has no console log." });
    this.#logs.set(id, new LogStream(id, tail));
    clearInterval(this.#logTimer);
    this.#logTimer = setInterval(() => this.#sendLogs(), LOG_MS);
    this.#logTimer.unref();
    this.#sendLogs();
  }

  #sendLogs(): void {
    if (!this.#isVisible || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    for (const stream of this.#logs.values()) {
      const message = stream.next();
      if (message !== undefined) this.#send(message);
    }
  }

  #send(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends what is ready after `delayMs`, unless that is to happen sooner anyway. */
  #flushIn(delayMs: number): void {
    const now = performance.now();
    if (!this.#isGreeted || now + delayMs >= this.#flushAt) return;
    clearTimeout(this.#flushTimer);
    this.#flushAt = now + delayMs;
    this.#flushTimer = setTimeout(() => this.#flush(), delayMs);
    this.#flushTimer.unref();
  }

  #flush(): void {
    this.#flushAt = Infinity;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const now = performance.now();
    // A page that cannot keep up gets less often what is then newer; nothing piles up for it.
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) return this.#flushIn(250);
    this.#sendCatalog(now, false);
    if (this.#isVisible) this.#sendFrames(now);
  }

  #sendCatalog(now: number, isFirst: boolean): void {
    const { catalog } = this.#backend;
    if (!isFirst && this.#catalogVersion === catalog.version) return;
    const gap = this.#isVisible ? CATALOG_GAP_MS.visible : CATALOG_GAP_MS.hidden;
    if (!isFirst && now - this.#catalogAt < gap) return this.#flushIn(gap - (now - this.#catalogAt));
    this.#send(catalog.since(this.#catalogVersion));
    this.#catalogVersion = catalog.version;
    this.#catalogAt = now;
  }

  /** One chart that cannot be made must not take the others along. */
  #makeFrame(subscription: Subscription): Buffer | undefined {
    try {
      return subscription.next(this.#backend.findSource, Date.now);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#send({ type: "series-error", id: subscription.id, message });
      subscription.close();
      this.#subscriptions.delete(subscription.id);
      return undefined;
    }
  }

  #sendFrames(now: number): void {
    const share = (FRAME_GAP.leastMs * this.#subscriptions.size) / FRAME_GAP.charts;
    const gap = Math.min(FRAME_GAP.mostMs, Math.max(FRAME_GAP.leastMs, share));
    let wait = Infinity;
    for (const subscription of this.#subscriptions.values()) {
      if (!subscription.isReady) continue;
      // Charts that come next are served next time: those that were just served then wait for their acknowledgement.
      if (performance.now() - now > WORK_MS) return this.#flushIn(0);
      const rest = gap - (now - subscription.sentAt);
      if (rest > 0) {
        wait = Math.min(wait, rest);
        continue;
      }
      const frame = this.#makeFrame(subscription);
      if (frame === undefined) continue;
      subscription.sentAt = now;
      this.#socket.send(frame);
    }
    if (wait < Infinity) this.#flushIn(wait);
  }
}
