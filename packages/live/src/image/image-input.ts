import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { escapeFileName } from "@waymark/core/formats/metric-name";
import { InvalidImageError, InvalidImageNameError } from "../errors.ts";
import { imageKindOfBytes, imageKindOfName, suffixOf, type ImageKind } from "./image-kind.ts";
import { encodePng } from "./png.ts";

/** Pixels in rows from the top. Floats are shares of full brightness, 0 to 1; other numbers are 0 to 255. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. Default: what the length of `data` says. */
  readonly channels?: 1 | 2 | 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array | readonly number[];
}

/** An image: the bytes of a file, the path of one, or raw pixels. */
export type ImageInput = string | URL | Uint8Array | ArrayBuffer | RawImage;

/** An image ready to be written. */
export interface ImageFile {
  /** Path below `plots/images`, with its suffix. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Makes the file of an image. Files are taken as they are, byte for byte; raw pixels become a PNG.
 *
 * @param name - Below `plots/images`; a suffix is added when it has none, and what Windows forbids is percent-escaped.
 * @throws {@link InvalidImageNameError} for a name that leaves its folder or has another suffix;
 *   {@link InvalidImageError} for what is no image, or another kind than its name says.
 */
export function readImage(name: string, input: ImageInput): ImageFile {
  checkName(name);
  const isRaw = isRawImage(input);
  const bytes = isRaw ? encodePng(readPixels(name, input)) : readBytes(name, input);
  const kind = isRaw ? "png" : imageKindOfBytes(bytes);
  if (kind === undefined) {
    throw new InvalidImageError(name, "the content is no PNG, JPEG, GIF, WebP or SVG image");
  }
  return { name: nameWithSuffix(name, kind).split("/").map(escapeFileName).join("/"), bytes };
}

const MAX_PART_BYTES = 240;
/** Leaves room for the folder in what a system takes for a path. */
const MAX_NAME = 1000;

function checkName(name: unknown): asserts name is string {
  if (typeof name !== "string") throw new InvalidImageNameError(String(name), "is not text");
  if (name === "") throw new InvalidImageNameError(name, "is empty");
  if (name.length > MAX_NAME) throw new InvalidImageNameError(name, `is longer than ${MAX_NAME} characters`);
  if (name.includes("\0")) throw new InvalidImageNameError(name, "holds a NUL character");
  if (name.startsWith("/") || name.includes("\\") || /^[A-Za-z]:/.test(name)) {
    throw new InvalidImageNameError(name, "is not a relative name");
  }
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw new InvalidImageNameError(name, "leaves its folder or has an empty part");
  }
  if (name.split("/").some((part) => Buffer.byteLength(part) > MAX_PART_BYTES)) {
    throw new InvalidImageNameError(name, `has a part longer than ${MAX_PART_BYTES} bytes`);
  }
}

function nameWithSuffix(name: string, kind: ImageKind): string {
  const leaf = name.slice(name.lastIndexOf("/") + 1);
  const named = imageKindOfName(leaf);
  if (named === kind) return name;
  if (named !== undefined)
    throw new InvalidImageError(name, `the content is ${kind.toUpperCase()}, the name says ${named.toUpperCase()}`);
  // `samples/12` has no suffix; `v1.2` has one that is no image's, which DVC would not show.
  if (/\.[A-Za-z][A-Za-z0-9]*$/.test(leaf))
    throw new InvalidImageNameError(name, "has the suffix of another kind of file");
  return `${name}${suffixOf(kind)}`;
}

function readBytes(name: string, input: Exclude<ImageInput, RawImage>): Uint8Array {
  if (typeof input === "string" || input instanceof URL) {
    try {
      return readFileSync(input instanceof URL ? fileURLToPath(input) : input);
    } catch (error) {
      throw new InvalidImageError(name, `cannot read '${String(input)}': ${(error as Error).message}`);
    }
  }
  if (input instanceof Uint8Array) return input;
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  const type = typeof input;
  const found = input === null || input === undefined ? String(input) : type === "object" ? "an object" : `a ${type}`;
  throw new InvalidImageError(
    name,
    `${found} is no image`,
    "Pass a path, the bytes of an image file, or { width, height, data }.",
  );
}

function isRawImage(input: ImageInput): input is RawImage {
  return (
    typeof input === "object" &&
    input !== null &&
    !ArrayBuffer.isView(input) &&
    "width" in input &&
    "height" in input &&
    "data" in input
  );
}

const MAX_SIDE = 1 << 15;

function readPixels(name: string, { width, height, channels, data }: RawImage): Parameters<typeof encodePng>[0] {
  const isSide = (value: unknown): boolean =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_SIDE;
  if (!isSide(width) || !isSide(height)) {
    throw new InvalidImageError(name, `a size of ${width} x ${height} pixels cannot be written`);
  }
  if (!(Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView)))) {
    throw new InvalidImageError(
      name,
      "its pixels are not a list of numbers",
      "Pass a typed array or an array as `data`.",
    );
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw new InvalidImageError(name, "its pixels are 64-bit integers", "Pass a Uint8Array or a Float32Array.");
  }
  const depth = channels ?? data.length / (width * height);
  if (depth !== 1 && depth !== 2 && depth !== 3 && depth !== 4) {
    throw new InvalidImageError(name, `${data.length} values are not 1 to 4 for each of ${width} x ${height} pixels`);
  }
  if (data.length !== width * height * depth) {
    throw new InvalidImageError(
      name,
      `${width} x ${height} x ${depth} needs ${width * height * depth} values, there are ${data.length}`,
    );
  }
  return { width, height, channels: depth, data: readChannelValues(data) };
}

function readChannelValues(data: RawImage["data"]): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const isShare = data instanceof Float32Array || data instanceof Float64Array;
  // The clamped array rounds, and cuts what lies outside; NaN becomes 0.
  const clamped = Uint8ClampedArray.from(data as ArrayLike<number>, (value) => (isShare ? value * 255 : value));
  return new Uint8Array(clamped.buffer);
}
