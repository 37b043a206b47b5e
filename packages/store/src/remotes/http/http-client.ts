import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { RemoteRequest } from "../remote-errors.ts";
import { isTransientStatus, parseRetryAfter, TransientError, withRetries } from "../retry.ts";
import { displayUrl } from "../url.ts";
import type { HttpAuth } from "./http-auth.ts";
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
  readonly body: Dispatcher.ResponseData["body"];
  /** Where the answer came from, after redirections. */
  readonly url: string;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 10;
/**
 * What may lie in memory of an answer that nobody has read yet. Plenty: undici 6 and 7 end the process (`assert(!this.paused)`)
 * when a server that closes its connections does so while reading is paused.
 */
const AHEAD_BYTES = 32 * 1024 * 1024;

/**
 * Sends requests of one remote: with its credentials, which never follow a redirection to another server, and again
 * when the connection breaks or the server is overloaded.
 */
export class HttpClient {
  /** Of the remote, for messages. */
  readonly #url: string;
  readonly #dispatcher: Dispatcher;
  readonly #auth: HttpAuth;
  #isClosed = false;

  constructor(url: string, dispatcher: Dispatcher, auth: HttpAuth) {
    this.#url = displayUrl(url);
    this.#dispatcher = dispatcher;
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

  /** Reads away what is left of an answer, so that its connection can be used again. */
  async discard(response: HttpResponse): Promise<void> {
    await response.body.dump();
  }

  async close(): Promise<void> {
    // Connections that still carry something, because a body was not read to its end, are of no use any more.
    if (!this.#isClosed) await this.#dispatcher.destroy();
    this.#isClosed = true;
  }

  async #sendOnce(request: HttpRequest, what: RemoteRequest): Promise<HttpResponse> {
    let { url, method } = request;
    let hasAnsweredChallenge = false;
    for (let redirects = 0; ;) {
      const isOwn = new URL(url).origin === new URL(request.url).origin;
      const headers = { ...request.headers, ...(isOwn ? this.#auth.headers(method, url) : {}) };
      const body = method === request.method ? request.body?.() : undefined;
      const response = await this.#request(url, method, headers, body, request.signal);
      const location = response.headers["location"];
      if (REDIRECTS.has(response.status) && location !== undefined && request.keepsRedirects !== true) {
        await this.discard(response);
        redirects += 1;
        if (redirects > MOST_REDIRECTS) throw refusal(what, response.status, "it is redirected in circles");
        url = new URL(location, url).href;
        // As browsers do: what was sent is kept where the server says so, and by requests that only read.
        if (response.status === 303 && method !== "HEAD") method = "GET";
        if (request.body !== undefined && body !== undefined) request.onRetry?.();
        continue;
      }
      if (response.status === 401 && isOwn && !hasAnsweredChallenge && this.#auth.answer(response.headers)) {
        await this.discard(response);
        hasAnsweredChallenge = true;
        if (body !== undefined) request.onRetry?.();
        continue;
      }
      return await this.#accept(response, request, what);
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

  async #request(
    url: string,
    method: string,
    headers: Record<string, string>,
    body: Buffer | string | Readable | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const { request } = await import("undici");
    const answer = await request(url, {
      dispatcher: this.#dispatcher,
      method,
      headers,
      body: body ?? null,
      highWaterMark: AHEAD_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });
    const flat: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>;
    for (const [name, value] of Object.entries(answer.headers)) {
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
    }
    return { status: answer.statusCode, headers: flat, body: answer.body, url };
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
