import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import { openRemote, openUrl, RemoteAccessError, RemoteRequestError, type ObjectRemote } from "@waymark/store/remotes";
import { startCuttingProxy } from "../../support/servers/cutting-proxy.ts";
import { hasMoto, startS3, type S3Server } from "../../support/servers/s3.ts";
import { noticeMissing } from "../../support/servers/server.ts";
import { collect, describeRemote, filledProject, testFolder } from "../../store/remotes/contract.ts";

if (!hasMoto) noticeMissing("moto's S3 server", "Run `npm test`, which installs it, or set WAYMARK_MOTO.");

describe.runIf(hasMoto)("an S3 server", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    await server.makeBucket("bucket");
  });
  afterAll(async () => server.stop());

  const open = async (
    options: Readonly<Record<string, string>> = {},
    env: Readonly<Record<string, string>> = server.env,
    url = "s3://bucket/some/prefix",
  ): Promise<ObjectRemote> => {
    const settings = new Map(Object.entries({ endpointurl: server.endpoint, ...options }));
    const remote = await openRemote(
      { name: "cloud", url, options: settings, folder: "/" },
      { HOME: "/nonexistent", ...env },
    );
    onTestFinished(async () => remote.close());
    return remote;
  };

  describeRemote(async () => open());

  it("takes credentials from a profile of the files that the settings name", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "credentials"), "[team]\naws_access_key_id = a\naws_secret_access_key = b\n");
    writeFileSync(join(folder, "config"), "[profile team]\nregion = eu-west-1\n");
    const options = {
      profile: "team",
      credentialpath: join(folder, "credentials"),
      configpath: join(folder, "config"),
    };
    expect(await (await open(options, {})).has(["0".repeat(32)])).toEqual(new Set());
  });

  it("says that there are no credentials", async () => {
    const env = { HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true" };
    const before = process.env["AWS_EC2_METADATA_DISABLED"];
    process.env["AWS_EC2_METADATA_DISABLED"] = "true";
    onTestFinished(() => {
      if (before === undefined) delete process.env["AWS_EC2_METADATA_DISABLED"];
      else process.env["AWS_EC2_METADATA_DISABLED"] = before;
    });
    await expect((await open({}, env)).has(["0".repeat(32)])).rejects.toBeInstanceOf(RemoteAccessError);
  });

  it("says that there is no such bucket", async () => {
    const { storage } = await open({}, server.env, "s3://nowhere/prefix");
    const folder = testFolder();
    writeFileSync(join(folder, "source"), "text");
    const upload = storage.upload(join(folder, "source"), "x");
    await expect(upload).rejects.toBeInstanceOf(RemoteRequestError);
    await expect(upload).rejects.toThrow("Cannot upload 'x' of 's3://nowhere/prefix': there is no bucket 'nowhere'");
  });

  it("refuses settings that exclude each other", async () => {
    await expect(open({ acl: "private", grant_read: "id=1" })).rejects.toThrow(/both `acl` and `grant_\*`/);
    await expect(open({ sse_customer_key: "c2hvcnQ=" })).rejects.toThrow(/no key of 32 bytes|not a key of 32 bytes/);
  });

  it("encrypts with the key of the customer, both ways", async () => {
    const { storage } = await open({ sse_customer_key: randomBytes(32).toString("base64") });
    const folder = testFolder();
    writeFileSync(join(folder, "source"), "text");
    await storage.upload(join(folder, "source"), "sealed");
    expect(await storage.stat("sealed")).toMatchObject({ sizeBytes: 4 });
    expect(await storage.download("sealed", join(folder, "target"))).toEqual(hashBytes(Buffer.from("text")));
  });

  it("lists many objects over several pages, and asks for few of them one by one", async () => {
    const remote = await open({}, server.env, "s3://bucket/many");
    const { cache, names } = filledProject(300, 20);
    for (const name of names) await remote.upload(name, cache.objectPath(name));
    expect(await remote.has(names)).toEqual(new Set(names));
    expect((await collect(remote.listAll())).length).toBe(names.length);
  });

  it("continues when the connection breaks", async () => {
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(async () => proxy.stop());
    const { storage } = await open({ endpointurl: `http://127.0.0.1:${proxy.port}` });
    const folder = testFolder();
    const data = randomBytes(30 * 1024 * 1024);
    writeFileSync(join(folder, "source"), data);
    proxy.cutAfter(10 * 1024 * 1024, "toServer");
    await storage.upload(join(folder, "source"), "cut.bin", { md5: hashBytes(data).md5 });
    const before = proxy.bytesToClient();
    proxy.cutAfter(10 * 1024 * 1024, "toClient", 2);
    expect(await storage.download("cut.bin", join(folder, "target"))).toEqual(hashBytes(data));
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    expect(proxy.bytesToClient() - before).toBeLessThan(36 * 1024 * 1024);
  });

  it("shows its objects to whoever imports them by URL", async () => {
    const { storage } = await open({}, server.env, "s3://bucket/shared");
    const folder = testFolder();
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "source"), "ay");
    for (const path of ["a.txt", "sub/b.txt"]) await storage.upload(join(folder, "source"), path);
    const settings = new Map([["endpointurl", server.endpoint]]);
    const options = { env: { HOME: "/nonexistent", ...server.env }, settings };
    const source = await openUrl("s3://bucket/shared", options);
    const file = await openUrl("s3://bucket/shared/a.txt", options);
    onTestFinished(async () => Promise.all([source.close(), file.close()]).then(() => {}));
    expect(source.hashKind).toBe("etag");
    expect(await source.stat()).toMatchObject({ path: "", isFolder: true });
    expect(await source.stat("nothing")).toBeUndefined();
    // The ETag of an object that went in one piece is the MD5 of its bytes.
    expect(await file.stat()).toMatchObject({
      path: "",
      isFolder: false,
      sizeBytes: 2,
      hash: hashBytes(Buffer.from("ay")).md5,
    });
    expect((await source.list()).map(({ path, isFolder }) => `${path}${isFolder ? "/" : ""}`).toSorted()).toEqual([
      "a.txt",
      "sub/",
    ]);
    expect((await collect(source.walk())).map(({ path }) => path).toSorted()).toEqual(["a.txt", "sub/b.txt"]);
    expect((await file.download("", join(folder, "out/a"))).sizeBytes).toBe(2);
  });
});
