import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { RemoteRequest } from "../remote-errors.ts";
import { isTransientStatus, parseRetryAfter, TransientError, withRetries } from "../retry.ts";
import { displayUrl } from "../url.ts";
import type { HttpAuth } from "./http-auth.ts";
import type { HttpConnections } from "./http-connections.ts";
import { explainFailure, refusal } from "./http-failure.ts";

/** One request, as it is made at every try. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body, anew for every try. */
  readonly body?: (() => Buffer | string | Readable) | undefined;
  /** Statuses that are answers, besides 200 to 299. */
  readonly accepts?: readonly number[];
  /** Statuses of redirection are answers, too. Default `false`: they are followed. */
  readonly keepsRedirects?: boolean;
  /** What it is for, for errors. */
  readonly what: Pick<RemoteRequest, "path" | "action">;
  readonly signal?: AbortSignal | undefined;
  /** Told that a body which was sent must be sent again. */
  readonly onRetry?: (() => void) | undefined;
  /** How often it is tried in all. Default 5. */
  readonly attempts?: number;
}

/** An answer whose body is still to be read; {@link HttpClient.discard} does away with it. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
  /** Where the answer came from, after redirections. */
  readonly url: string;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 10;
/** Less than this is read away, so that the connection can be used again; a connection costs less than more. */
const WORTH_READING_BYTES = 256 * 1024;

/**
 * Sends requests of one remote: with its credentials, which never follow a redirection to another server, and again
 * when the connection breaks or the server is overloaded.
 */
export class HttpClient {
  /** Of the remote, for messages. */
  readonly #url: string;
  readonly #connections: HttpConnections;
  readonly #auth: HttpAuth;

  constructor(url: string, connections: HttpConnections, auth: HttpAuth) {
    this.#url = displayUrl(url);
    this.#connections = connections;
    this.#auth = auth;
  }

  /**
   * Sends a request and returns an answer that was accepted.
   *
   * @throws `RemoteRequestError`, `RemoteAccessError`, `RemoteUnreachableError`
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const what: RemoteRequest = { url: this.#url, ...request.what };
    const { signal, attempts } = request;
    try {
      return await withRetries(
        async (attempt) => {
          if (attempt > 0) request.onRetry?.();
          return await this.#sendOnce(request, what);
        },
        { signal, ...(attempts === undefined ? {} : { attempts }) },
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw explainFailure(what, error);
    }
  }

  /** Reads a body as text; one that is too large is an error, not a full memory. */
  async text(response: HttpResponse, limitBytes = 64 * 1024 * 1024): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).byteLength;
      if (size > limitBytes) throw new Error(`an answer of more than ${limitBytes} bytes`);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** Does away with what is left of an answer, so that its connection can be used again where that is worth it. */
  async discard(response: HttpResponse): Promise<void> {
    let size = 0;
    try {
      for await (const chunk of response.body) {
        size += (chunk as Buffer).byteLength;
        if (size > WORTH_READING_BYTES) break;
      }
    } catch {
      // What nobody wants need not arrive.
    }
  }

  async close(): Promise<void> {
    this.#connections.close();
  }

  async #sendOnce(request: HttpRequest, what: RemoteRequest): Promise<HttpResponse> {
    let { method, headers } = request;
    let url = new URL(request.url);
    let isSending = request.body !== undefined;
    let hasAnsweredChallenge = false;
    for (let redirects = 0; ;) {
      const isOwn = this.#connections.isOwn(url);
      const response = await this.#connections.request(url, {
        method,
        headers: { ...headers, ...(isOwn ? this.#auth.headers(method, url.href) : {}) },
        body: isSending ? request.body?.() : undefined,
        signal: request.signal,
      });
      const answer = {
        status: response.statusCode ?? 0,
        headers: flatten(response.headers),
        body: response,
        url: url.href,
      };
      const { location } = answer.headers;
      if (REDIRECTS.has(answer.status) && location !== undefined && request.keepsRedirects !== true) {
        await this.discard(answer);
        redirects += 1;
        if (redirects > MOST_REDIRECTS) throw refusal(what, answer.status, ", and redirects in circles");
        url = follow(url, location, what, answer.status);
        if (isSending) request.onRetry?.();
        // As browsers do: 303 asks for a look at something else; by all others what was sent is sent again.
        if (answer.status === 303 && method !== "HEAD") {
          method = "GET";
          isSending = false;
          headers = withoutContent(headers);
        }
        continue;
      }
      if (answer.status === 401 && isOwn && !hasAnsweredChallenge && this.#auth.answer(answer.headers)) {
        await this.discard(answer);
        hasAnsweredChallenge = true;
        if (isSending) request.onRetry?.();
        continue;
      }
      return await this.#accept(answer, request, what);
    }
  }

  async #accept(response: HttpResponse, request: HttpRequest, what: RemoteRequest): Promise<HttpResponse> {
    const { status } = response;
    const isAnswer = (status >= 200 && status < 300) || request.accepts?.includes(status) === true;
    if (isAnswer || (REDIRECTS.has(status) && request.keepsRedirects === true)) return response;
    const said = await this.#excerpt(response);
    if (isTransientStatus(status)) {
      const retryAfterMs = parseRetryAfter(response.headers["retry-after"]);
      throw new TransientError(`the server answered ${status}${said}`, { status, retryAfterMs });
    }
    throw refusal(what, status, said);
  }

  /** What the server says besides the status, in one short line. */
  async #excerpt(response: HttpResponse): Promise<string> {
    const isText = /^(text\/plain|application\/json)/.test(response.headers["content-type"] ?? "");
    if (!isText) {
      await this.discard(response);
      return "";
    }
    const text = await this.text(response).catch(() => "");
    const line = text
      .replace(/\p{Cc}+/gu, " ")
      .trim()
      .slice(0, 200);
    return line === "" ? "" : ` (${line})`;
  }
}

/** @throws `RemoteRequestError` for what leads to no web server. */
function follow(from: URL, location: string, what: RemoteRequest, status: number): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw refusal(what, status, `, and redirects to '${displayUrl(location)}'`);
  }
  // A user and a password that a server puts into a URL are none of ours.
  url.username = "";
  url.password = "";
  return url;
}

function withoutContent(headers: HttpRequest["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !/^content-/i.test(name)));
}

function flatten(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  const flat: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
}
