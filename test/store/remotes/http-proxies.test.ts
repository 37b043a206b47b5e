import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openRemote, RemoteAccessError, RemoteConfigError, type ObjectRemote } from "@waymark/store/remotes";
import { hasOpenssl, makeAuthority, type TestAuthority } from "../../support/servers/certificates.ts";
import { startHttp, type HttpServer } from "../../support/servers/http-server.ts";
import { startProxy, type TestProxy } from "../../support/servers/proxy.ts";
import { filledProject } from "./contract.ts";
import { fetchObjects, pushObjects, RemoteUnreachableError } from "@waymark/store/remotes";
import { dvcProject } from "../folder.ts";

const nobody = ["0".repeat(32)];
const S3 = { access_key_id: "a", secret_access_key: "b" };

async function open(
  url: string,
  env: Readonly<Record<string, string>>,
  options: Readonly<Record<string, string>> = {},
): Promise<ObjectRemote> {
  const config = { name: "web", url, options: new Map(Object.entries(options)), folder: "/" };
  const remote = await openRemote(config, { HOME: "/nonexistent", ...env });
  onTestFinished(async () => remote.close());
  return remote;
}

describe("a proxy of the environment", () => {
  let server: HttpServer;
  let proxy: TestProxy;
  beforeEach(async () => {
    [server, proxy] = await Promise.all([startHttp(), startProxy()]);
  });
  afterEach(async () => Promise.all([server.stop(), proxy.stop()]).then(() => {}));

  it.each(["http_proxy", "HTTP_PROXY"])("named by %s relays plain requests, and is told who asks", async (name) => {
    const { cache, names } = filledProject(5);
    const env = { [name]: proxy.url.replace("//", "//ada:s3cret%3A@") };
    const remote = await open(`${server.url}/base`, env);
    expect(await pushObjects(cache, remote, names)).toMatchObject({ transferred: names.length, failed: [] });
    expect(await fetchObjects(dvcProject().cache, remote, names)).toMatchObject({ transferred: names.length });
    expect(proxy.asked.length).toBe(server.requests.length);
    expect(proxy.asked.every((asked) => asked.includes(` ${server.url}/base/files/md5/`))).toBe(true);
    expect(new Set(proxy.logins)).toEqual(new Set([`Basic ${Buffer.from("ada:s3cret:").toString("base64")}`]));
    expect(server.requests.some(({ headers }) => headers["proxy-authorization"] !== undefined)).toBe(false);
  });

  it("relays the requests of an S3 client, which stay signed for the server", async () => {
    const remote = await open("s3://bucket/x", { HTTP_PROXY: proxy.url }, { ...S3, endpointurl: server.url });
    const { cache, names } = filledProject(3);
    expect(await pushObjects(cache, remote, names)).toMatchObject({ transferred: names.length, failed: [] });
    expect(proxy.asked.every((asked) => asked.includes(` ${server.url}/bucket/x/files/md5/`))).toBe(true);
    expect(proxy.asked.length).toBe(server.requests.length);
    expect(new Set(server.requests.map(({ headers }) => headers.host))).toEqual(new Set([`127.0.0.1:${server.port}`]));
    expect(server.requests[0]?.headers.authorization).toMatch(/SignedHeaders=[^,]*host/);
  });

  it.each([
    ["*", false],
    ["127.0.0.1", false],
    ["example.com, 127.0.0.1", false],
    ["0.0.1", false],
    ["127.0.0.1:1", true],
    ["example.com", true],
    ["7.0.0.1", true],
  ])("is passed by for what no_proxy names: %s", async (list, isUsed) => {
    for (const name of ["no_proxy", "NO_PROXY"]) {
      const remote = await open(`${server.url}/base`, { HTTP_PROXY: proxy.url, [name]: list });
      await remote.has(nobody);
    }
    expect(proxy.asked.length).toBe(isUsed ? 2 : 0);
    expect(server.requests.length).toBe(2);
  });

  it("is passed by where the lower case spelling is empty, and where a web server sets the other", async () => {
    await (await open(`${server.url}/base`, { HTTP_PROXY: proxy.url, http_proxy: "" })).has(nobody);
    await (await open(`${server.url}/base`, { HTTP_PROXY: proxy.url, REQUEST_METHOD: "GET" })).has(nobody);
    await (await open(`${server.url}/base`, { HTTPS_PROXY: proxy.url })).has(nobody);
    expect(proxy.asked).toEqual([]);
  });

  it("that is none is named before anything is sent", async () => {
    for (const url of [`${server.url}/base`, "s3://bucket/x"]) {
      const opening = open(url, { HTTP_PROXY: "socks5://127.0.0.1:1" }, { ...S3, endpointurl: server.url });
      await expect(opening).rejects.toBeInstanceOf(RemoteConfigError);
      await expect(opening).rejects.toThrow(/http_proxy names no HTTP proxy/);
    }
  });

  it("that wants a login is not taken for the server", async () => {
    proxy.refusal = { status: 407 };
    const asking = (await open(`${server.url}/base`, { HTTP_PROXY: proxy.url })).has(nobody);
    await expect(asking).rejects.toBeInstanceOf(RemoteAccessError);
    await expect(asking).rejects.toMatchObject({ hint: expect.stringContaining("proxy's address") as string });
  });
});

