import { connect, createServer, type Socket } from "node:net";

/** Passes bytes between a client and a server, and cuts the connection when told to. */
export interface CuttingProxy {
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
  /** Bytes that went to the client so far. */
  readonly bytesToClient: () => number;
  /** Cuts connections once this many bytes went in a direction, as often as `times` says. */
  cutAfter(bytes: number, direction: "toClient" | "toServer", times?: number): void;
  stop(): Promise<void>;
}

/** Starts a proxy before a server on this machine. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let toClient = 0;
  let cut:
    | { bytes: number; readonly direction: "toClient" | "toServer"; times: number; readonly each: number }
    | undefined;
  const count = (direction: "toClient" | "toServer", bytes: number): boolean => {
    if (direction === "toClient") toClient += bytes;
    if (cut === undefined || cut.direction !== direction || cut.times === 0) return false;
    cut.bytes -= bytes;
    if (cut.bytes > 0) return false;
    cut.times -= 1;
    cut.bytes = cut.each;
    return true;
  };
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect({ port: targetPort, host: "127.0.0.1" });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    const pass = (from: Socket, to: Socket, direction: "toClient" | "toServer"): void => {
      from.on("data", (chunk) => {
        if (count(direction, chunk.length)) {
          // Half of what came: the receiver is in the middle of something.
          to.write(chunk.subarray(0, chunk.length >> 1), () => end());
          return;
        }
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
      });
    };
    pass(client, upstream, "toServer");
    pass(upstream, client, "toClient");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === "object" ? address.port : 0,
    connections: () => connections,
    bytesToClient: () => toClient,
    cutAfter: (bytes, direction, times = 1) => (cut = { bytes, direction, times, each: bytes }),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
