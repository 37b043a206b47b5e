import type { SeriesFrameHeader } from "../../protocol.ts";
import type { LineUpdate } from "./line-stream.ts";

const ALIGNMENT = 8;

/** Packs a frame as protocol.ts lays it out: header length, header, padding, then x and y of every line. */
export function encodeFrame(header: Omit<SeriesFrameHeader, "lines">, updates: readonly LineUpdate[]): Buffer {
  const json = Buffer.from(JSON.stringify({ ...header, lines: updates.map(({ line }) => line) }));
  const start = Math.ceil((4 + json.length) / ALIGNMENT) * ALIGNMENT;
  const points = updates.reduce((sum, { x }) => sum + x.length, 0);
  // A buffer of its own: its columns are aligned, and the socket may hold on to it.
  const bytes = new ArrayBuffer(start + points * 16);
  const frame = Buffer.from(bytes);
  frame.writeUInt32LE(json.length, 0);
  json.copy(frame, 4);
  let at = start;
  for (const { x, y } of updates) {
    new Float64Array(bytes, at, x.length).set(x);
    new Float64Array(bytes, at + x.length * 8, y.length).set(y);
    at += x.length * 16;
  }
  return frame;
}
