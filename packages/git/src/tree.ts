/** How Git spells the kinds of tree entries: file, program, symbolic link, submodule, folder. */
export type TreeMode = "100644" | "100755" | "120000" | "160000" | "40000";

/** One name in a tree. */
export interface TreeEntry {
  /** The name as text; bytes that are not UTF-8 show as U+FFFD. */
  readonly name: string;
  /** The bytes of the name, one Latin-1 character each: what Git sorts and compares by. */
  readonly rawName: string;
  readonly mode: TreeMode;
  readonly id: string;
}

/** Parses the content of a tree object, in Git's order. A truncated tail is left out. */
export function parseTree(data: Uint8Array, idLength = 40): readonly TreeEntry[] {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const idBytes = idLength / 2;
  const entries: TreeEntry[] = [];
  for (let at = 0; at < buffer.byteLength;) {
    const space = buffer.indexOf(0x20, at);
    const nul = space === -1 ? -1 : buffer.indexOf(0, space);
    if (nul === -1 || nul + 1 + idBytes > buffer.byteLength) break;
    entries.push({
      name: buffer.toString("utf8", space + 1, nul),
      rawName: buffer.toString("latin1", space + 1, nul),
      mode: normalMode(buffer.toString("latin1", at, space)),
      id: buffer.toString("hex", nul + 1, nul + 1 + idBytes),
    });
    at = nul + 1 + idBytes;
  }
  return entries;
}

/** Formats entries as the content of a tree object, sorting them as Git does. */
export function formatTree(entries: Iterable<Pick<TreeEntry, "rawName" | "mode" | "id">>): Buffer {
  // A folder sorts as if its name ended in a slash.
  const keyed = [...entries].map((entry) => ({
    entry,
    key: entry.mode === "40000" ? `${entry.rawName}/` : entry.rawName,
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return Buffer.concat(
    keyed.flatMap(({ entry }) => [
      Buffer.from(`${entry.mode} ${entry.rawName}\0`, "latin1"),
      Buffer.from(entry.id, "hex"),
    ]),
  );
}

/** Returns the bytes of a path as Latin-1 characters. */
export function rawPath(path: string): string {
  return Buffer.from(path).toString("latin1");
}

/** Old repositories hold modes such as 100664, which Git reads as 100644. */
function normalMode(mode: string): TreeMode {
  const value = Number.parseInt(mode, 8);
  switch (value & 0o170000) {
    case 0o040000:
      return "40000";
    case 0o120000:
      return "120000";
    case 0o160000:
      return "160000";
    default:
      return (value & 0o100) === 0 ? "100644" : "100755";
  }
}
