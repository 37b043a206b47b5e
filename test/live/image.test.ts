import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32, inflateSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidImageError, InvalidImageNameError } from "../../packages/live/src/errors.ts";
import { type ImageInput, readImage } from "../../packages/live/src/image/image-input.ts";
import { imageKindOfBytes, imageKindOfName } from "../../packages/live/src/image/image-kind.ts";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");
const FILES = {
  png: bytesOf("\x89PNG\r\n\x1a\n...."),
  jpeg: bytesOf("\xff\xd8\xff\xe0...."),
  gif: bytesOf("GIF89a...."),
  webp: bytesOf("RIFF\x04\0\0\0WEBPVP8 "),
  svg: bytesOf('<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
};

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly colourType: number;
  readonly pixels: readonly number[];
}

/** Reads a PNG of 8 bits per channel, checking every checksum on the way. */
function decodePng(bytes: Uint8Array): Decoded {
  const file = Buffer.from(bytes);
  expect(file.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    chunks.set(body.toString("latin1", 0, 4), body.subarray(4));
    at += length + 12;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  const header = chunks.get("IHDR") as Buffer;
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  expect(header[8]).toBe(8);
  const colourType = header[9] as number;
  const channels = { 0: 1, 4: 2, 2: 3, 6: 4 }[colourType] as number;
  const rows = inflateSync(chunks.get("IDAT") as Buffer);
  const stride = width * channels;
  const pixels: number[] = [];
  for (let row = 0; row < height; row += 1) {
    const filter = rows[row * (stride + 1)];
    for (let at = 0; at < stride; at += 1) {
      const above = row === 0 ? 0 : (pixels[(row - 1) * stride + at] as number);
      const raw = rows[row * (stride + 1) + 1 + at] as number;
      pixels.push(filter === 2 ? (raw + above) & 255 : raw);
    }
  }
  return { width, height, colourType, pixels };
}

describe("image files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "waymark-image-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are kept byte for byte, whether given as bytes, path or URL", () => {
    for (const [kind, bytes] of Object.entries(FILES)) {
      const path = join(folder, `source.${kind}`);
      writeFileSync(path, bytes);
      const name = `samples/12.${kind}`;
      const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      for (const input of [bytes, path, pathToFileURL(path), copy]) {
        const image = readImage(name, input);
        expect(image.name).toBe(name);
        expect(Buffer.from(image.bytes).equals(bytes)).toBe(true);
      }
    }
  });

  it("get the suffix of what they are when the name has none", () => {
    expect(readImage("samples/12", FILES.jpeg).name).toBe("samples/12.jpg");
    expect(readImage("v1.2", FILES.png).name).toBe("v1.2.png");
    expect(readImage("at 1:2?.png", FILES.png).name).toBe("at 1%3A2%3F.png");
    expect(readImage("SHOUT.PNG", FILES.png).name).toBe("SHOUT.PNG");
  });

  it.each<[string, string, ImageInput, string]>([
    ["another kind than the name says", "a.png", FILES.jpeg, "the content is JPEG, the name says PNG"],
    ["no image", "a.png", bytesOf("hello"), "the content is no PNG, JPEG, GIF, WebP or SVG image"],
    ["an empty file", "a.png", new Uint8Array(), "the content is no PNG"],
    ["a missing file", "a.png", "/nowhere/a.png", "cannot read '/nowhere/a.png'"],
    ["a number", "a.png", 5 as unknown as ImageInput, "a number is no image"],
    ["nothing", "a.png", null as unknown as ImageInput, "null is no image"],
  ])("are refused when they are %s", (_, name, input, message) => {
    expect(() => readImage(name, input)).toThrow(InvalidImageError);
    expect(() => readImage(name, input)).toThrow(message);
  });

  it.each([
    "",
    "/abs.png",
    "../up.png",
    "a/../../up.png",
    "a//b.png",
    "./a.png",
    "a\0.png",
    "C:\\a.png",
    "c:a.png",
    "a.txt",
    "a.json",
    `${"x".repeat(300)}.png`,
  ])("are refused under the name %j", (name) => {
    expect(() => readImage(name, FILES.png)).toThrow(InvalidImageNameError);
  });

  it("are known by their first bytes", () => {
    for (const [kind, bytes] of Object.entries(FILES)) expect(imageKindOfBytes(bytes)).toBe(kind);
    expect(imageKindOfBytes(bytesOf("\xef\xbb\xbf<svg>"))).toBe("svg");
    const doctype =
      '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [\n<!ENTITY ns "http://x">\n]>\n<svg x="&ns;">';
    expect(imageKindOfBytes(bytesOf(doctype))).toBe("svg");
    expect(imageKindOfBytes(bytesOf("<html><svg>"))).toBeUndefined();
    expect(imageKindOfName("a.JPeG")).toBe("jpeg");
    expect(imageKindOfName("a.toString")).toBeUndefined();
  });

  it("are told apart in time, however long their comments", () => {
    expect(imageKindOfBytes(bytesOf("<!--".repeat(200_000)))).toBeUndefined();
    expect(imageKindOfBytes(bytesOf("<?xml?>".repeat(200_000)))).toBeUndefined();
  });
});

