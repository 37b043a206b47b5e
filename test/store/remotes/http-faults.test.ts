import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import {
  fetchObjects,
  openRemote,
  pushObjects,
  RemoteCorruptError,
  RemoteRequestError,
  RemoteUnreachableError,
  type ObjectRemote,
} from "@waymark/store/remotes";
import { startHttp, type HttpServer } from "../../support/servers/http-server.ts";
import { dvcProject } from "../folder.ts";
import { filledProject, testFolder } from "./contract.ts";

const MIB = 1024 * 1024;

describe("an HTTP server in trouble", () => {
  let server: HttpServer;
  beforeEach(async () => {
    server = await startHttp();
  });
  afterEach(async () => server.stop());

  const open = async (options: Readonly<Record<string, string>> = {}): Promise<ObjectRemote> => {
    const config = { name: "web", url: `${server.url}/base`, options: new Map(Object.entries(options)), folder: "/" };
    const remote = await openRemote(config, {});
    onTestFinished(async () => remote.close());
    return remote;
  };
  const source = (sizeBytes: number): { readonly path: string; readonly data: Buffer } => {
    const data = randomBytes(sizeBytes);
    const path = join(testFolder(), "source");
    writeFileSync(path, data);
    return { path, data };
  };
  /** Lets the server do something else with the first requests of a method. */
  const first = (times: number, method: string, answer: (response: ServerResponse) => void): void => {
    let left = times;
    server.intervene = (request, response) => {
      if (request.method !== method || left === 0) return false;
      left -= 1;
      answer(response);
      return true;
    };
  };

  it("may close connections whose reader is slower than it: the rest is asked for", async () => {
    const { path, data } = source(6 * MIB);
    const { storage } = await open();
    await storage.upload(path, "x.bin");
    // All is written at once and the connection closed, while the reader has taken little of it.
    server.intervene = (request, response) => {
      if (request.method !== "GET") return false;
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start === 0 ? 200 : 206, {
        "content-length": data.byteLength - start,
        ...(start === 0 ? {} : { "content-range": `bytes ${start}-${data.byteLength - 1}/${data.byteLength}` }),
        connection: "close",
      });
      response.write(data.subarray(start, start + 4 * MIB));
      setTimeout(() => response.socket?.end(), 5);
      return true;
    };
    const target = join(testFolder(), "target");
    let seen = 0;
    const onBytes = (bytes: number): void => {
      seen += bytes;
      // Blocks this thread: bytes and the end of the connection arrive together, unread.
      if (seen < 2 * MIB) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    };
    expect(await storage.download("x.bin", target, { onBytes })).toEqual(hashBytes(data));
    expect(readFileSync(target).equals(data)).toBe(true);
  });

  it("may end an answer before its Content-Length, or after it: only right bytes are kept", async () => {
    const { cache, names } = filledProject(1, 4000);
    await pushObjects(cache, await open(), names);
    const [name = ""] = names;
    const right = readFileSync(cache.objectPath(name));
    // Too short, twice; what came of it is continued, or asked for anew.
    first(2, "GET", (response) => {
      response.writeHead(200, { "content-length": right.byteLength });
      response.write(right.subarray(0, 1000), () => response.socket?.destroy());
    });
    const one = dvcProject().cache;
    expect(await fetchObjects(one, await open(), [name])).toMatchObject({ transferred: 1, failed: [] });
    expect(one.verify(name)).toBe("intact");
    // A Content-Length that cuts off what follows: the bytes are not those of the name.
    server.intervene = (request, response) => {
      if (request.method !== "GET") return false;
      response.socket?.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      response.socket?.write(right);
      return true;
    };
    const two = dvcProject().cache;
    const report = await fetchObjects(two, await open(), [name]);
    expect(report.failed[0]?.error).toBeInstanceOf(RemoteCorruptError);
    expect(two.has(name)).toBe(false);
  });

  it("may break off what is sent to it: it is sent again, whole", async () => {
    const { path, data } = source(5 * MIB);
    const { storage } = await open({ method: "PUT" });
    let breaks = 2;
    server.intervene = (request) => {
      if (request.method !== "PUT" || breaks === 0) return false;
      breaks -= 1;
      let seen = 0;
      request.on("data", (chunk: Buffer) => {
        seen += chunk.byteLength;
        if (seen > MIB) request.socket.destroy();
      });
      return true;
    };
    let sent = 0;
    await storage.upload(path, "x.bin", { md5: hashBytes(data).md5, onBytes: (bytes) => void (sent += bytes) });
    expect(readFileSync(join(server.data, "base/x.bin")).equals(data)).toBe(true);
    expect([sent, breaks]).toEqual([data.byteLength, 0]);
  });

  it("may fail in bursts, for all at once", async () => {
    const { cache, names } = filledProject(20);
    const failures = new Map<string, number>();
    server.intervene = (request, response) => {
      const key = `${request.method} ${request.url}`;
      const failed = failures.get(key) ?? 0;
      if (failed === 2) return false;
      failures.set(key, failed + 1);
      request.resume();
      if (failed === 1) request.socket.destroy();
      else response.writeHead(503, { "retry-after": "0" }).end();
      return true;
    };
    expect(await pushObjects(cache, await open(), names, { jobs: 8 })).toMatchObject({ failed: [], missing: [] });
    const other = dvcProject().cache;
    expect(await fetchObjects(other, await open(), names, { jobs: 8 })).toMatchObject({ failed: [], missing: [] });
    for (const name of names) expect(other.verify(name)).toBe("intact");
  });

  it.each(["HEAD", "GET", "POST"])("may redirect %s in circles, which ends", async (method) => {
    server.intervene = (request, response) => {
      request.resume();
      response.writeHead(307, { location: `/${Math.random()}` }).end();
      return true;
    };
    const { storage } = await open();
    const { path } = source(10);
    const doing =
      method === "HEAD"
        ? storage.stat("x")
        : method === "GET"
          ? storage.download("x", join(testFolder(), "y"))
          : storage.upload(path, "x");
    await expect(doing).rejects.toBeInstanceOf(RemoteRequestError);
    await expect(doing).rejects.toThrow(/answered 307, and redirects in circles/);
    expect(server.requests.length).toBe(11);
  });

  it.each(["file:///etc/passwd", "javascript:alert(1)", "http://"])("may not redirect to %s", async (location) => {
    server.intervene = (_, response) => response.writeHead(302, { location }).end() === response;
    await expect((await open()).storage.stat("x")).rejects.toThrow(/answered 302, and redirects to '/);
    expect(server.requests.length).toBe(1);
  });

  it("may send an upload to another server, which gets the bytes and no credentials", async () => {
    const other = await startHttp();
    onTestFinished(async () => other.stop());
    server.intervene = (request, response) => {
      request.resume();
      // Credentials that it puts into the address itself are passed by as well.
      const location = `${other.url.replace("//", "//eve:hush@")}${request.url}`;
      response.writeHead(307, { location }).end();
      return true;
    };
    const { path, data } = source(3 * MIB);
    const { storage } = await open({ auth: "basic", user: "ada", password: "s3cret" });
    let sent = 0;
    await storage.upload(path, "x.bin", { onBytes: (bytes) => void (sent += bytes) });
    expect(readFileSync(join(other.data, "base/x.bin")).equals(data)).toBe(true);
    expect(sent).toBe(data.byteLength);
    expect(server.requests[0]?.headers.authorization).toMatch(/^Basic /);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("may answer a sent file with a look at something else, which takes no body", async () => {
    server.intervene = (request, response) => {
      if (request.method !== "POST") return false;
      request.resume().on("end", () => response.writeHead(303, { location: "/base/result" }).end());
      return true;
    };
    const { path } = source(3 * MIB);
    await expect((await open()).storage.upload(path, "x.bin")).rejects.toThrow(/answered 404/);
    expect(server.requests.map(({ method, headers }) => `${method} ${headers["content-length"] ?? "-"}`)).toEqual([
      `POST ${3 * MIB}`,
      "GET -",
    ]);
  });

  it("may refuse a file that is still on its way, and is understood", async () => {
    server.intervene = (request, response) => {
      if (request.method !== "POST") return false;
      request.once("data", () => response.writeHead(413, { "content-length": 0 }).end());
      request.resume();
      return true;
    };
    const { path } = source(8 * MIB);
    const sending = (await open()).storage.upload(path, "x.bin");
    await expect(sending).rejects.toMatchObject({ status: 413 });
  });

  it("may fall silent: before the answer, and in the middle of it", async () => {
    const { path, data } = source(2 * MIB);
    const { storage } = await open({ read_timeout: "0.15" });
    await storage.upload(path, "x.bin");
    first(1, "HEAD", () => {});
    expect(await storage.stat("x.bin")).toMatchObject({ sizeBytes: data.byteLength });
    first(2, "GET", (response) => {
      response.writeHead(200, { "content-length": data.byteLength });
      response.write(data.subarray(0, MIB));
    });
    expect(await storage.download("x.bin", join(testFolder(), "y"))).toEqual(hashBytes(data));
    first(100, "HEAD", () => {});
    const asking = storage.stat("x.bin");
    await expect(asking).rejects.toBeInstanceOf(RemoteUnreachableError);
    await expect(asking).rejects.toThrow(/it did not answer in time \(ETIMEDOUT\)/);
  });

  it("is not waited for once the command is stopped", async () => {
    const stop = new AbortController();
    const { storage } = await open();
    const data = randomBytes(MIB);
    server.intervene = (request, response) => {
      if (request.method === "GET") {
        response.writeHead(200, { "content-length": 2 * MIB });
        response.write(data);
      }
      return true;
    };
    const waiting = [
      storage.stat("x", stop.signal),
      storage.download("x", join(testFolder(), "y"), { signal: stop.signal }),
      storage.upload(source(4 * MIB).path, "z", { signal: stop.signal }),
    ].map(async (doing) => expect(doing).rejects.toThrow(/abort/i));
    while (server.requests.length < 3) await sleep(5);
    stop.abort();
    await Promise.all(waiting);
  });
});
