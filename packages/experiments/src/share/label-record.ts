import { createHash } from "node:crypto";
import {
  type GitRepository,
  isObjectId,
  readObjectsSync,
  readRef,
  RefChangedError,
  remoteUrl,
  updateRefs,
  writeObjects,
} from "@waymark/git";
import { parseLabelRef } from "../labels/label-refs.ts";

/** How often a record that others write at the same time is tried again. */
const TRIES = 5;

/**
 * Names the ref that remembers which labels a remote and this repository last agreed on. Labels are texts without
 * history, so without it nobody could tell which side changed.
 */
export function labelRecordRef(repo: GitRepository, remote: string): string {
  const key = createHash("sha256").update(remoteUrl(repo, remote)).digest("hex").slice(0, 16);
  return `refs/waymark/shared/${key}`;
}

/** Reads what {@link rememberLabels} kept: ids of blobs by ref. A record that cannot be read is an empty one. */
export function readLabelRecord(repo: GitRepository, remote: string): ReadonlyMap<string, string> {
  return parseRecord(repo, readRef(repo, labelRecordRef(repo, remote)));
}

/**
 * Keeps what both sides agree on now.
 *
 * @param agreed - Ids of blobs by ref; `undefined` for a label that is on neither side.
 */
export function rememberLabels(
  repo: GitRepository,
  remote: string,
  agreed: ReadonlyMap<string, string | undefined>,
): void {
  if (agreed.size === 0) return;
  const ref = labelRecordRef(repo, remote);
  for (let tries = 1; ; tries += 1) {
    const oldId = readRef(repo, ref);
    const record = new Map(parseRecord(repo, oldId));
    let isChanged = false;
    for (const [label, id] of agreed) {
      if (record.get(label) === id) continue;
      isChanged = true;
      if (id === undefined) record.delete(label);
      else record.set(label, id);
    }
    if (!isChanged) return;
    const lines = [...record].map(([label, id]) => `${id} ${label}\n`).sort();
    const [newId] = writeObjects(repo, [{ type: "blob", data: Buffer.from(lines.join("")) }]);
    try {
      updateRefs(repo, [{ ref, newId: newId ?? null, oldId: oldId ?? null }]);
      return;
    } catch (error) {
      if (!(error instanceof RefChangedError) || tries === TRIES) throw error;
    }
  }
}

function parseRecord(repo: GitRepository, id: string | undefined): ReadonlyMap<string, string> {
  if (id === undefined) return new Map();
  const [object] = readObjectsSync(repo, [id]);
  if (object?.type !== "blob") return new Map();
  const lines = object.data.toString().split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [labelId = "", ref = ""] = line.split(" ");
      return isObjectId(labelId) && parseLabelRef(ref) !== undefined ? [[ref, labelId] as const] : [];
    }),
  );
}