describe("raw pixels", () => {
  const side = fc.integer({ min: 1, max: 9 });
  const raw = fc
    .tuple(side, side, fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const))
    .chain(([width, height, channels]) => {
      const length = width * height * channels;
      return fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        channels: fc.constant(channels),
        data: fc.uint8Array({ minLength: length, maxLength: length }),
      });
    });

  it("become a PNG of the same pixels", () => {
    fc.assert(
      fc.property(raw, (image) => {
        const { name, bytes } = readImage("a", image);
        expect(name).toBe("a.png");
        const decoded = decodePng(bytes);
        expect(decoded).toMatchObject({ width: image.width, height: image.height });
        expect(decoded.colourType).toBe({ 1: 0, 2: 4, 3: 2, 4: 6 }[image.channels]);
        expect(decoded.pixels).toEqual([...image.data]);
      }),
    );
  });

  it("take shares of brightness, clamped arrays and plain lists; what lies outside is cut", () => {
    const pixelsOf = (data: Float32Array | Float64Array | Uint8ClampedArray | number[]) =>
      decodePng(readImage("a", { width: 4, height: 1, data }).bytes).pixels;
    expect(pixelsOf(new Float32Array([0, 0.5, 1, 2]))).toEqual([0, 128, 255, 255]);
    expect(pixelsOf(new Float64Array([-1, Number.NaN, 1, 0.25]))).toEqual([0, 0, 255, 64]);
    expect(pixelsOf(new Uint8ClampedArray([1, 2, 3, 300]))).toEqual([1, 2, 3, 255]);
    expect(pixelsOf([1, 2.6, -5, 300])).toEqual([1, 3, 0, 255]);
  });

  it("keep to the part of a buffer that they are", () => {
    const data = new Uint8ClampedArray([9, 9, 1, 2, 9]).subarray(2, 4);
    expect(decodePng(readImage("a", { width: 2, height: 1, data }).bytes).pixels).toEqual([1, 2]);
  });

  it.each([
    [{ width: 0, height: 1, data: [] }, "a size of 0 x 1 pixels"],
    [{ width: 1.5, height: 1, data: [1] }, "a size of 1.5 x 1 pixels"],
    [{ width: 2, height: 2, data: [1] }, "1 values are not 1 to 4 for each of 2 x 2 pixels"],
    [{ width: 2, height: 2, channels: 3 as const, data: [1, 2, 3] }, "2 x 2 x 3 needs 12 values, there are 3"],
    [{ width: 1e6, height: 1e6, data: [] }, "a size of 1000000 x 1000000 pixels"],
  ])("are refused when their size is wrong: %j", (image, message) => {
    expect(() => readImage("a", image)).toThrow(message);
  });

  it("are not written under the name of another format", () => {
    expect(() => readImage("a.jpg", { width: 1, height: 1, data: [1] })).toThrow(
      "the content is PNG, the name says JPEG",
    );
  });
});