describe.runIf(hasOpenssl)("a proxy before an HTTPS server", () => {
  let certificates: TestAuthority;
  let server: HttpServer;
  let proxy: TestProxy;
  beforeAll(() => {
    certificates = makeAuthority();
  });
  afterAll(() => certificates.remove());
  beforeEach(async () => {
    [server, proxy] = await Promise.all([startHttp({ ...certificates.server }), startProxy()]);
  });
  afterEach(async () => Promise.all([server.stop(), proxy.stop()]).then(() => {}));
  const trusting = (): Record<string, string> => ({ ssl_verify: certificates.authority.certPath });

  it.each(["https_proxy", "HTTPS_PROXY"])("passes bytes on, by few connections for many requests: %s", async (name) => {
    const { cache, names } = filledProject(20);
    const remote = await open(`${server.url}/base`, { [name]: proxy.url.replace("//", "//ada:hush@") }, trusting());
    expect(await pushObjects(cache, remote, names, { jobs: 2 })).toMatchObject({ failed: [] });
    expect(await fetchObjects(dvcProject().cache, remote, names, { jobs: 2 })).toMatchObject({ failed: [] });
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT 127.0.0.1:${server.port}`]));
    expect(proxy.asked.length).toBeLessThanOrEqual(4);
    expect(new Set(proxy.logins)).toEqual(new Set([`Basic ${Buffer.from("ada:hush").toString("base64")}`]));
    expect(server.requests.length).toBeGreaterThanOrEqual(2 * names.length);
    expect(server.requests.some(({ headers }) => headers["proxy-authorization"] !== undefined)).toBe(false);
  });

  it("passes on what an S3 client sends", async () => {
    const options = { ...S3, ...trusting(), endpointurl: server.url };
    expect(await (await open("s3://bucket/x", { HTTPS_PROXY: proxy.url }, options)).has(nobody)).toEqual(new Set());
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
  });

  it("does not weaken the check of the server's certificate", async () => {
    const asking = (await open(`${server.url}/base`, { HTTPS_PROXY: proxy.url })).has(nobody);
    await expect(asking).rejects.toThrow(/certificate cannot be trusted/);
  });

  it.each([
    [404, {}],
    [200 + 107, { location: "http://127.0.0.1:1/elsewhere" }],
    [407, {}],
    [403, {}],
  ])("that answers %i by itself is not taken for the server", async (status, headers) => {
    proxy.refusal = { status, headers };
    const asking = (await open(`${server.url}/base`, { HTTPS_PROXY: proxy.url }, trusting())).has(nobody);
    await expect(asking).rejects.toBeInstanceOf(RemoteAccessError);
    await expect(asking).rejects.toThrow(`the proxy answered ${status}`);
    const options = { ...S3, ...trusting(), endpointurl: server.url };
    const cloud = (await open("s3://bucket/x", { HTTPS_PROXY: proxy.url }, options)).has(nobody);
    await expect(cloud).rejects.toThrow(`the proxy answered ${status}`);
    expect(server.requests).toEqual([]);
  });

  it("that says nothing is not waited for longer than for a connection", async () => {
    proxy.isSilent = true;
    const options = { ...trusting(), connect_timeout: "0.2" };
    const asking = (await open(`${server.url}/base`, { HTTPS_PROXY: proxy.url }, options)).has(nobody);
    await expect(asking).rejects.toBeInstanceOf(RemoteUnreachableError);
    await expect(asking).rejects.toThrow(/did not answer in time/);
  });
});
