import { type ClientRequest, request as httpRequest } from "node:http";
import { Agent, request as httpsRequest, type AgentOptions, type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { Duplex } from "node:stream";
import type { Proxy } from "./proxy.ts";

/** A proxy would not open the way to a server. */
export class ProxyRefusalError extends Error {
  override readonly name = "ProxyRefusalError";
  /** What the proxy answered. */
  readonly status: number;

  constructor(status: number) {
    super(`the proxy answered ${status}`);
    this.status = status;
  }
}

/**
 * Connections to HTTPS servers through a proxy, which is asked by CONNECT to pass bytes on.
 *
 * What a proxy answers instead is an error, and never taken for the answer of the server: it was not the server's
 * certificate that vouched for it.
 */
export class TunnelAgent extends Agent {
  readonly #proxy: Proxy;
  readonly #connectMs: number;
  readonly #opening = new Set<ClientRequest>();

  /** @param connectMs - How long the proxy may take to open a way. */
  constructor(proxy: Proxy, connectMs: number, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#connectMs = connectMs;
  }

  override createConnection(options: RequestOptions, done: (error: Error | null, stream: Duplex) => void): undefined {
    const fail = done as (error: Error) => void;
    const name = options.host ?? "localhost";
    const port = options.port ?? 443;
    const target = `${name.includes(":") ? `[${name}]` : name}:${port}`;
    const { isSecure, host, port: proxyPort, headers } = this.#proxy;
    const request = (isSecure ? httpsRequest : httpRequest)({
      host,
      port: proxyPort,
      method: "CONNECT",
      path: target,
      headers: { ...headers, host: target },
      agent: false,
      timeout: this.#connectMs,
    });
    this.#opening.add(request);
    request.once("close", () => this.#opening.delete(request));
    request.once("timeout", () => request.destroy(new Error("the proxy did not answer in time")));
    request.once("connect", (response, socket: Socket, head: Buffer) => {
      if (response.statusCode === undefined || response.statusCode < 200 || response.statusCode > 299) {
        socket.destroy();
        fail(new ProxyRefusalError(response.statusCode ?? 0));
        return;
      }
      if (head.byteLength > 0) socket.unshift(head);
      // The path of the request would be taken for that of a local socket.
      const { path: _, host: __, port: ___, ...tls } = options;
      socket.setTimeout(0);
      done(null, connectTls({ ...(tls as ConnectionOptions), socket }));
    });
    request.once("error", fail);
    request.end();
    return undefined;
  }

  override destroy(): void {
    for (const request of this.#opening) request.destroy();
    super.destroy();
  }
}
