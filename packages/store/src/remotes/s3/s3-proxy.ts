import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import type { S3Client } from "@aws-sdk/client-s3";
import { requireProxy } from "../http/http-connections.ts";
import type { Proxy } from "../http/proxy.ts";
import { TunnelAgent } from "../http/tunnel-agent.ts";
import type { RemoteSettings } from "../settings.ts";

/** Where an S3 remote is asked, as far as proxies matter: an endpoint, or a name of Amazon's. */
export function s3Address(settings: RemoteSettings, bucket: string, endpoint: string | undefined): URL {
  const isPlain = settings.flag("use_ssl") === false;
  const text = endpoint ?? `${isPlain ? "http" : "https"}://${bucket}.s3.amazonaws.com`;
  return URL.canParse(text) ? new URL(text) : new URL("https://s3.amazonaws.com");
}

/**
 * Makes the connections of an S3 client, through the proxy of the environment as Amazon's own tools and DVC do.
 *
 * @throws `RemoteConfigError` when the environment names no usable proxy.
 */
export function s3Agents(
  settings: RemoteSettings,
  address: URL,
  connectMs: number,
  options: { readonly agent: AgentOptions; readonly tls: AgentOptions },
): { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent } {
  const proxy = requireProxy(settings.name, address, settings.env);
  const tls = { ...options.agent, ...options.tls };
  if (proxy === undefined) return { httpAgent: new HttpAgent(options.agent), httpsAgent: new HttpsAgent(tls) };
  // Plain requests go to the proxy itself, and where that is encrypted the client takes the second agent for them.
  const isRelayed = address.protocol === "http:";
  const httpsAgent = isRelayed ? new HttpsAgent(options.agent) : new TunnelAgent(proxy, connectMs, tls);
  return { httpAgent: new HttpAgent(options.agent), httpsAgent };
}

/** Sends the plain HTTP requests of a client to a proxy, which reads the whole URL. They are signed for the server. */
export function relayRequests(client: S3Client, proxy: Proxy): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as RelayedRequest;
      const { hostname, port, path, headers } = request;
      const host = `${hostname}${port === undefined ? "" : `:${port}`}`;
      const relayed = Object.assign(
        Object.create(Object.getPrototypeOf(request) as object) as RelayedRequest,
        request,
        {
          protocol: proxy.isSecure ? "https:" : "http:",
          hostname: proxy.host,
          port: proxy.port,
          path: `http://${host}${path}`,
          headers: { ...headers, ...proxy.headers, host },
        },
      );
      return next({ ...args, request: relayed });
    },
    { step: "finalizeRequest", priority: "low", name: "waymarkProxy" },
  );
}

/** What is read of a request before it is sent. */
interface RelayedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}
