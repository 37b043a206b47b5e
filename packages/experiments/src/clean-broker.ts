import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { listFolder } from "./list-folder.ts";

/** The queue that tasks wait in; its messages are never touched. */
const TASKS = "celery";
/** Where workers answer questions; nobody reads an answer twice. */
const REPLIES = `reply.${TASKS}.pidbox`;

/** A message of DVC's queue, as far as it matters here. */
interface BrokerMessage {
  readonly routingKey: string | undefined;
  readonly exchange: string | undefined;
  /** Seconds since the epoch. */
  readonly expires: number | undefined;
  readonly hasTicket: boolean;
}

/**
 * Removes messages of DVC's queue as `dvc exp clean` does: expired ones, answers of workers, and questions that were
 * answered. Tasks stay, whatever became of them. Messages are JSON and are read as nothing else.
 *
 * @param broker - The folder `.dvc/tmp/exps/celery/broker`.
 * @returns How many went.
 */
export function cleanBroker(broker: string, nowMs: number): number {
  const isWaste = {
    in: (message: BrokerMessage) => isExpired(message, nowMs) || message.exchange === REPLIES,
    processed: (message: BrokerMessage) =>
      (message.hasTicket && message.routingKey !== TASKS) || isExpired(message, nowMs),
  };
  let removed = 0;
  for (const [folder, isIt] of Object.entries(isWaste)) {
    for (const name of listFolder(join(broker, folder))) {
      const path = join(broker, folder, name);
      const message = readMessage(path);
      if (message === undefined || !isIt(message)) continue;
      rmSync(path, { force: true });
      removed += 1;
    }
  }
  return removed;
}

function isExpired({ routingKey, expires }: BrokerMessage, nowMs: number): boolean {
  return routingKey !== TASKS && expires !== undefined && expires * 1000 <= nowMs;
}

function readMessage(path: string): BrokerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // Another process took it, or is still writing it.
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "EISDIR")) return undefined;
    throw error;
  }
  const headers = recordIn(value, "headers");
  const delivery = recordIn(recordIn(value, "properties"), "delivery_info");
  if (delivery === undefined) return undefined;
  const text = (field: unknown): string | undefined => (typeof field === "string" ? field : undefined);
  const expires = headers?.["expires"];
  return {
    routingKey: text(delivery["routing_key"]),
    exchange: text(delivery["exchange"]),
    expires: typeof expires === "number" ? expires : undefined,
    hasTicket: text(headers?.["ticket"]) !== undefined,
  };
}

function recordIn(value: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  const found: unknown = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
