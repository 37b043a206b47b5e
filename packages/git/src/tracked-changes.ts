import type { TreeFile } from "./tree-editor.ts";

/** A tracked file whose state in the work tree differs from the index. */
export interface TrackedChange {
  readonly path: string;
  /** What the index holds; `undefined` for a file that was announced with `git add -N`. */
  readonly staged: TreeFile | undefined;
  /** Mode in the work tree; `undefined` when the file is gone. */
  readonly mode: TreeFile["mode"] | undefined;
  readonly isUnmerged: boolean;
}

/** Parses the answer of `git diff-files --raw -z`. */
export function parseTrackedChanges(stdout: Buffer): readonly TrackedChange[] {
  const fields = stdout.toString().split("\0");
  const changes: TrackedChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = "", newMode = "", oldId = "", , status = ""] = (fields[at] ?? "").slice(1).split(" ");
    const before = fileMode(oldMode);
    changes.push({
      path: fields[at + 1] ?? "",
      staged: before === undefined ? undefined : { mode: before, id: oldId },
      mode: status === "D" ? undefined : fileMode(newMode),
      isUnmerged: status === "U",
    });
  }
  return changes;
}

function fileMode(mode: string): TreeFile["mode"] | undefined {
  switch (mode) {
    case "100644":
    case "100755":
    case "120000":
    case "160000":
      return mode;
    default:
      return undefined;
  }
}
