/**
 * Every message between the viewer's page and its server: two unions, one per direction, discriminated by `type`.
 * Control messages are JSON text frames; series travel as binary frames (see {@link SeriesFrameHeader}).
 */
export const PROTOCOL_VERSION = 1;

/** Names the WebSocket subprotocol; the token travels beside it as `token.<token>` when there is no cookie. */
export const SUBPROTOCOL = "waymark.v1";

// ---------------------------------------------------------------- routes

/** `POST` with `Authorization: Bearer <token>`: answers 204 and sets the HttpOnly cookie that opens everything else. */
export const SESSION_PATH = "/session";
/** The only path that takes a WebSocket upgrade. */
export const SOCKET_PATH = "/socket";
/** `GET` an image frame or a plot's data file of a run; see {@link mediaUrl}. Needs the cookie. */
export const MEDIA_PATH = "/media";

/**
 * Where a file named in the catalog is fetched from. Only paths that the catalog lists for that run are served.
 *
 * @param run - `RunInfo.id`.
 * @param path - `path` of an image frame or a plot, as in the catalog.
 * @param version - its `version`: the answer is cached for good under it.
 */
export function mediaUrl(run: string, path: string, version: string): string {
  return `${MEDIA_PATH}?${new URLSearchParams({ run, path, v: version }).toString()}`;
}

// ---------------------------------------------------------------- catalog

export type RunState = "running" | "stalled" | "finished" | "failed" | "interrupted" | "unknown";

export interface CheckpointInfo {
  readonly step: number;
  /** 40-hex commit id, or null outside Git. */
  readonly commit: string | null;
  /** What `waymark exp apply` and `waymark exp resume` take: `NAME@STEP`, or null outside Git. */
  readonly selector: string | null;
  readonly isoTime: string | null;
  readonly status: "running" | "finished" | "failed" | "interrupted";
}

export interface MetricInfo {
  /** Full name, as logged: `train/loss`. */
  readonly name: string;
  /** Rows of its history. Of a committed experiment an estimate by its last step, until the history has been read. */
  readonly points: number;
  /** A number, a non-finite value as text (`nan`, `inf`, `-inf`), a logged string, or null before the first point. */
  readonly last: number | string | null;
  readonly lastStep: number | null;
  readonly hasTimestamp: boolean;
}

export interface ImageInfo {
  /** Name without its step: `samples` for `samples/12.png`, or the whole name for a single image. */
  readonly name: string;
  /** Frames in step order; `step` is null for a single image. */
  readonly frames: readonly { readonly step: number | null; readonly path: string; readonly version: string }[];
}

