import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import { openRemote, openUrl, RemoteAccessError, type ObjectRemote } from "@waymark/store/remotes";
import { startCuttingProxy } from "../../support/servers/cutting-proxy.ts";
import { noticeMissing } from "../../support/servers/server.ts";
import { hasApache, startWebdav, type WebdavServer } from "../../support/servers/webdav.ts";
import { collect, describeRemote, testFolder } from "../../store/remotes/contract.ts";

if (!hasApache) noticeMissing("Apache with WebDAV", "On Debian: `apt-get install apache2`.");

describe.runIf(hasApache)("a WebDAV server", () => {
  let server: WebdavServer;
  beforeAll(async () => {
    server = await startWebdav();
  });
  afterAll(async () => server.stop());

  const open = async (url: string, options: Readonly<Record<string, string>> = {}): Promise<ObjectRemote> => {
    const remote = await openRemote({ name: "dav", url, options: new Map(Object.entries(options)), folder: "/" }, {});
    onTestFinished(async () => remote.close());
    return remote;
  };

  describeRemote(async () => open(`${server.url}/some/store`));

  it("is told the user and the password, which no error shows", async () => {
    const good = await open(`${server.guardedUrl}/store`, { user: "ada", password: "s3cret:pass" });
    expect(await good.has(["0".repeat(32)])).toEqual(new Set());
    const bad = await open(server.guardedUrl.replace("//", "//ada:wr0ng@"));
    const refusal = bad.has(["0".repeat(32)]);
    await expect(refusal).rejects.toBeInstanceOf(RemoteAccessError);
    const error: unknown = await refusal.catch((caught: unknown) => caught);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/wr0ng|YWRh/);
    expect(String(error)).toContain("the server answered 401");
  });

  it("continues when the connection breaks, and keeps no halves", async () => {
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(async () => proxy.stop());
    const { storage } = await open(server.url.replace(String(server.port), String(proxy.port)));
    const folder = testFolder();
    const data = randomBytes(12 * 1024 * 1024);
    writeFileSync(join(folder, "source"), data);
    proxy.cutAfter(5 * 1024 * 1024, "toServer");
    await storage.upload(join(folder, "source"), "halves/cut.bin", { md5: hashBytes(data).md5 });
    expect(readdirSync(join(server.data, "halves")).filter((name) => name !== ".DAV")).toEqual(["cut.bin"]);
    const before = proxy.bytesToClient();
    proxy.cutAfter(5 * 1024 * 1024, "toClient", 2);
    expect(await storage.download("halves/cut.bin", join(folder, "target"))).toEqual(hashBytes(data));
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    expect(proxy.bytesToClient() - before).toBeLessThan(18 * 1024 * 1024);
  });

  it("shows its files to whoever imports them by URL", async () => {
    const { storage } = await open(`${server.url}/shared`);
    const folder = testFolder();
    writeFileSync(join(folder, "source"), "ay");
    for (const path of ["a.txt", "sub/b.txt"]) await storage.upload(join(folder, "source"), path);
    const source = await openUrl(`${server.url}/shared`);
    onTestFinished(async () => source.close());
    expect(source.hashKind).toBe("etag");
    expect(await source.stat()).toMatchObject({ path: "", isFolder: true });
    expect((await source.stat("a.txt"))?.hash).toMatch(/^(W\/)?"[\w-]+"$/);
    expect((await collect(source.walk())).map(({ path }) => path).toSorted()).toEqual(["a.txt", "sub/b.txt"]);
  });
});
