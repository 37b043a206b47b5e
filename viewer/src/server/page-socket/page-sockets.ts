import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { SUBPROTOCOL } from "../../protocol.ts";
import { PageConnection, type PageBackend } from "./page-connection.ts";

/** Pages that may be open at once: tabs, not users. */
const MAX_CONNECTIONS = 32;
/** No message of a page comes near. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

/** The WebSocket side: takes over upgraded connections and tells them all what changed. */
export class PageSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #pages = new Set<PageConnection>();
  readonly #backend: PageBackend;

  constructor(backend: PageBackend) {
    this.#backend = backend;
  }

  /** Open connections. */
  get count(): number {
    return this.#pages.size;
  }

  /** Completes the upgrade of a request that was let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#pages.size >= MAX_CONNECTIONS) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (upgraded) => {
      const page: PageConnection = new PageConnection(upgraded, this.#backend, () => this.#pages.delete(page));
      this.#pages.add(page);
    });
  }

  /** Says that points of a run changed. */
  notePoints(run: string): void {
    for (const page of this.#pages) page.notePoints(run);
  }

  /** Says that the row of a run came, changed or went. */
  noteCatalog(run: string): void {
    for (const page of this.#pages) page.noteCatalog(run);
  }

  /** Says goodbye to every page, so that each knows at once that the server left. */
  close(): void {
    for (const page of this.#pages) page.close(1001, "the viewer was stopped");
    this.#server.close();
  }

  /** Ends what has not said goodbye back. */
  terminate(): void {
    for (const page of this.#pages) page.terminate();
  }
}