/** A data file that a DVC plot template draws: a custom plot or a classification plot. */
export interface PlotInfo {
  readonly name: string;
  readonly path: string;
  readonly version: string;
  /** Properties as in dvc.yaml: template, x, y, title, x_label, y_label. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What a run that was started with `exp run`, or by the queue, prints. */
export interface RunLogInfo {
  /** Of its record. */
  readonly id: string;
  /** Where it happens: in the user's files, in a work tree beside them, as a task of the queue, as a job of Slurm. */
  readonly kind: "workspace" | "temp" | "queue" | "slurm";
  /** What it runs: stages, or a command. */
  readonly title: string;
  /** Whether more may come. */
  readonly isLive: boolean;
}

export interface RunInfo {
  /**
   * `live:<folder>` for a live folder, `exp:<ref>` for a committed experiment, `run:<record>` for a run that logs nothing,
   * or nothing yet, and has committed nothing.
   */
  readonly id: string;
  readonly name: string;
  readonly kind: "live" | "experiment";
  readonly state: RunState;
  readonly reason: string | null;
  readonly folder: string | null;
  readonly baseline: string | null;
  /** Branch or tag at the baseline, when there is one. */
  readonly baselineName: string | null;
  readonly commit: string | null;
  readonly isoStartedAt: string | null;
  readonly isoEndedAt: string | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  /** Flattened, dotted keys. */
  readonly params: Readonly<Record<string, string | number | boolean | null>>;
  readonly metrics: readonly MetricInfo[];
  readonly checkpoints: readonly CheckpointInfo[];
  readonly images: readonly ImageInfo[];
  readonly plots: readonly PlotInfo[];
  /** Files of this run that could not be read: shown on the run, never blanking the rest. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Its console log; absent when there is none. */
  readonly log?: RunLogInfo;
}

// ---------------------------------------------------------------- series

export type Smoothing =
  | { readonly kind: "none" }
  /** Exponential moving average, aware of uneven steps; `weight` in [0, 1). */
  | { readonly kind: "ema"; readonly weight: number }
  /** Moving average, gaussian and median over `width` points (odd, at least 3). */
  | { readonly kind: "mean" | "gaussian" | "median"; readonly width: number };

/**
 * `step`, seconds since the run started, or epoch milliseconds. Histories without timestamps are placed by the run's
 * clock: when its steps were seen to complete, or when its checkpoints were committed.
 */
export type XAxis = "step" | "relative" | "wall";

/** What one visible chart shows. */
export interface SeriesQuery {
  readonly lines: readonly { readonly run: string; readonly metric: string }[];
  readonly x: XAxis;
  /** Visible window in x units; null is everything. */
  readonly from: number | null;
  readonly to: number | null;
  /** At most this many buckets over the window (first, min, max and last of each are sent). */
  readonly buckets: number;
  readonly smoothing: Smoothing;
  /** Buckets of even width in log10 x. */
  readonly logX: boolean;
}

/**
 * Header of a binary series frame. Layout: uint32 LE byte length of this header's JSON (UTF-8), the JSON, zero padding
 * to a multiple of 8, then the columns as Float64 LE in the order of `lines`: x of `count` values, y of `count` values.
 */
export interface SeriesFrameHeader {
  readonly id: number;
  /** Counts up by one per frame of a subscription. */
  readonly seq: number;
  /** Epoch milliseconds at which the server sent it, and at which the newest point in it was noticed on disk. */
  readonly sentMs: number;
  readonly noticedMs: number;
  /** True for the first frame of a subscription and whenever what was sent before no longer holds. */
  readonly snapshot: boolean;
  /** Lines and layers that changed. In a snapshot, a line or layer that is not listed is empty. */
  readonly lines: readonly SeriesLine[];
}

export interface SeriesLine {
  /** Index into the query's `lines`. */
  readonly line: number;
  /**
   * `raw`: as logged; `smooth`: the smoothed line; `rewound`: older rows that a later lower step superseded (a new
   * stroke begins wherever x goes back; always sent whole). A line breaks where y is not finite.
   */
  readonly layer: "raw" | "smooth" | "rewound";
  /** Keep points with x below this, drop the others, then append these. `-Infinity` is sent as null: replace all. */
  readonly replaceFrom: number | null;
  readonly count: number;
  /** Points on disk in the window, and whether what is sent is all of them. */
  readonly total: number;
  readonly exact: boolean;
  /** Non-finite values in the window (the first 100 with their x). */
  readonly nonFinite: readonly { readonly x: number; readonly kind: "nan" | "inf" | "-inf" }[];
  readonly nonFiniteCount: number;
}

// ---------------------------------------------------------------- messages

export type ClientMessage =
  | { readonly type: "hello"; readonly protocol: number; readonly session: string | null; readonly version: number }
  | { readonly type: "subscribe"; readonly id: number; readonly query: SeriesQuery }
  | { readonly type: "unsubscribe"; readonly id: number }
  /** Follows the console log of a run, from near its end. Ids are shared with `subscribe`; `unsubscribe` ends it. */
  | { readonly type: "follow-log"; readonly id: number; readonly run: string }
  /** Flow control: the server keeps at most one unacknowledged frame, or piece of a log, per subscription. */
  | { readonly type: "ack"; readonly id: number; readonly seq: number }
  /** `visible: false` while the tab is hidden: the server then sends the catalog only, at most once a second. */
  | { readonly type: "visibility"; readonly visible: boolean }
  | { readonly type: "ping"; readonly sentMs: number };

export type ServerMessage =
  | {
      readonly type: "welcome";
      readonly protocol: number;
      /** Changes when the server started anew. Subscriptions belong to a connection: make them again after a welcome. */
      readonly session: string;
      readonly serverMs: number;
      readonly project: { readonly name: string; readonly root: string; readonly head: string | null };
      readonly waymarkVersion: string;
    }
  /** The whole catalog at `version`. */
  | { readonly type: "catalog"; readonly version: number; readonly runs: readonly RunInfo[] }
  /** Brings a page with any older version of this session to `version`. Order: running first, then newest first. */
  | {
      readonly type: "catalog-patch";
      readonly version: number;
      readonly upserts: readonly RunInfo[];
      readonly removes: readonly string[];
    }
  | { readonly type: "pong"; readonly sentMs: number; readonly serverMs: number }
  /**
   * A piece of a console log: plain text, to be shown as such. `isReset`: in place of all that came before;
   * `skippedBytes` of the log then stand before it and are not sent. Answered with `ack`.
   */
  | {
      readonly type: "log";
      readonly id: number;
      readonly seq: number;
      readonly text: string;
      readonly isReset: boolean;
      readonly skippedBytes: number;
    }
  /** A subscription that cannot be served. */
  | { readonly type: "series-error"; readonly id: number; readonly message: string }
  | { readonly type: "error"; readonly message: string };
