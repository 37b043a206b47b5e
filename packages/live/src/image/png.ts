import { crc32, deflateSync } from "node:zlib";

/** Pixels in rows from the top, without gaps. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** `width * height * channels` values of 8 bits. */
  readonly data: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Colour type of the format by channel count. */
const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
const UP_FILTER = 2;

/** Encodes pixels as a PNG of 8 bits per channel. */
export function encodePng({ width, height, channels, data }: Pixels): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, COLOUR_TYPES[channels], 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filterRows(width * channels, height, data), { level: 6 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Each row as its difference to the one above, which compresses well and costs one pass. */
function filterRows(stride: number, height: number, data: Uint8Array): Buffer {
  const rows = Buffer.alloc((stride + 1) * height);
  for (let row = 0; row < height; row += 1) {
    const target = row * (stride + 1);
    const source = row * stride;
    rows[target] = UP_FILTER;
    for (let at = 0; at < stride; at += 1) {
      const above = row === 0 ? 0 : (data[source - stride + at] ?? 0);
      rows[target + 1 + at] = (data[source + at] ?? 0) - above;
    }
  }
  return rows;
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body) >>> 0, body.length + 4);
  return framed;
}
