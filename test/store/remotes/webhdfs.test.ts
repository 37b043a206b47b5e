import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import { openRemote, openUrl, RemoteConfigError, type ObjectRemote } from "@waymark/store/remotes";
import { hasHdfs, startHdfs } from "../../support/servers/hdfs.ts";
import type { TestServer } from "../../support/servers/server.ts";
import { startSmallWebhdfs, type SmallWebhdfs } from "../../support/servers/small-webhdfs.ts";
import { collect, describeRemote, testFolder } from "./contract.ts";

const isLong = process.env["WAYMARK_LONG"] === "1";
if (isLong && !hasHdfs)
  console.warn("notice: Hadoop's small cluster is missing, so its tests are left out. It needs Java and Maven.");

const open = async (url: string, options: Readonly<Record<string, string>> = {}): Promise<ObjectRemote> => {
  const remote = await openRemote({ name: "hadoop", url, options: new Map(Object.entries(options)), folder: "/" }, {});
  onTestFinished(async () => remote.close());
  return remote;
};

describe.runIf(isLong && hasHdfs)("Hadoop's own HDFS", { timeout: 240_000 }, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startHdfs();
  }, 120_000);
  afterAll(async () => server.stop());

  describeRemote(async () => open(`webhdfs://ada@127.0.0.1:${server.port}/some/store`));

  it("shows its files, with its own checksums, to whoever imports them by URL", async () => {
    const url = `webhdfs://ada@127.0.0.1:${server.port}/shared`;
    const { storage } = await open(url);
    const folder = testFolder();
    writeFileSync(join(folder, "source"), "ay");
    for (const path of ["a.txt", "sub/b.txt"]) await storage.upload(join(folder, "source"), path);
    const source = await openUrl(url);
    onTestFinished(async () => source.close());
    expect((await source.stat("a.txt"))?.hash).toMatch(/^[0-9a-f]{40,}$/);
    expect((await collect(source.walk())).map(({ path }) => path).toSorted()).toEqual(["a.txt", "sub/b.txt"]);
  });
});

describe("a WebHDFS server", () => {
  let server: SmallWebhdfs;
  beforeAll(async () => {
    server = await startSmallWebhdfs();
  });
  afterAll(async () => server.stop());
  const url = (path: string): string => `webhdfs://127.0.0.1:${server.port}${path}`;

  describeRemote(async () => open(url("/store")));

  it("is told the user, or shown a token, in every request", async () => {
    const before = server.requests.length;
    await (await open(url("/x"), { user: "ada", proxy_to: "bob" })).storage.stat("a");
    await (await open(url("/x"), { user: "ada", token: "t0ken" })).storage.stat("a");
    expect(server.requests.slice(before)).toEqual([
      "GET ?op=GETFILESTATUS&user.name=ada&doas=bob",
      "GET ?op=GETFILESTATUS&delegation=t0ken",
    ]);
  });

  it("whose Kerberos is wanted is refused, with what to do instead", async () => {
    await expect(open(url("/x"), { kerberos: "true" })).rejects.toBeInstanceOf(RemoteConfigError);
    await expect(open("hdfs://127.0.0.1/x")).rejects.toThrow(/there is no support for hdfs/);
  });

  it("may drop a connection to its data: the rest is read from where it stopped", async () => {
    const { storage } = await open(url("/drops"));
    const folder = testFolder();
    const data = randomBytes(3 * 1024 * 1024);
    writeFileSync(join(folder, "source"), data);
    await storage.upload(join(folder, "source"), "x.bin");
    let drops = 2;
    const offsets: string[] = [];
    server.intervene = (request, response) => {
      const offset = new URL(request.url ?? "", "http://x").searchParams.get("offset") ?? "";
      offsets.push(offset);
      if (drops === 0) return false;
      drops -= 1;
      const rest = data.subarray(Number(offset));
      response.writeHead(200, { "content-length": rest.byteLength });
      // An orderly end: what was sent arrives, where a reset may throw it away.
      response.write(rest.subarray(0, 1024 * 1024), () => response.socket?.end());
      return true;
    };
    onTestFinished(() => void (server.intervene = undefined));
    expect(await storage.download("x.bin", join(folder, "target"))).toEqual(hashBytes(data));
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    // Each time what had arrived was kept.
    expect(offsets.map(Number)).toEqual([0, 1024 * 1024, 2 * 1024 * 1024]);
  });

  it("behind a proxy is reached through it for the data, too", async () => {
    const { storage } = await open(url("/proxied"), { data_proxy_target: `http://127.0.0.1:${server.port}/nowhere` });
    const folder = testFolder();
    writeFileSync(join(folder, "source"), "text");
    // The small server has its data elsewhere than below /webhdfs/v1, so its addresses are left as they are.
    await storage.upload(join(folder, "source"), "x");
    expect(await storage.stat("x")).toMatchObject({ sizeBytes: 4 });
  });

  it("computes the checksum that is recorded of a file", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "source"), "text");
    await (await open(url("/sums"))).storage.upload(join(folder, "source"), "x");
    const source = await openUrl(url("/sums/x"));
    onTestFinished(async () => source.close());
    expect(source.hashKind).toBe("checksum");
    expect(await source.stat()).toMatchObject({ path: "", sizeBytes: 4, hash: "00abcd" });
  });
});
