import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";

/** What one request waits for. */
export interface ExchangeLimits {
  /** For a connection, encrypted where it must be. */
  readonly connectMs: number;
  /** For a server, or a connection, that neither takes nor gives anything. */
  readonly quietMs: number;
}

/** A server did not answer in time. */
class QuietError extends Error {
  readonly code = "ETIMEDOUT";
}

/**
 * Sends a request, with its body, and returns the answer, whose body is still to be read. What is not read is not taken
 * from the connection.
 *
 * @throws What the connection, or the body, failed with; `ETIMEDOUT` after the limits.
 */
export async function exchange(
  options: RequestOptions,
  body: Buffer | string | Readable | undefined,
  limits: ExchangeLimits,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const isSecure = options.protocol === "https:";
  const request = (isSecure ? httpsRequest : httpRequest)(options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const stop = (): void => void request.destroy(abortReason(signal));
    signal?.addEventListener("abort", stop, { once: true });
    const connecting = setTimeout(() => request.destroy(new QuietError("no connection in time")), limits.connectMs);
    const onConnected = (): void => clearTimeout(connecting);
    const onQuiet = (): void => {
      // What has come and is not read yet is no fault of the server.
      if (answer === undefined || answer.readableLength === 0) request.destroy(new QuietError("no answer in time"));
    };
    let used: Socket | undefined;
    request.once("socket", (socket) => {
      used = socket;
      socket.setTimeout(limits.quietMs);
      socket.on("timeout", onQuiet);
      if (request.reusedSocket || (!isSecure && !socket.connecting)) onConnected();
      else socket.once(isSecure ? "secureConnect" : "connect", onConnected);
    });
    // It stays: a connection that breaks later fails the body, and must not end the process.
    request.on("error", reject);
    request.once("response", (response) => {
      answer = response;
      // An answer before the whole body was sent means that the rest is not wanted, unless it is a good one.
      if (typeof body === "object" && "pipe" in body && (response.statusCode ?? 0) >= 300 && !request.writableEnded) {
        body.unpipe(request);
        body.destroy();
        response.once("close", () => request.destroy());
      }
      // Nobody may be listening when it breaks; whoever reads it is told again.
      response.on("error", () => {});
      resolve(response);
    });
    request.once("close", () => {
      clearTimeout(connecting);
      used?.off("timeout", onQuiet);
      used?.off(isSecure ? "secureConnect" : "connect", onConnected);
      signal?.removeEventListener("abort", stop);
    });
  });
  if (typeof body === "object" && "pipe" in body) {
    body.once("error", (error) => request.destroy(error));
    request.once("close", () => body.destroy());
    body.pipe(request);
  } else {
    request.end(body);
  }
  return answered;
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("it was stopped");
}
