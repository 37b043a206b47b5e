import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, type Stats } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { basename, dirname, join } from "node:path";
import { serverFolder, type TestServer } from "./server.ts";

/** What speaks WebHDFS over files of this machine: a name node that sends clients on to a data node. */
export interface SmallWebhdfs extends TestServer {
  /** Queries of the requests so far, with the method before them. */
  readonly requests: readonly string[];
  /** Answers a request to the data node instead of it; true when it did. */
  intervene: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** Starts the server; one port plays both parts. */
export async function startSmallWebhdfs(): Promise<SmallWebhdfs> {
  const folder = serverFolder("webhdfs");
  const requests: string[] = [];
  const started = { intervene: undefined as SmallWebhdfs["intervene"] };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
    requests.push(`${request.method ?? ""} ${url.search}`);
    const isData = url.pathname.startsWith("/data/");
    const path = join(folder, decodeURIComponent(url.pathname.replace(/^\/(data|webhdfs\/v1)/, "")));
    if (isData && started.intervene?.(request, response) === true) return;
    if (isData) answerData(path, url, request, response);
    else answerName(path, folder, url, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(folder, { recursive: true, force: true });
  };
  return Object.assign(started, { port, folder, requests, stop });
}

function answerName(path: string, root: string, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const json = (value: unknown, status = 200): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
  const stats = statSync(path, { throwIfNoEntry: false });
  const missing = (): void => json({ RemoteException: { exception: "FileNotFoundException", message: "none" } }, 404);
  const data = url.href.replace("/webhdfs/v1", "/data");
  request.resume();
  switch (url.searchParams.get("op")) {
    case "GETFILESTATUS":
      return stats === undefined ? missing() : json({ FileStatus: describe("", stats) });
    case "LISTSTATUS": {
      if (stats === undefined) return missing();
      const list = stats.isDirectory()
        ? readdirSync(path).map((name) => describe(name, statSync(join(path, name))))
        : [describe("", stats)];
      return json({ FileStatuses: { FileStatus: list } });
    }
    case "OPEN":
      if (stats === undefined) return missing();
      return void response.writeHead(307, { location: data }).end();
    case "CREATE":
      return void response.writeHead(307, { location: data }).end();
    case "GETFILECHECKSUM":
      return json({ FileChecksum: { algorithm: "MD5-of-0MD5-of-512CRC32C", bytes: "00abcd", length: 28 } });
    case "RENAME": {
      const target = join(root, url.searchParams.get("destination") ?? "");
      const isPossible = stats !== undefined && statSync(target, { throwIfNoEntry: false }) === undefined;
      if (isPossible) renameSync(path, target);
      return json({ boolean: isPossible });
    }
    case "DELETE":
      rmSync(path, { force: true, recursive: true });
      return json({ boolean: stats !== undefined });
    default:
      json({ RemoteException: { exception: "IllegalArgumentException", message: "op" } }, 400);
  }
}

function answerData(path: string, url: URL, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "PUT") {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Buffer.concat(chunks));
      response.writeHead(201).end();
    });
    return;
  }
  const content = readFileSync(path).subarray(Number(url.searchParams.get("offset") ?? 0));
  response.writeHead(200, { "content-length": content.byteLength }).end(content);
}

function describe(name: string, stats: Stats): Readonly<Record<string, unknown>> {
  const isFolder = stats.isDirectory();
  return {
    pathSuffix: basename(name),
    type: isFolder ? "DIRECTORY" : "FILE",
    length: isFolder ? 0 : stats.size,
    modificationTime: Math.round(stats.mtimeMs),
  };
}
