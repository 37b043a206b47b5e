/** Formats an image can have on disk. */
export type ImageKind = "png" | "jpeg" | "gif" | "webp" | "svg";

const SUFFIXES: Readonly<Record<string, ImageKind>> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".gif": "gif",
  ".webp": "webp",
  ".svg": "svg",
};

/** The format a file name stands for, whatever the case of its suffix; undefined for other names. */
export function imageKindOfName(name: string): ImageKind | undefined {
  const dot = name.lastIndexOf(".");
  const suffix = dot < 0 ? "" : name.slice(dot).toLowerCase();
  return Object.hasOwn(SUFFIXES, suffix) ? SUFFIXES[suffix] : undefined;
}

/** The usual suffix of a format. */
export function suffixOf(kind: ImageKind): string {
  return kind === "jpeg" ? ".jpg" : `.${kind}`;
}

/** Enough for the comments and declarations that editors write before the first element. */
const HEAD_BYTES = 4096;
const SVG_START =
  /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>\s*)*<svg[\s/>]/i;

/** Tells the format of an image from its first bytes; undefined when it is none we know. */
export function imageKindOfBytes(bytes: Uint8Array): ImageKind | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES));
  if (head.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) return "png";
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  const text = head.toString("latin1");
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "gif";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "webp";
  return SVG_START.test(text) ? "svg" : undefined;
}
