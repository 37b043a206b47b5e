import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { serveFile, startHttp, type HttpServer, type Intervention } from "./http-server.ts";

/** What S3's own language needs for push and pull, in this process: objects, parts, and listings. */
export interface SmallS3 extends HttpServer {
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a server whose first folder is the bucket. */
export async function startSmallS3(): Promise<SmallS3> {
  const server = await startHttp();
  const own = { before: undefined as Intervention | undefined };
  server.intervene = (request, response, seen) => {
    if (own.before?.(request, response, seen) === true) return true;
    answer(server.data, request, response).catch(() => response.destroy());
    return true;
  };
  const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", HOME: "/nonexistent" };
  return new Proxy(server as SmallS3, {
    get: (target, key) => (key === "env" ? env : key === "intervene" ? own.before : Reflect.get(target, key)),
    set: (target, key, value) => {
      if (key !== "intervene") return Reflect.set(target, key, value);
      own.before = value as Intervention | undefined;
      return true;
    },
  });
}

async function answer(data: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const path = join(data, decodeURIComponent(url.pathname));
  const upload = url.searchParams.get("uploadId");
  const part = url.searchParams.get("partNumber");
  if (request.method === "GET" && url.searchParams.has("list-type")) {
    await drain(request);
    sendXml(response, listing(path, url.searchParams.get("prefix") ?? ""));
  } else if (request.method === "POST" && url.searchParams.has("uploads")) {
    await drain(request);
    sendXml(response, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>");
  } else if (request.method === "PUT" && upload !== null && part !== null) {
    mkdirSync(dirname(path), { recursive: true });
    const hash = createHash("md5");
    request.on("data", (chunk: Buffer) => hash.update(chunk));
    await pipeline(request, createWriteStream(`${path}.part-${part.padStart(5, "0")}`));
    response.writeHead(200, { etag: `"${hash.digest("hex")}"`, "content-length": 0 }).end();
  } else if (request.method === "POST" && upload !== null) {
    await drain(request);
    const folder = dirname(path);
    const parts = readdirSync(folder).filter((name) => join(folder, name).startsWith(`${path}.part-`));
    for (const [at, name] of parts.toSorted().entries()) {
      await pipeline(
        createReadStream(join(folder, name)),
        createWriteStream(`${path}.whole`, { flags: at === 0 ? "w" : "a" }),
      );
      rmSync(join(folder, name));
    }
    renameSync(`${path}.whole`, path);
    sendXml(response, "<CompleteMultipartUploadResult><ETag>&quot;0&quot;</ETag></CompleteMultipartUploadResult>");
  } else {
    serveFile(path, request, response);
  }
}

function listing(bucket: string, prefix: string): string {
  const folder = join(bucket, prefix);
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const keys = names.map((name) => `<Contents><Key>${prefix}${name}</Key><Size>1</Size></Contents>`);
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${keys.join("")}</ListBucketResult>`;
}

function sendXml(response: ServerResponse, body: string): void {
  response.writeHead(200, { "content-type": "application/xml" }).end(`<?xml version="1.0"?>${body}`);
}

async function drain(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}
