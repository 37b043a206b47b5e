import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import {
  fetchObjects,
  openRemote,
  pushObjects,
  RemoteCorruptError,
  RemoteRequestError,
  type ObjectRemote,
} from "@waymark/store/remotes";
import { startSmallS3, type SmallS3 } from "../../support/servers/small-s3.ts";
import { dvcProject } from "../folder.ts";
import { filledProject, testFolder } from "./contract.ts";

const MIB = 1024 * 1024;

describe("an S3 server in trouble", () => {
  let server: SmallS3;
  beforeEach(async () => {
    server = await startSmallS3();
  });
  afterEach(async () => server.stop());

  const open = async (): Promise<ObjectRemote> => {
    const options = new Map([["endpointurl", server.url]]);
    const remote = await openRemote({ name: "cloud", url: "s3://bucket/x", options, folder: "/" }, server.env);
    onTestFinished(async () => remote.close());
    return remote;
  };

  it("may end answers early: the rest is asked for", async () => {
    const { storage } = await open();
    const data = randomBytes(3 * MIB);
    const folder = testFolder();
    writeFileSync(join(folder, "source"), data);
    await storage.upload(join(folder, "source"), "big.bin");
    const starts: number[] = [];
    server.intervene = (request, response) => {
      if (request.method !== "GET") return false;
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      starts.push(start);
      if (starts.length > 2) return false;
      const range = { "content-range": `bytes ${start}-${data.byteLength - 1}/${data.byteLength}` };
      const headers = { "content-length": data.byteLength - start, ...(start === 0 ? {} : range) };
      response.writeHead(start === 0 ? 200 : 206, headers);
      response.write(data.subarray(start, start + MIB), () => response.socket?.end());
      return true;
    };
    expect(await storage.download("big.bin", join(folder, "target"))).toEqual(hashBytes(data));
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    // What had come was kept each time.
    expect(starts).toEqual([0, MIB, 2 * MIB]);
  });

  it("may be overloaded, or drop what is sent to it, for a moment", async () => {
    const { cache, names } = filledProject(12);
    const seen = new Map<string, number>();
    server.intervene = (request, response) => {
      const key = `${request.method} ${request.url}`;
      const times = seen.get(key) ?? 0;
      seen.set(key, times + 1);
      if (times > 1) return false;
      request.resume();
      if (times === 0) response.writeHead(503, { "content-type": "application/xml" }).end(SLOW_DOWN);
      else request.socket.destroy();
      return true;
    };
    expect(await pushObjects(cache, await open(), names, { jobs: 4 })).toMatchObject({ failed: [], missing: [] });
    const other = dvcProject().cache;
    expect(await fetchObjects(other, await open(), names, { jobs: 4 })).toMatchObject({ failed: [], missing: [] });
    for (const name of names) expect(other.verify(name)).toBe("intact");
  });

  it("that fails for good is named, and nothing wrong of it is kept", async () => {
    const { cache, names } = filledProject(1);
    const [name = ""] = names;
    await pushObjects(cache, await open(), names);
    server.intervene = (request, response) => {
      if (request.method !== "GET") return false;
      response.writeHead(200, { "content-length": 5 }).end("wrong");
      return true;
    };
    const other = dvcProject().cache;
    const wrong = await fetchObjects(other, await open(), [name]);
    expect(wrong.failed[0]?.error).toBeInstanceOf(RemoteCorruptError);
    expect(other.has(name)).toBe(false);
    server.intervene = (_, response) => {
      response.writeHead(500, { "content-type": "application/xml" }).end("<Error><Code>InternalError</Code></Error>");
      return true;
    };
    const failing = await fetchObjects(other, await open(), [name]);
    expect(failing.failed[0]?.error).toBeInstanceOf(RemoteRequestError);
    expect(String(failing.failed[0]?.error)).toContain("the server answered 500");
  });
});

const SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
