import type { ClientMessage } from "../../protocol.ts";
import { parseSeriesQuery } from "../stream/parse-query.ts";

/** A message that is understood, a subscription that cannot be served (with its id), or `undefined` for anything else. */
export type ParsedMessage = ClientMessage | { readonly type: "refused"; readonly id: number; readonly message: string };

/** Longer ones name no run. */
const MAX_RUN_ID = 4096;

/** Reads one text frame of a page. */
export function parseClientMessage(text: string): ParsedMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const message: Readonly<Record<string, unknown>> = { ...value };
  const { type, id, seq, session, version, protocol, visible, sentMs } = message;
  switch (type) {
    case "hello":
      if (!isCount(protocol) || !isCount(version) || !(session === null || typeof session === "string"))
        return undefined;
      return { type, protocol, session, version };
    case "subscribe": {
      if (!isCount(id)) return undefined;
      const query = parseSeriesQuery(message["query"]);
      return typeof query === "string" ? { type: "refused", id, message: query } : { type, id, query };
    }
    case "follow-log": {
      const { run } = message;
      return isCount(id) && typeof run === "string" && run.length <= MAX_RUN_ID ? { type, id, run } : undefined;
    }
    case "unsubscribe":
      return isCount(id) ? { type, id } : undefined;
    case "ack":
      return isCount(id) && isCount(seq) ? { type, id, seq } : undefined;
    case "visibility":
      return typeof visible === "boolean" ? { type, visible } : undefined;
    case "ping":
      return typeof sentMs === "number" && Number.isFinite(sentMs) ? { type, sentMs } : undefined;
    default:
      return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
