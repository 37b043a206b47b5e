import { Agent as HttpAgent, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, type AgentOptions as TlsAgentOptions } from "node:https";
import type { Readable } from "node:stream";
import { RemoteConfigError } from "../remote-errors.ts";
import type { RemoteEnvironment, RemoteSettings } from "../settings.ts";
import { exchange, type ExchangeLimits } from "./exchange.ts";
import { ProxyAddressError, proxyFor, type Proxy } from "./proxy.ts";
import { readTlsSettings, type TlsSettings } from "./tls-settings.ts";
import { TunnelAgent } from "./tunnel-agent.ts";

/** DVC waits this long for a connection. */
const CONNECT_SECONDS = 60;
/** A server that stores a large file may be silent for minutes before it answers. */
const QUIET_SECONDS = 300;
/** Connections kept for later requests; those of transfers that go on at the same time are not limited here. */
const IDLE_SOCKETS = 256;

/** One request, as it travels. */
export interface HttpMessage {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | Readable | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The connections of one remote: kept between requests, through the proxy of the environment, with the certificates
 * and times of the settings.
 */
export class HttpConnections {
  readonly #env: RemoteEnvironment;
  readonly #own: ReadonlySet<string>;
  readonly #tls: TlsSettings;
  readonly #limits: ExchangeLimits;
  readonly #agents = new Map<string, HttpAgent>();

  /**
   * @param origins - Scheme, host and port of the servers the settings are for, as `URL.origin` has them.
   * @throws `RemoteConfigError` when a certificate cannot be read, or the environment names no usable proxy.
   */
  constructor(settings: RemoteSettings, origins: readonly string[]) {
    this.#env = settings.env;
    this.#own = new Set(origins);
    this.#tls = readTlsSettings(settings);
    const waitSeconds = settings.number("timeout");
    this.#limits = {
      connectMs: (settings.number("connect_timeout") ?? waitSeconds ?? CONNECT_SECONDS) * 1000,
      quietMs: (settings.number("read_timeout") ?? waitSeconds ?? QUIET_SECONDS) * 1000,
    };
    for (const origin of origins) requireProxy(settings.name, new URL(origin), settings.env);
  }

  /** Tells whether a URL leads to a server that the settings, and so the credentials, are for. */
  isOwn(url: URL): boolean {
    return this.#own.has(url.origin);
  }

  /** Sends a request and returns its answer, with the body still to be read. */
  async request(url: URL, message: HttpMessage): Promise<IncomingMessage> {
    const { method, headers, body, signal } = message;
    const proxy = proxyFor(url, this.#env);
    const agent = this.#agent(url, proxy);
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const path = `${url.pathname}${url.search}`;
    const port = url.port === "" ? undefined : Number(url.port);
    const direct: RequestOptions = { protocol: url.protocol, host, port, path, method, headers, agent };
    // A proxy for plain HTTP reads the whole URL; for HTTPS it passes bytes on, and the agent has asked it to.
    const isRelayed = proxy !== undefined && url.protocol === "http:";
    const options = !isRelayed
      ? direct
      : {
          ...direct,
          protocol: proxy.isSecure ? "https:" : "http:",
          host: proxy.host,
          port: proxy.port,
          path: `${url.origin}${path}`,
          headers: { ...headers, ...proxy.headers, host: url.host },
        };
    return exchange(options, body, this.#limits, signal);
  }

  /** Ends all connections, those that still carry something too. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  /** Certificates of the client are a credential: other servers than the remote's own do not get to see them. */
  #agent(url: URL, proxy: Proxy | undefined): HttpAgent {
    const isSecure = url.protocol === "https:";
    const isOwn = isSecure && this.isOwn(url);
    const way = proxy === undefined ? "direct" : `${proxy.isSecure ? "https" : "http"}://${proxy.host}:${proxy.port}`;
    const key = `${url.protocol} ${isOwn ? "own" : "other"} ${way}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const keeping: TlsAgentOptions = { keepAlive: true, maxFreeSockets: IDLE_SOCKETS, scheduling: "lifo" };
    const tls = !isSecure ? {} : isOwn ? this.#tls.own() : this.#tls.other();
    const agent = !isSecure
      ? proxy?.isSecure === true
        ? new HttpsAgent(keeping)
        : new HttpAgent(keeping)
      : proxy === undefined
        ? new HttpsAgent({ ...keeping, ...tls })
        : new TunnelAgent(proxy, this.#limits.connectMs, { ...keeping, ...tls });
    this.#agents.set(key, agent);
    return agent;
  }
}

/** @throws `RemoteConfigError` when the environment names a proxy that cannot be one. */
export function requireProxy(remote: string, url: URL, env: RemoteEnvironment): Proxy | undefined {
  try {
    return proxyFor(url, env);
  } catch (error) {
    if (!(error instanceof ProxyAddressError)) throw error;
    throw new RemoteConfigError(remote, `the environment's ${error.message}`, "Write it as http://HOST:PORT.");
  }
}
