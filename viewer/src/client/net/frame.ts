import type { SeriesFrameHeader, SeriesLine } from "../../protocol.ts";

/** The columns of one entry of {@link SeriesFrameHeader.lines}, as views into the frame. */
export interface FrameColumns {
  readonly line: SeriesLine;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** A decoded binary frame. */
export interface SeriesFrame {
  readonly header: SeriesFrameHeader;
  readonly columns: readonly FrameColumns[];
}

const decoder = new TextDecoder();

/**
 * Decodes a binary series frame without copying its columns.
 *
 * @throws RangeError when the frame is shorter than its header says.
 */
export function decodeSeriesFrame(buffer: ArrayBuffer): SeriesFrame {
  const headerBytes = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(decoder.decode(new Uint8Array(buffer, 4, headerBytes))) as SeriesFrameHeader;
  let offset = Math.ceil((4 + headerBytes) / 8) * 8;
  const columns = header.lines.map((line): FrameColumns => {
    const x = new Float64Array(buffer, offset, line.count);
    const y = new Float64Array(buffer, offset + line.count * 8, line.count);
    offset += line.count * 16;
    return { line, x, y };
  });
  return { header, columns };
}

/** Encodes what {@link decodeSeriesFrame} reads; for the static transport and for tests. */
export function encodeSeriesFrame(
  header: SeriesFrameHeader,
  columns: readonly { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }[],
): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((4 + json.length) / 8) * 8;
  const buffer = new ArrayBuffer(start + columns.reduce((sum, column) => sum + column.x.length * 16, 0));
  new DataView(buffer).setUint32(0, json.length, true);
  new Uint8Array(buffer, 4, json.length).set(json);
  let offset = start;
  for (const { x, y } of columns) {
    new Float64Array(buffer, offset, x.length).set(x);
    new Float64Array(buffer, offset + x.length * 8, x.length).set(y);
    offset += x.length * 16;
  }
  return buffer;
}
