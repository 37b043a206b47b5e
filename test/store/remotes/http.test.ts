import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import {
  canHoldRunCache,
  fetchObjects,
  openRemote,
  openUrl,
  pushObjects,
  RemoteAccessError,
  RemoteConfigError,
  RemoteCorruptError,
  RemoteRequestError,
  type ObjectRemote,
} from "@waymark/store/remotes";
import { startHttp, type HttpServer } from "../../support/servers/http-server.ts";
import { dvcProject } from "../folder.ts";
import { describeRemote, filledProject, testFolder } from "./contract.ts";

describe("a plain HTTP server", () => {
  let server: HttpServer;
  beforeEach(async () => {
    server = await startHttp();
  });
  afterEach(async () => server.stop());

  const open = async (
    options: Readonly<Record<string, string>> = {},
    url = `${server.url}/base`,
  ): Promise<ObjectRemote> => {
    const remote = await openRemote({ name: "web", url, options: new Map(Object.entries(options)), folder: "/" }, {});
    onTestFinished(async () => remote.close());
    return remote;
  };

  describeRemote(async () => open(), { canList: false });

  it("is sent files by POST, or by PUT when the settings say so", async () => {
    const { cache, names } = filledProject(1);
    await pushObjects(cache, await open(), names.slice(0, 1));
    await pushObjects(cache, await open({ method: "put" }), names);
    const methods = server.requests.map(({ method }) => method).filter((method) => method !== "HEAD");
    expect(methods).toEqual(["POST", "PUT"]);
    await expect(open({ method: "PATCH" })).rejects.toBeInstanceOf(RemoteConfigError);
  });

  it("cannot list, nor hold the run cache", async () => {
    const remote = await open();
    expect(canHoldRunCache(remote)).toBe(false);
    await expect(remote.listAll()[Symbol.asyncIterator]().next()).rejects.toThrow(/does not say what it holds/);
  });

  it("is asked again when it fails for a moment, as late as it wishes", async () => {
    const { cache, names } = filledProject(5);
    let failures = 4;
    server.intervene = (_, response) => {
      if (failures === 0) return false;
      failures -= 1;
      response.writeHead(failures % 2 === 0 ? 503 : 500, failures % 2 === 0 ? { "retry-after": "0" } : {}).end();
      return true;
    };
    expect(await pushObjects(cache, await open(), names, { jobs: 2 })).toMatchObject({ transferred: names.length });
    const other = dvcProject().cache;
    failures = 4;
    expect(await fetchObjects(other, await open(), names, { jobs: 2 })).toMatchObject({ transferred: names.length });
  });

  it("that fails again and again is named, with the object and the status", async () => {
    const { cache, names } = filledProject(2);
    const [first = "", second = "", folder = ""] = names;
    server.intervene = (request, response) => refuse(request, response, second, 500);
    const report = await pushObjects(cache, await open(), names);
    expect(report.transferred).toBe(1);
    expect(report.failed.map(({ name }) => name)).toEqual([second]);
    const error = report.failed[0]?.error;
    expect(error).toBeInstanceOf(RemoteRequestError);
    expect(String(error)).toContain(`files/md5/${second.slice(0, 2)}/${second.slice(2)}' of '${server.url}/base'`);
    expect(error).toMatchObject({ status: 500 });
    // The manifest of a folder must not come before its files.
    server.intervene = undefined;
    expect(await (await open()).has(names)).toEqual(new Set([first]));
    expect(await pushObjects(cache, await open(), names)).toEqual({ transferred: 2, failed: [], missing: [] });
    expect(server.requests.filter(({ method }) => method === "POST").at(-1)?.path).toContain(folder.slice(2));
  });

  it("whose bytes are wrong is found out, and nothing of it is kept", async () => {
    const { cache, names } = filledProject(3);
    await pushObjects(cache, await open(), names);
    const [first = ""] = names;
    const path = join(server.data, "base/files/md5", first.slice(0, 2), first.slice(2));
    const right = readFileSync(path);
    writeFileSync(path, "something else");
    const other = dvcProject().cache;
    const report = await fetchObjects(other, await open(), names);
    expect(report).toMatchObject({ transferred: 2, failed: [{ name: first }] });
    expect(report.failed[0]?.error).toBeInstanceOf(RemoteCorruptError);
    expect(existsSync(other.objectPath(first))).toBe(false);
    // Once: the second try brings the right ones.
    writeFileSync(path, right);
    let wrong = 1;
    server.intervene = (request, response) => {
      if (wrong === 0 || request.method !== "GET") return false;
      wrong -= 1;
      response.writeHead(200).end("something else");
      return true;
    };
    expect(await fetchObjects(other, await open(), names)).toMatchObject({ transferred: 2, failed: [] });
    expect(other.verify(first)).toBe("intact");
  });

  it("may say nothing of ranges, and drop connections", async () => {
    const folder = testFolder();
    const data = randomBytes(5 * 1024 * 1024);
    const { storage } = await open();
    writeFileSync(join(folder, "source"), data);
    await storage.upload(join(folder, "source"), "x.bin");
    let drops = 2;
    server.intervene = (request, response) => {
      if (request.method !== "GET") return false;
      delete request.headers.range;
      if (drops === 0) return false;
      drops -= 1;
      response.writeHead(200, { "content-length": data.byteLength });
      response.write(data.subarray(0, 2 * 1024 * 1024), () => response.destroy());
      return true;
    };
    let received = 0;
    const onBytes = (bytes: number): void => void (received += bytes);
    expect(await storage.download("x.bin", join(folder, "target"), { onBytes })).toEqual(hashBytes(data));
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    expect(received).toBe(data.byteLength);
  });

  it.each([
    ["basic", { auth: "basic", user: "ada", password: "s3cret:pass" }, "authorization", "Basic YWRhOnMzY3JldDpwYXNz"],
    ["custom", { auth: "custom", custom_auth_header: "X-Token", password: "t0ken" }, "x-token", "t0ken"],
  ])("is told who asks by %s headers, which do not follow to another server", async (_, options, header, value) => {
    const other = await startHttp();
    onTestFinished(async () => other.stop());
    server.intervene = (request, response) => {
      if (request.url?.includes("moved") !== true) return false;
      response.writeHead(302, { location: `${other.url}/elsewhere` }).end();
      return true;
    };
    const { storage } = await open(options);
    expect(await storage.stat("moved")).toBeUndefined();
    expect(server.requests[0]?.headers[header]).toBe(value);
    expect(other.requests[0]?.path).toBe("/elsewhere");
    expect(other.requests[0]?.headers[header]).toBeUndefined();
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });

  it("is answered when it sends a challenge, without the password travelling", async () => {
    server.intervene = (request, response) => {
      const answer = request.headers.authorization ?? "";
      const field = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(answer)?.[1] ?? "";
      const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
      const secret = md5("ada:here:s3cret");
      const asked = md5(`${request.method}:${request.url}`);
      if (field("response") === md5(`${secret}:abc:${field("nc")}:${field("cnonce")}:auth:${asked}`)) return false;
      response
        .writeHead(401, { "www-authenticate": 'Digest realm="here", nonce="abc", qop="auth", algorithm=MD5' })
        .end();
      return true;
    };
    const { cache, names } = filledProject(2);
    const remote = await open({ auth: "digest", user: "ada", password: "s3cret" });
    expect(await pushObjects(cache, remote, names, { jobs: 1 })).toMatchObject({
      transferred: names.length,
      failed: [],
    });
    const wrong = await open({ auth: "digest", user: "ada", password: "other" });
    await expect(wrong.has(names)).rejects.toBeInstanceOf(RemoteAccessError);
  });

  it("stops a push at once when it lets nobody in", async () => {
    const { cache, names } = filledProject(50);
    server.intervene = (request, response) => {
      if (request.method === "HEAD") return false;
      response.writeHead(403).end();
      return true;
    };
    const push = pushObjects(cache, await open({}, `${server.url.replace("//", "//ada:hush@")}/base`), names, {
      jobs: 4,
    });
    await expect(push).rejects.toThrow(/the server answered 403/);
    await expect(push).rejects.not.toThrow(/hush/);
    expect(server.requests.filter(({ method }) => method === "POST").length).toBeLessThan(10);
  });

  it("needs a user and a password, or somebody to ask", async () => {
    await expect(open({ auth: "basic", user: "ada" })).rejects.toThrow(/needs `user` and `password`/);
    await expect(open({ auth: "basic", user: "ada", ask_password: "true" })).rejects.toThrow(/no terminal to ask on/);
    const options = new Map([
      ["auth", "basic"],
      ["user", "ada"],
      ["ask_password", "true"],
    ]);
    const config = { name: "web", url: server.url, options, folder: "/" };
    const remote = await openRemote(config, {}, { askSecret: async () => "typed" });
    onTestFinished(async () => remote.close());
    await remote.has(["0".repeat(32)]);
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from("ada:typed").toString("base64")}`);
  });

  it("tells a URL's tag as DVC records it, quotes included", async () => {
    server.intervene = (_, response) => {
      response.writeHead(200, { etag: '"abc"', "content-length": 5 }).end("hello");
      return true;
    };
    const source = await openUrl(`${server.url}/file?version=1`);
    onTestFinished(async () => source.close());
    expect(source.hashKind).toBe("checksum");
    expect(await source.stat()).toMatchObject({ path: "", isFolder: false, sizeBytes: 5, hash: '"abc"' });
    const target = join(testFolder(), "file");
    expect(await source.download("", target)).toEqual(hashBytes(Buffer.from("hello")));
  });
});

function refuse(request: IncomingMessage, response: ServerResponse, name: string, status: number): boolean {
  if (request.method === "HEAD" || request.url?.includes(name.slice(2)) !== true) return false;
  request.resume().on("end", () => response.writeHead(status).end());
  return true;
}
