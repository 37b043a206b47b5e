import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { errorCode } from "@waymark/files";
import { PortInUseError } from "./errors.ts";

/** Where a viewer listens when nobody says. */
export const DEFAULT_PORT = 8910;
/** How many ports after the default are tried before the system picks one. */
const NEXT_PORTS = 20;

/**
 * Begins to listen.
 *
 * @param port - This port and no other; `undefined` takes the first free one of `remembered`, 8910, 8911 and so on.
 * @returns The port.
 * @throws {@link PortInUseError} when `port` is taken.
 */
export async function listen(
  server: Server,
  host: string,
  port: number | undefined,
  remembered: number | undefined,
): Promise<number> {
  if (port !== undefined) {
    const taken = await tryListen(server, host, port);
    if (taken !== undefined) throw new PortInUseError(port, taken);
    return portOf(server);
  }
  const next = Array.from({ length: NEXT_PORTS }, (_, index) => DEFAULT_PORT + index);
  for (const candidate of [...(remembered === undefined ? [] : [remembered]), ...next, 0]) {
    if ((await tryListen(server, host, candidate)) === undefined) return portOf(server);
  }
  throw new PortInUseError(DEFAULT_PORT);
}

/** @returns The error when the port is taken or forbidden, `undefined` when the server listens. */
async function tryListen(server: Server, host: string, port: number): Promise<Error | undefined> {
  return await new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      server.off("listening", onListening);
      if (errorCode(error) === "EADDRINUSE" || errorCode(error) === "EACCES") resolve(error);
      else reject(error);
    };
    const onListening = (): void => {
      server.off("error", onError);
      resolve(undefined);
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen({ host, port, exclusive: true });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
