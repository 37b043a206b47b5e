import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

/** A proxy as companies have them: it relays plain requests, and passes bytes on after CONNECT. */
export interface TestProxy {
  readonly url: string;
  readonly port: number;
  /** What it was asked for, as `METHOD target`. */
  readonly asked: readonly string[];
  /** What it was told of who asks, by request. */
  readonly logins: readonly (string | undefined)[];
  /** Answers CONNECT and plain requests with this instead; `undefined` to do its work. */
  refusal: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** Says nothing at all to CONNECT. */
  isSilent: boolean;
  stop(): Promise<void>;
}

/** Starts a proxy on a port of its own. */
export async function startProxy(): Promise<TestProxy> {
  const asked: string[] = [];
  const logins: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const state = { refusal: undefined as TestProxy["refusal"], isSilent: false };
  const note = (request: IncomingMessage): void => {
    asked.push(`${request.method} ${request.url}`);
    logins.push(request.headers["proxy-authorization"]);
  };
  const server = createServer((request, response) => {
    note(request);
    if (state.refusal !== undefined) {
      response.writeHead(state.refusal.status, state.refusal.headers ?? {}).end();
      return;
    }
    const url = new URL(request.url ?? "");
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = httpRequest(url, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("connect", (request, client: Socket, head) => {
    note(request);
    if (state.isSilent) return;
    if (state.refusal !== undefined) {
      const fields = Object.entries(state.refusal.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
      client.end(`HTTP/1.1 ${state.refusal.status} No\r\n${fields.join("")}content-length: 0\r\n\r\n`);
      return;
    }
    const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? "") ?? [];
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, port, asked, logins, stop });
}
