import { WebSocket } from "ws";
import {
  PROTOCOL_VERSION,
  SOCKET_PATH,
  SUBPROTOCOL,
  type ClientMessage,
  type RunInfo,
  type SeriesFrameHeader,
  type SeriesLine,
  type SeriesQuery,
  type ServerMessage,
} from "@waymark/viewer/protocol";

/** One layer of a line as a page holds it after applying every frame. */
export interface LayerState {
  x: number[];
  y: number[];
  info: SeriesLine;
}

/** A decoded series frame. */
export interface SeriesFrame {
  readonly header: SeriesFrameHeader;
  readonly columns: readonly { readonly x: Float64Array; readonly y: Float64Array }[];
}

/** Reads a binary frame as protocol.ts lays it out. */
export function decodeFrame(data: Buffer): SeriesFrame {
  const length = data.readUInt32LE(0);
  const header = JSON.parse(data.toString("utf8", 4, 4 + length)) as SeriesFrameHeader;
  const bytes = new Uint8Array(data).buffer;
  let at = Math.ceil((4 + length) / 8) * 8;
  const columns = header.lines.map(({ count }) => {
    const x = new Float64Array(bytes, at, count);
    const y = new Float64Array(bytes, at + count * 8, count);
    at += count * 16;
    return { x, y };
  });
  return { header, columns };
}

/** Applies a frame the way a page must: keep what lies below `replaceFrom`, drop the rest, append. */
export function applyFrame(state: Map<string, LayerState>, { header, columns }: SeriesFrame): void {
  if (header.snapshot) state.clear();
  for (const [index, line] of header.lines.entries()) {
    const key = `${line.line}/${line.layer}`;
    const { x, y } = columns[index] ?? { x: [], y: [] };
    const before = state.get(key) ?? { x: [], y: [], info: line };
    const from = line.replaceFrom;
    const kept = from === null ? 0 : before.x.findIndex((value) => value >= from);
    const keep = kept < 0 ? before.x.length : kept;
    state.set(key, { x: [...before.x.slice(0, keep), ...x], y: [...before.y.slice(0, keep), ...y], info: line });
  }
}

/** A chart of the client: every frame that came, and what they add up to. */
export class ClientChart {
  readonly state = new Map<string, LayerState>();
  readonly frames: SeriesFrameHeader[] = [];

  layer(line: number, layer: SeriesLine["layer"] = "raw"): LayerState {
    return this.state.get(`${line}/${layer}`) ?? { x: [], y: [], info: emptyLine(line, layer) };
  }
}

function emptyLine(line: number, layer: SeriesLine["layer"]): SeriesLine {
  return { line, layer, replaceFrom: null, count: 0, total: 0, exact: true, nonFinite: [], nonFiniteCount: 0 };
}

/** How a client connects. */
export interface ConnectOptions {
  /** Resumes: the session and catalog version of an earlier connection. */
  readonly session?: string | null;
  readonly version?: number;
  /** Acknowledges frames as they come. Default `true`. */
  readonly acknowledges?: boolean;
  /** Called for every frame, before it is acknowledged. */
  readonly onFrame?: (frame: SeriesFrame) => void;
}

/** A page without a screen: speaks the protocol over a real socket and applies every message. */
export class ViewerClient {
  readonly messages: ServerMessage[] = [];
  readonly runs = new Map<string, RunInfo>();
  readonly charts = new Map<number, ClientChart>();
  readonly socket: WebSocket;
  session = "";
  version = 0;
  acknowledges: boolean;
  /** Set when the connection has ended. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #onFrame: ((frame: SeriesFrame) => void) | undefined;

  private constructor(socket: WebSocket, options: ConnectOptions) {
    this.socket = socket;
    this.acknowledges = options.acknowledges ?? true;
    this.#onFrame = options.onFrame;
    socket.on("message", (data: Buffer, isBinary) => this.#onMessage(data, isBinary));
    socket.on("error", () => undefined);
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#changed();
    });
    socket.on("open", () =>
      this.send({
        type: "hello",
        protocol: PROTOCOL_VERSION,
        session: options.session ?? null,
        version: options.version ?? 0,
      }),
    );
  }

  /** Connects with the token of a viewer's URL, and waits for the catalog. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<ViewerClient> {
    const { host, hash } = new URL(url);
    const token = hash.slice("#token=".length);
    const socket = new WebSocket(`ws://${host}${SOCKET_PATH}`, [SUBPROTOCOL, `token.${token}`]);
    const client = new ViewerClient(socket, options);
    await client.until(() => client.messages.some(({ type }) => type.startsWith("catalog")));
    return client;
  }

  send(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: number, query: Partial<SeriesQuery> & Pick<SeriesQuery, "lines">): ClientChart {
    const chart = new ClientChart();
    this.charts.set(id, chart);
    const defaults: Omit<SeriesQuery, "lines"> = {
      x: "step",
      from: null,
      to: null,
      buckets: 500,
      smoothing: { kind: "none" },
      logX: false,
    };
    this.send({ type: "subscribe", id, query: { ...defaults, ...query } });
    return chart;
  }

  /** Waits until something holds; every message is a reason to look again. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.closed !== undefined) throw new Error(`The connection ended: ${this.closed.code} ${this.closed.reason}`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** Waits for the connection to end. */
  async ended(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closed === undefined) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
    return this.closed;
  }

  close(): void {
    this.socket.terminate();
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.#apply(decodeFrame(data));
    else this.#read(JSON.parse(data.toString("utf8")) as ServerMessage);
    this.#changed();
  }

  #apply(frame: SeriesFrame): void {
    const { id, seq } = frame.header;
    this.#onFrame?.(frame);
    const chart = this.charts.get(id);
    if (chart !== undefined) {
      chart.frames.push(frame.header);
      applyFrame(chart.state, frame);
    }
    if (this.acknowledges) this.send({ type: "ack", id, seq });
  }

  #read(message: ServerMessage): void {
    this.messages.push(message);
    if (message.type === "welcome") this.session = message.session;
    if (message.type === "catalog") {
      this.runs.clear();
      for (const run of message.runs) this.runs.set(run.id, run);
      this.version = message.version;
    }
    if (message.type === "catalog-patch") {
      for (const run of message.upserts) this.runs.set(run.id, run);
      for (const id of message.removes) this.runs.delete(id);
      this.version = message.version;
    }
  }

  #changed(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
