import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openRemote, RemoteConfigError, RemoteRequestError, type ObjectRemote } from "@waymark/store/remotes";
import { hasOpenssl, makeAuthority, type TestAuthority } from "../../support/servers/certificates.ts";
import { startHttp, type HttpServer } from "../../support/servers/http-server.ts";
import { noticeMissing } from "../../support/servers/server.ts";

if (!hasOpenssl) noticeMissing("OpenSSL 3", "It makes the certificates of the tests.");

describe.runIf(hasOpenssl)("a server with a certificate of an unknown authority", () => {
  let certificates: TestAuthority;
  let server: HttpServer;
  beforeAll(() => {
    certificates = makeAuthority();
  });
  afterAll(() => certificates.remove());
  beforeEach(async () => {
    const { server: own, authority } = certificates;
    server = await startHttp({ ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false });
  });
  afterEach(async () => server.stop());

  const open = async (
    options: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
    url = `${server.url}/base`,
  ): Promise<ObjectRemote> => {
    const remote = await openRemote({ name: "web", url, options: new Map(Object.entries(options)), folder: "/" }, env);
    onTestFinished(async () => remote.close());
    return remote;
  };
  const nobody = ["0".repeat(32)];
  const webdav = (): string => `${server.url.replace("https", "webdavs")}/base`;

  it.each(["https", "webdavs"])("is not trusted by default, and %s says what would change that", async (scheme) => {
    const url = `${server.url.replace("https", scheme)}/base`;
    const asking = (await open({}, {}, url)).has(nobody);
    await expect(asking).rejects.toBeInstanceOf(RemoteRequestError);
    await expect(asking).rejects.toThrow(/its certificate cannot be trusted/);
    await expect((await open({ ssl_verify: "true" }, {}, url)).has(nobody)).rejects.toThrow(/cannot be trusted/);
    expect(server.requests).toEqual([]);
  });

  it("is trusted with `ssl_verify = false`", async () => {
    expect(await (await open({ ssl_verify: "false" })).has(nobody)).toEqual(new Set());
  });

  it("is trusted when `ssl_verify`, or the environment, names its authority", async () => {
    const { certPath } = certificates.authority;
    expect(await (await open({ ssl_verify: certPath })).has(nobody)).toEqual(new Set());
    expect(await (await open({}, { SSL_CERT_FILE: certPath })).has(nobody)).toEqual(new Set());
    const s3 = { endpointurl: server.url, access_key_id: "a", secret_access_key: "b", ssl_verify: certPath };
    expect(await (await open(s3, { HOME: "/nonexistent" }, "s3://bucket/x")).has(nobody)).toEqual(new Set());
    const { ssl_verify: _, ...bare } = s3;
    const cloud = await open(bare, { HOME: "/nonexistent", AWS_CA_BUNDLE: certPath }, "s3://bucket/x");
    expect(await cloud.has(nobody)).toEqual(new Set());
  });

  it("is trusted under the names of its certificate alone", async () => {
    const options = { ssl_verify: certificates.authority.certPath };
    const named = `${server.url.replace("127.0.0.1", "localhost")}/base`;
    expect(await (await open(options, {}, named)).has(nobody)).toEqual(new Set());
    const nameless = await startHttp({ ...certificates.client });
    onTestFinished(async () => nameless.stop());
    await expect((await open(options, {}, `${nameless.url}/base`)).has(nobody)).rejects.toThrow(
      /certificate cannot be trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    );
  });

  it("is shown the client's certificate, from two files or one, and other servers are not", async () => {
    const other = await startHttp({ ...certificates.server, requestCert: true, rejectUnauthorized: false });
    onTestFinished(async () => other.stop());
    const shown: [string, unknown][] = [];
    const note =
      (name: string) =>
      (request: { readonly socket: object }): false => {
        shown.push([name, (request.socket as TLSSocket).getPeerCertificate().subject?.CN]);
        return false;
      };
    server.intervene = (request, response) => {
      note("own")(request);
      response.writeHead(request.url?.includes("moved") === true ? 307 : 404, { location: `${other.url}/there` }).end();
      return true;
    };
    other.intervene = (request, response) => {
      note("other")(request);
      response.writeHead(404).end();
      return true;
    };
    const { certPath, keyPath } = certificates.client;
    const ssl_verify = certificates.authority.certPath;
    await (await open({ ssl_verify, cert_path: certPath, key_path: keyPath }, {}, webdav())).storage.stat("x");
    await (await open({ ssl_verify, cert_path: certificates.clientPath }, {}, webdav())).storage.stat("moved");
    expect(shown).toEqual([
      ["own", "client"],
      ["own", "client"],
      ["other", undefined],
    ]);
  });

  it("is not asked at all with a certificate that is none", async () => {
    const options = { ssl_verify: "false", cert_path: certificates.client.keyPath };
    await expect((await open(options, {}, webdav())).has(nobody)).rejects.toBeInstanceOf(RemoteConfigError);
    await expect(open({ cert_path: "/nowhere.pem" }, {}, webdav())).rejects.toThrow(/certificate cannot be read/);
  });
});
