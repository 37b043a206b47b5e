import type { Smoothing, XAxis } from "../../protocol.ts";
import { DEFAULT_VIEW, NO_SMOOTHING, type Range, type Reading, type ViewState, type YScale } from "./view-state.ts";

const X_AXES: readonly XAxis[] = ["step", "relative", "wall"];
const Y_SCALES: readonly YScale[] = ["linear", "log", "symlog"];

/**
 * Writes a view as the text after `#`: only what differs from the default, with readable keys, so that the plainest view
 * has the plainest address.
 */
export function formatView(view: ViewState): string {
  const pairs: [string, string][] = [];
  const add = (key: string, value: string | null): void => {
    if (value !== null && value !== "") pairs.push([key, value]);
  };
  add("x", view.x === DEFAULT_VIEW.x ? null : view.x);
  add("logx", view.logX ? "1" : null);
  add("y", view.yScale === DEFAULT_VIEW.yScale ? null : view.yScale);
  for (const [chart, scale] of view.yScales) add(`y.${chart}`, scale);
  add("smooth", view.smoothing.kind === "none" ? null : formatSmoothing(view.smoothing));
  for (const [chart, smoothing] of view.smoothings) add(`smooth.${chart}`, formatSmoothing(smoothing));
  add("win", view.window && formatRange(view.window));
  for (const [chart, range] of view.windows) add(`win.${chart}`, formatRange(range));
  for (const [chart, range] of view.yWindows) add(`ywin.${chart}`, formatRange(range));
  add("tail", view.tail === null ? null : String(view.tail));
  add("out", view.outliers === "all" ? "all" : null);
  for (const id of view.shown) add("on", id);
  for (const id of view.hidden) add("off", id);
  for (const id of view.pinned) add("pin", id);
  for (const [run, slot] of view.colors) add(`color.${run}`, String(slot));
  for (const id of view.opened) add("open", id);
  for (const id of view.closed) add("close", id);
  for (const reading of view.readings) add("at", formatReading(reading));
  add("full", view.full);
  add("run", view.details);
  add("q", view.query);
  return pairs.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
}

