import { parseCommitMessage } from "@waymark/core/formats/commit-message";
import { parseCommit } from "@waymark/git";
import type { Row } from "./row-cache.ts";

/** What a commit says by itself. */
export interface CommitHead {
  readonly row: Omit<Row, "values" | "error">;
  readonly tree: string;
}

/** The usual beginning of a commit: its tree, maybe its first parent, and the moment it was made. */
const HEADER =
  /^tree (?<tree>[0-9a-f]{40,64})\n(?:parent (?<parent>[0-9a-f]{40,64})\n)?(?:parent .+\n)*author .*\ncommitter .* (?<time>\d+) [+-]\d{4}\n/u;

/**
 * Reads a commit as far as listings need it; `undefined` for what is none. There may be tens of thousands, so people and
 * messages are left alone as long as no run of ours has something to say there.
 */
export function parseCommitHead(id: string, data: Uint8Array): CommitHead | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  const { tree, parent = "", time } = HEADER.exec(text)?.groups ?? {};
  if (tree === undefined || time === undefined || text.includes("\nWaymark-")) return parseWholeCommit(id, data);
  return { row: { id, parent, timeSeconds: Number(time) }, tree };
}

function parseWholeCommit(id: string, data: Uint8Array): CommitHead | undefined {
  const commit = parseCommit(data);
  if (commit === undefined) return undefined;
  const { step, status: said, reason, forkedFrom, runId, folder } = parseCommitMessage(commit.message).trailers;
  // It ended well, and there is a reason for that: a rule or its time was up.
  const status = said === "finished" && reason !== undefined ? "stopped" : said;
  const base = { id, parent: commit.parents[0] ?? "", timeSeconds: commit.committer.timeSeconds };
  return { row: { ...base, step, status, forkedFrom, runId, folder }, tree: commit.tree };
}