/** Reads what {@link formatView} wrote. Unknown keys and unreadable values are passed over, so that old links keep working. */
export function parseView(hash: string): ViewState {
  const view = new ViewBuilder();
  for (const pair of hash.replace(/^#/u, "").split("&")) {
    const equals = pair.indexOf("=");
    if (equals <= 0) continue;
    const key = decode(pair.slice(0, equals));
    const value = decode(pair.slice(equals + 1));
    if (key !== null && value !== null && value !== "") view.set(key, value);
  }
  return view.build();
}

class ViewBuilder {
  #view: { -readonly [K in keyof ViewState]: ViewState[K] } = { ...DEFAULT_VIEW };
  readonly #yScales = new Map<string, YScale>();
  readonly #smoothings = new Map<string, Smoothing>();
  readonly #windows = new Map<string, Range>();
  readonly #yWindows = new Map<string, Range>();
  readonly #colors = new Map<string, number>();
  readonly #lists = {
    on: [] as string[],
    off: [] as string[],
    pin: [] as string[],
    open: [] as string[],
    close: [] as string[],
  };
  readonly #readings: Reading[] = [];

  set(key: string, value: string): void {
    const dot = key.indexOf(".");
    if (dot > 0) this.#setFor(key.slice(0, dot), key.slice(dot + 1), value);
    else this.#setPlain(key, value);
  }

  #setPlain(key: string, value: string): void {
    switch (key) {
      case "x":
        this.#view.x = X_AXES.find((axis) => axis === value) ?? "step";
        break;
      case "logx":
        this.#view.logX = value === "1";
        break;
      case "y":
        this.#view.yScale = parseScale(value) ?? "linear";
        break;
      case "smooth":
        this.#view.smoothing = parseSmoothing(value) ?? NO_SMOOTHING;
        break;
      case "win":
        this.#view.window = parseRange(value);
        break;
      case "tail":
        this.#view.tail = parsePositive(value);
        break;
      case "out":
        this.#view.outliers = value === "all" ? "all" : "robust";
        break;
      case "on":
      case "off":
      case "pin":
      case "open":
      case "close":
        this.#lists[key].push(value);
        break;
      case "at": {
        const reading = parseReading(value);
        if (reading !== null) this.#readings.push(reading);
        break;
      }
      case "full":
        this.#view.full = value;
        break;
      case "run":
        this.#view.details = value;
        break;
      case "q":
        this.#view.query = value;
        break;
      default:
    }
  }

  #setFor(key: string, name: string, value: string): void {
    if (key === "y") setIfKnown(this.#yScales, name, parseScale(value));
    else if (key === "smooth") setIfKnown(this.#smoothings, name, parseSmoothing(value));
    else if (key === "win") setIfKnown(this.#windows, name, parseRange(value));
    else if (key === "ywin") setIfKnown(this.#yWindows, name, parseRange(value));
    else if (key === "color" && /^\d{1,2}$/u.test(value)) this.#colors.set(name, Number(value));
  }

  build(): ViewState {
    return {
      ...this.#view,
      yScales: this.#yScales,
      smoothings: this.#smoothings,
      windows: this.#windows,
      yWindows: this.#yWindows,
      colors: this.#colors,
      shown: this.#lists.on,
      hidden: this.#lists.off,
      pinned: this.#lists.pin,
      opened: this.#lists.open,
      closed: this.#lists.close,
      readings: this.#readings,
    };
  }
}

function setIfKnown<T>(map: Map<string, T>, key: string, value: T | null): void {
  if (value !== null) map.set(key, value);
}

/** `ema:0.9`, `mean:11`, `none`. */
export function formatSmoothing(smoothing: Smoothing): string {
  switch (smoothing.kind) {
    case "none":
      return "none";
    case "ema":
      return `ema:${smoothing.weight}`;
    default:
      return `${smoothing.kind}:${smoothing.width}`;
  }
}

/** Reads {@link formatSmoothing}; null for anything else. */
function parseSmoothing(text: string): Smoothing | null {
  const [kind, argument = ""] = text.split(":");
  const amount = Number(argument);
  if (kind === "none") return NO_SMOOTHING;
  if (kind === "ema") return argument !== "" && amount >= 0 && amount < 1 ? { kind, weight: amount } : null;
  if (kind !== "mean" && kind !== "gaussian" && kind !== "median") return null;
  return Number.isSafeInteger(amount) && amount >= 3 && amount % 2 === 1 ? { kind, width: amount } : null;
}

function parseScale(text: string): YScale | null {
  return Y_SCALES.find((scale) => scale === text) ?? null;
}

function formatRange([from, to]: Range): string {
  return `${from}~${to}`;
}

function parseRange(text: string): Range | null {
  const [from = "", to = "", ...more] = text.split("~");
  if (from === "" || to === "" || more.length > 0) return null;
  const range: Range = [Number(from), Number(to)];
  return Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] < range[1] ? range : null;
}

function parsePositive(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : null;
}

function formatReading({ chart, run, metric, x }: Reading): string {
  return [chart, run, metric, String(x)].map(encodeURIComponent).join(",");
}

function parseReading(text: string): Reading | null {
  const [chart, run, metric, x, ...more] = text.split(",").map(decode);
  if (chart == null || run == null || metric == null || x == null || x === "" || more.length > 0) return null;
  const value = Number(x);
  return Number.isFinite(value) ? { chart, run, metric, x: value } : null;
}

/** Percent-encodes what would end a key or value; names keep their slashes and colons for the reader. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\uFFFD"))
    .replace(/%2F/gu, "/")
    .replace(/%3A/gu, ":")
    .replace(/%2C/gu, ",");
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
